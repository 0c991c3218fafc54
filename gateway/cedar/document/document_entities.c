/* Entities in JSON, added one by one to a layer. As in Cedar uid, attrs and parents must stand there: an entity
 * whose parents were forgotten is a different one, and would be one quietly. */
#include "cedar/document.h"
#include "document_value.h"
#include "schema/schema_model.h"

static enum fault need(const struct document_reading *reading, const struct document_place *place,
                       const struct json_value *object, const char *name, const struct json_value **member)
{
    *member = json_member(object, text_of(name));
    if (*member != NULL)
        return FAULT_NONE;
    return document_refuse(reading, place, "%s is missing.", name);
}

static enum fault read_parents(const struct document_reading *reading, const struct document_place *place,
                               const struct json_value *json, struct cedar_entity *entity)
{
    struct document_place here = {.outer = place, .name = TEXT("parents")};
    if (json->kind != JSON_ARRAY)
        return document_refuse(reading, &here, "an array is expected, there is %s.", document_kind(json));
    struct cedar_uid *parents = ARENA_ARRAY(reading->arena, struct cedar_uid, json->count + (size_t)1);
    size_t count = 0;
    for (const struct json_value *element = json->first; element != NULL; element = element->next) {
        struct document_place parent = {.outer = &here, .index = count};
        TRY(document_uid(reading, &parent, element, &parents[count]));
        if (schema_is_action_type(entity->uid.type) && !schema_is_action_type(parents[count].type))
            return document_refuse(reading, &parent, "an action is in other actions only.");
        count++;
    }
    entity->parents = parents;
    entity->parent_count = count;
    return FAULT_NONE;
}

static enum fault read_entity(const struct document_reading *reading, const struct document_place *place,
                              const struct json_value *json, const struct cedar_schema *schema,
                              struct cedar_entity *entity)
{
    static const char *const names[] = {"uid", "attrs", "parents", "tags"};
    const struct json_value *uid, *attributes, *parents;
    if (json->kind != JSON_OBJECT)
        return document_refuse(reading, place, "an entity is an object, there is %s.", document_kind(json));
    TRY(document_members_known(reading, place, json, names, 4));
    TRY(need(reading, place, json, "uid", &uid));
    TRY(need(reading, place, json, "attrs", &attributes));
    TRY(need(reading, place, json, "parents", &parents));
    struct document_place uid_place = {.outer = place, .name = uid->name};
    struct document_place attributes_place = {.outer = place, .name = attributes->name};
    TRY(document_uid(reading, &uid_place, uid, &entity->uid));
    const struct schema_entity *kind = schema != NULL ? schema_find_entity(schema, entity->uid.type) : NULL;
    TRY(document_record(reading, &attributes_place, attributes, kind != NULL ? kind->record : NULL,
                        &entity->attributes));
    TRY(read_parents(reading, place, parents, entity));
    const struct json_value *tags = json_member(json, TEXT("tags"));
    if (tags == NULL)
        return FAULT_NONE;
    struct document_place tags_place = {.outer = place, .name = tags->name};
    return document_tags(reading, &tags_place, tags, kind != NULL ? kind->tags : NULL, &entity->tags);
}

static void set_groups(struct arena *arena, const struct cedar_schema *schema,
                       const struct schema_action *action, struct cedar_entity *entity)
{
    size_t count = 0;
    for (size_t i = 0; i < schema->action_count; i++)
        count += schema_bit(action->ancestors, i);
    struct cedar_uid *groups = ARENA_ARRAY(arena, struct cedar_uid, count);
    for (size_t i = 0; i < schema->action_count; i++)
        if (&schema->actions[i] != action && schema_bit(action->ancestors, schema->actions[i].index))
            groups[entity->parent_count++] = schema->actions[i].uid;
    entity->parents = groups;
}

/* The actions of a schema are entities too, with the groups they are in, unless they stand there already. */
static void add_actions(struct arena *arena, const struct cedar_schema *schema, struct cedar_entities *entities)
{
    for (size_t i = 0; i < schema->action_count; i++) {
        struct cedar_entity entity = {.uid = schema->actions[i].uid};
        if (cedar_entities_find(entities, &entity.uid) != NULL)
            continue;
        set_groups(arena, schema, &schema->actions[i], &entity);
        INVARIANT(cedar_entities_add(entities, &entity));
    }
}

enum fault cedar_entities_read(struct arena *arena, const struct json_value *json,
                               const struct cedar_schema *schema, struct cedar_entities *entities,
                               struct text *mistake)
{
    const struct document_reading reading = {.arena = arena, .mistake = mistake};
    const struct document_place root = {.name = TEXT("entities")};
    if (json->kind != JSON_ARRAY)
        return document_refuse(&reading, &root, "an array is expected, there is %s.", document_kind(json));
    size_t index = 0;
    for (const struct json_value *element = json->first; element != NULL; element = element->next, index++) {
        struct document_place place = {.outer = &root, .index = index};
        struct cedar_entity entity = {0};
        TRY(read_entity(&reading, &place, element, schema, &entity));
        if (!cedar_entities_add(entities, &entity))
            return document_refuse(&reading, &place, "there is another entity of this type with the id %s.",
                                   document_shown(&reading, entity.uid.id));
    }
    if (schema != NULL)
        add_actions(arena, schema, entities);
    return FAULT_NONE;
}

/* Requests and entities held against a schema: types of attributes and tags, what must be there, what must not,
 * who may be in whom. Cedar language reference, "Request validation" and "Entity validation". What decides
 * calls this before it decides; policies are the validator's. */
#include "schema/schema_model.h"

/* Where a value stands, from the inside out: an attribute's name, or an element of a set. */
struct place {
    const struct place *outer;
    struct text name; /* TEXT_NONE: an element */
    bool is_tag;
};

struct instance {
    struct arena *arena;
    const struct cedar_schema *schema;
    struct text *mistake;
    const char *role;            /* "the context" */
    const struct cedar_uid *uid; /* or, where this is not NULL, the entity */
};

static enum fault refuse(const struct instance *instance, struct text sentence)
{
    *instance->mistake = sentence;
    return FAULT_POLICY_INVALID;
}

static struct text print_uid(struct arena *arena, const struct cedar_uid *uid)
{
    struct buffer out = buffer_in(arena, 64);
    cedar_uid_print(uid, &out);
    return buffer_text(&out);
}

static struct text whole(const struct instance *instance)
{
    return instance->uid != NULL ? print_uid(instance->arena, instance->uid) : text_of(instance->role);
}

static void print_place(const struct place *place, struct buffer *out)
{
    if (place == NULL)
        return;
    print_place(place->outer, out);
    if (place->name.base == NULL) {
        buffer_append(out, TEXT("[]"));
        return;
    }
    if (place->outer != NULL)
        buffer_append_byte(out, '.');
    if (place->is_tag)
        buffer_append(out, TEXT("the tag "));
    schema_name_print(place->name, out);
}

/* "age of User::\"alice\"", or the whole where nothing inside it is meant. */
static struct text subject(const struct instance *instance, const struct place *place)
{
    if (place == NULL)
        return whole(instance);
    struct buffer out = buffer_in(instance->arena, 64);
    print_place(place, &out);
    buffer_append(&out, TEXT(" of "));
    buffer_append(&out, whole(instance));
    return buffer_text(&out);
}

static enum fault check_value(const struct instance *instance, const struct cedar_value *value,
                              const struct schema_type *type, const struct place *place);

static enum fault check_id(const struct instance *instance, const struct cedar_uid *uid,
                           const struct place *place)
{
    const struct schema_entity *entity = schema_find_entity(instance->schema, uid->type);
    if (entity == NULL || schema_has_id(entity, uid->id))
        return FAULT_NONE;
    return refuse(instance, arena_print(instance->arena, "%.*s: %.*s is none of the ids that %.*s has",
                                        TEXT_ARGUMENTS(subject(instance, place)),
                                        TEXT_ARGUMENTS(schema_quote(instance->arena, uid->id)),
                                        TEXT_ARGUMENTS(uid->type)));
}

static enum fault check_set(const struct instance *instance, const struct cedar_set *set,
                            const struct schema_type *element, const struct place *place)
{
    const struct place inner = {.outer = place};
    for (size_t i = 0; i < set->count; i++)
        TRY(check_value(instance, &set->items[i], element, &inner));
    return FAULT_NONE;
}

static enum fault check_record(const struct instance *instance, const struct cedar_record *record,
                               const struct schema_type *type, const struct place *place)
{
    for (size_t i = 0; i < type->attribute_count; i++) {
        const struct place inner = {.outer = place, .name = type->attributes[i].name};
        if (type->attributes[i].is_required && cedar_record_find(record, inner.name) == NULL)
            return refuse(instance, arena_print(instance->arena, "%.*s is missing",
                                                TEXT_ARGUMENTS(subject(instance, &inner))));
    }
    for (size_t i = 0; i < record->count; i++) {
        const struct place inner = {.outer = place, .name = record->attributes[i].name};
        const struct schema_attribute *attribute = schema_type_attribute(type, inner.name);
        if (attribute == NULL)
            return refuse(instance, arena_print(instance->arena, "%.*s is not in the schema",
                                                TEXT_ARGUMENTS(subject(instance, &inner))));
        TRY(check_value(instance, &record->attributes[i].value, attribute->type, &inner));
    }
    return FAULT_NONE;
}

static bool is_of_kind(const struct cedar_value *value, const struct schema_type *type)
{
    static const enum schema_type_kind kinds[] = {
        [CEDAR_BOOLEAN] = TYPE_BOOL,      [CEDAR_LONG] = TYPE_LONG,     [CEDAR_STRING] = TYPE_STRING,
        [CEDAR_ENTITY] = TYPE_ENTITY,     [CEDAR_SET] = TYPE_SET,       [CEDAR_RECORD] = TYPE_RECORD,
        [CEDAR_DECIMAL] = TYPE_DECIMAL,   [CEDAR_IPADDR] = TYPE_IPADDR, [CEDAR_DATETIME] = TYPE_DATETIME,
        [CEDAR_DURATION] = TYPE_DURATION,
    };
    return kinds[value->kind] == type->kind &&
           (value->kind != CEDAR_ENTITY || text_equal(value->entity->type, type->name));
}

static enum fault check_value(const struct instance *instance, const struct cedar_value *value,
                              const struct schema_type *type, const struct place *place)
{
    if (!is_of_kind(value, type))
        return refuse(instance, arena_print(instance->arena, "%.*s is of type %.*s, but the schema says %.*s",
                                            TEXT_ARGUMENTS(subject(instance, place)),
                                            TEXT_ARGUMENTS(value->kind == CEDAR_ENTITY
                                                               ? value->entity->type
                                                               : text_of(cedar_kind_name(value->kind))),
                                            TEXT_ARGUMENTS(schema_type_text(instance->arena, type))));
    if (value->kind == CEDAR_SET)
        return check_set(instance, value->set, type->element, place);
    if (value->kind == CEDAR_RECORD)
        return check_record(instance, value->record, type, place);
    return value->kind == CEDAR_ENTITY ? check_id(instance, value->entity, place) : FAULT_NONE;
}

/* The principal or the resource of a request. */
static enum fault check_party(struct instance *instance, const char *role, const struct cedar_uid *uid,
                              const struct schema_action *action, const struct schema_entity *const *allowed,
                              size_t count)
{
    instance->role = role;
    const struct schema_entity *entity = schema_find_entity(instance->schema, uid->type);
    if (entity == NULL) {
        struct text meant = schema_guess_entity(instance->arena, instance->schema, uid->type);
        return refuse(instance, arena_print(instance->arena, "%s: there is no entity type %.*s%.*s", role,
                                            TEXT_ARGUMENTS(schema_quote(instance->arena, uid->type)),
                                            TEXT_ARGUMENTS(meant)));
    }
    TRY(check_id(instance, uid, NULL));
    for (size_t i = 0; i < count; i++)
        if (allowed[i] == entity)
            return FAULT_NONE;
    return refuse(instance, arena_print(instance->arena, "%.*s is no type that %s of %.*s may have",
                                        TEXT_ARGUMENTS(uid->type), role,
                                        TEXT_ARGUMENTS(print_uid(instance->arena, &action->uid))));
}

enum fault cedar_request_validate(struct arena *arena, const struct cedar_schema *schema,
                                  const struct cedar_request *request, struct text *mistake)
{
    struct instance instance = {.arena = arena, .schema = schema, .mistake = mistake};
    const struct schema_action *action = schema_find_action(schema, &request->action);
    if (action == NULL)
        return refuse(&instance, arena_print(arena, "there is no action %.*s",
                                             TEXT_ARGUMENTS(print_uid(arena, &request->action))));
    TRY(check_party(&instance, "the principal", &request->principal, action, action->principals,
                    action->principal_count));
    TRY(check_party(&instance, "the resource", &request->resource, action, action->resources,
                    action->resource_count));
    instance.role = "the context";
    return check_record(&instance, request->context != NULL ? request->context : &cedar_record_empty,
                        action->context, NULL);
}

static enum fault check_ancestors(const struct instance *instance, const struct schema_entity *type,
                                  const struct cedar_uid *ancestors, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct schema_entity *above = schema_find_entity(instance->schema, ancestors[i].type);
        bool is_allowed =
            above == type ? type->is_nested : above != NULL && schema_bit(type->ancestors, above->index);
        if (!is_allowed)
            return refuse(instance,
                          arena_print(instance->arena, "%.*s may not be in a %.*s",
                                      TEXT_ARGUMENTS(whole(instance)), TEXT_ARGUMENTS(ancestors[i].type)));
        TRY(check_id(instance, &ancestors[i], NULL));
    }
    return FAULT_NONE;
}

static enum fault check_tags(const struct instance *instance, const struct schema_entity *type,
                             const struct cedar_record *tags)
{
    if (tags == NULL || tags->count == 0)
        return FAULT_NONE;
    if (type->tags == NULL)
        return refuse(instance,
                      arena_print(instance->arena, "%.*s has tags, but the schema has none for its type",
                                  TEXT_ARGUMENTS(whole(instance))));
    for (size_t i = 0; i < tags->count; i++) {
        const struct place place = {.name = tags->attributes[i].name, .is_tag = true};
        TRY(check_value(instance, &tags->attributes[i].value, type->tags, &place));
    }
    return FAULT_NONE;
}

static bool has_ancestor(const struct cedar_entity *entity, const struct cedar_uid *uid)
{
    for (size_t i = 0; i < entity->ancestor_count; i++)
        if (cedar_uid_equal(&entity->ancestors[i], uid))
            return true;
    return false;
}

/* An action is what the schema says it is, neither more nor less. */
static enum fault check_action(const struct instance *instance, const struct cedar_entity *entity)
{
    const struct cedar_schema *schema = instance->schema;
    const struct schema_action *action = schema_find_action(schema, &entity->uid);
    if (action == NULL)
        return refuse(instance,
                      arena_print(instance->arena, "there is no action %.*s", TEXT_ARGUMENTS(whole(instance))));
    bool is_same = (entity->attributes == NULL || entity->attributes->count == 0) &&
                   (entity->tags == NULL || entity->tags->count == 0);
    size_t count = 0;
    for (size_t i = 0; i < schema->action_count && is_same; i++) {
        if (i == action->index || !schema_bit(action->ancestors, i))
            continue;
        count++;
        is_same = has_ancestor(entity, &schema->actions[i].uid);
    }
    return is_same && count == entity->ancestor_count
               ? FAULT_NONE
               : refuse(instance, arena_print(instance->arena, "%.*s is not as the schema declares it",
                                              TEXT_ARGUMENTS(whole(instance))));
}

static enum fault check_entity(const struct instance *instance, const struct cedar_entity *entity)
{
    if (schema_is_action_type(entity->uid.type))
        return check_action(instance, entity);
    const struct schema_entity *type = schema_find_entity(instance->schema, entity->uid.type);
    if (type == NULL)
        return refuse(instance, arena_print(instance->arena, "%.*s: there is no such entity type%.*s",
                                            TEXT_ARGUMENTS(whole(instance)),
                                            TEXT_ARGUMENTS(schema_guess_entity(
                                                instance->arena, instance->schema, entity->uid.type))));
    TRY(check_id(instance, &entity->uid, NULL));
    TRY(check_record(instance, entity->attributes != NULL ? entity->attributes : &cedar_record_empty,
                     type->record, NULL));
    TRY(check_tags(instance, type, entity->tags));
    TRY(check_ancestors(instance, type, entity->parents, entity->parent_count));
    return check_ancestors(instance, type, entity->ancestors, entity->ancestor_count);
}

enum fault cedar_entities_validate(struct arena *arena, const struct cedar_schema *schema,
                                   const struct cedar_entities *entities, struct text *mistake)
{
    size_t count = 0;
    const struct cedar_entity *all = cedar_entities_all(entities, &count);
    for (size_t i = 0; i < count; i++) {
        const struct instance instance = {
            .arena = arena, .schema = schema, .mistake = mistake, .uid = &all[i].uid};
        TRY(check_entity(&instance, &all[i]));
    }
    return FAULT_NONE;
}

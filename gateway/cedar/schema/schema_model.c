/* Looking things up in a compiled schema. The validator and the checks of entities and requests call this. */
#include "schema/schema_model.h"

#include <stdlib.h>

static int compare_entity(const void *name, const void *entity)
{
    return text_compare(*(const struct text *)name, ((const struct schema_entity *)entity)->name);
}

const struct schema_entity *schema_find_entity(const struct cedar_schema *schema, struct text name)
{
    return schema->entity_count == 0 ? NULL
                                     : bsearch(&name, schema->entities, schema->entity_count,
                                               sizeof(*schema->entities), compare_entity);
}

static int compare_action(const void *uid, const void *action)
{
    return cedar_uid_compare(uid, &((const struct schema_action *)action)->uid);
}

const struct schema_action *schema_find_action(const struct cedar_schema *schema, const struct cedar_uid *uid)
{
    return schema->action_count == 0
               ? NULL
               : bsearch(uid, schema->actions, schema->action_count, sizeof(*schema->actions), compare_action);
}

bool schema_is_action_type(struct text name)
{
    return text_is(name, "Action") || text_ends_with(name, TEXT("::Action"));
}

/* Actions of one namespace may be in those of another. */
static bool may_actions_be_in(const struct cedar_schema *schema, struct text type, struct text ancestor)
{
    for (size_t i = 0; i < schema->action_count; i++) {
        if (!text_equal(schema->actions[i].uid.type, type))
            continue;
        for (size_t j = 0; j < schema->action_count; j++)
            if (schema_bit(schema->actions[i].ancestors, j) &&
                text_equal(schema->actions[j].uid.type, ancestor))
                return true;
    }
    return false;
}

bool schema_may_be_in(const struct cedar_schema *schema, struct text type, struct text ancestor)
{
    if (text_equal(type, ancestor))
        return true;
    if (schema_is_action_type(type))
        return may_actions_be_in(schema, type, ancestor);
    const struct schema_entity *below = schema_find_entity(schema, type);
    const struct schema_entity *above = schema_find_entity(schema, ancestor);
    return below != NULL && above != NULL && schema_bit(below->ancestors, above->index);
}

bool schema_has_id(const struct schema_entity *entity, struct text id)
{
    for (size_t i = 0; i < entity->id_count; i++)
        if (text_equal(entity->ids[i], id))
            return true;
    return entity->ids == NULL;
}

struct text schema_guess_entity(struct arena *arena, const struct cedar_schema *schema, struct text wanted)
{
    struct schema_guess guess = schema_guess_start(wanted);
    for (size_t i = 0; i < schema->entity_count; i++)
        schema_guess_offer(&guess, schema->entities[i].name);
    return schema_guess_text(arena, &guess);
}

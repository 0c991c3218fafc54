/* Operators that look into entities and records: in, has, attributes and tags. Cedar language reference,
 * "Operators". An entity that does not exist is in itself, has nothing, and nothing can be got from it. */
#include "evaluator.h"

static enum fault spend_on_uids(struct evaluation *evaluation, const struct cedar_expression *expression,
                                const struct cedar_uid *uid, const struct cedar_entity *entity, size_t count)
{
    size_t comparisons = 1 + (entity == NULL ? 0 : work_of_search(entity->ancestor_count));
    size_t cost = 1 + work_of_bytes(uid->type.length + uid->id.length);
    return work_spend(evaluation, expression->span, work_of_times(count, work_of_times(comparisons, cost)));
}

static bool is_in(const struct cedar_uid *uid, const struct cedar_entity *entity,
                  const struct cedar_uid *ancestor)
{
    return cedar_uid_equal(uid, ancestor) || (entity != NULL && cedar_entity_has_ancestor(entity, ancestor));
}

static enum fault is_in_any(struct evaluation *evaluation, const struct cedar_expression *expression,
                            const struct cedar_uid *uid, const struct cedar_set *set,
                            struct cedar_value *result)
{
    const struct cedar_expression *right = expression->operands[1];
    const struct cedar_entity *entity = evaluation_find(evaluation, uid);
    TRY(spend_on_uids(evaluation, expression, uid, entity, set->count));
    bool is_found = false;
    for (size_t i = 0; i < set->count; i++) {
        const struct cedar_value *item = &set->items[i];
        /* All must be entities, those behind the one that is found too. */
        TRY(expect_kind(evaluation, right->span, CEDAR_ENTITY, item));
        is_found = is_found || is_in(uid, entity, item->entity);
    }
    *result = cedar_boolean(is_found);
    return FAULT_NONE;
}

APPLY(apply_in)
{
    TRY(expect_kind(evaluation, expression->operands[0]->span, CEDAR_ENTITY, &operands[0]));
    const struct cedar_uid *uid = operands[0].entity;
    if (operands[1].kind == CEDAR_SET)
        return is_in_any(evaluation, expression, uid, operands[1].set, result);
    if (operands[1].kind != CEDAR_ENTITY)
        return fail_kind(evaluation, expression->operands[1]->span, "an entity or a set of entities",
                         &operands[1]);
    const struct cedar_entity *entity = evaluation_find(evaluation, uid);
    TRY(spend_on_uids(evaluation, expression, uid, entity, 1));
    *result = cedar_boolean(is_in(uid, entity, operands[1].entity));
    return FAULT_NONE;
}

/* --- attributes --- */

static enum fault find_in(struct evaluation *evaluation, const struct cedar_expression *expression,
                          const struct cedar_record *record, struct text name, const struct cedar_value **found)
{
    *found = NULL;
    if (record == NULL)
        return FAULT_NONE;
    TRY(work_spend(evaluation, expression->span,
                   work_of_times(work_of_search(record->count), work_of_bytes(name.length))));
    *found = cedar_record_find(record, name);
    return FAULT_NONE;
}

/* What attributes are looked for in. */
struct holder {
    const struct cedar_uid *uid; /* NULL: a record */
    bool exists;
    const struct cedar_record *attributes; /* NULL: none */
};

static enum fault find_holder(struct evaluation *evaluation, const struct cedar_expression *expression,
                              const struct cedar_value *value, struct holder *holder)
{
    *holder = (struct holder){0};
    if (value->kind == CEDAR_RECORD) {
        holder->exists = true;
        holder->attributes = value->record;
        return FAULT_NONE;
    }
    if (value->kind != CEDAR_ENTITY)
        return fail_kind(evaluation, expression->operands[0]->span, "an entity or a record", value);
    const struct cedar_entity *entity = evaluation_find(evaluation, value->entity);
    holder->uid = value->entity;
    holder->exists = entity != NULL;
    holder->attributes = entity != NULL ? entity->attributes : NULL;
    return FAULT_NONE;
}

APPLY(apply_has)
{
    struct holder holder;
    const struct cedar_value *found;
    TRY(find_holder(evaluation, expression, &operands[0], &holder));
    TRY(find_in(evaluation, expression, holder.attributes, expression->name, &found));
    *result = cedar_boolean(found != NULL);
    return FAULT_NONE;
}

APPLY(apply_get)
{
    struct holder holder;
    const struct cedar_value *found;
    TRY(find_holder(evaluation, expression, &operands[0], &holder));
    if (!holder.exists)
        return fail_entity(evaluation, expression->operands[0]->span, holder.uid);
    TRY(find_in(evaluation, expression, holder.attributes, expression->name, &found));
    if (found == NULL)
        return fail_missing(evaluation, expression->span, holder.uid, "attribute", expression->name);
    *result = *found;
    return FAULT_NONE;
}

/* --- tags --- */

/* *entity NULL: it does not exist. */
static enum fault find_tag(struct evaluation *evaluation, const struct cedar_expression *expression,
                           const struct cedar_value *operands, const struct cedar_entity **entity,
                           const struct cedar_value **found)
{
    TRY(expect_kind(evaluation, expression->operands[0]->span, CEDAR_ENTITY, &operands[0]));
    TRY(expect_kind(evaluation, expression->operands[1]->span, CEDAR_STRING, &operands[1]));
    *entity = evaluation_find(evaluation, operands[0].entity);
    return find_in(evaluation, expression, *entity != NULL ? (*entity)->tags : NULL, operands[1].string, found);
}

APPLY(apply_has_tag)
{
    const struct cedar_entity *entity;
    const struct cedar_value *found;
    TRY(find_tag(evaluation, expression, operands, &entity, &found));
    *result = cedar_boolean(found != NULL);
    return FAULT_NONE;
}

APPLY(apply_get_tag)
{
    const struct cedar_entity *entity;
    const struct cedar_value *found;
    TRY(find_tag(evaluation, expression, operands, &entity, &found));
    if (entity == NULL)
        return fail_entity(evaluation, expression->operands[0]->span, operands[0].entity);
    if (found == NULL)
        return fail_missing(evaluation, expression->span, operands[0].entity, "tag", operands[1].string);
    *result = *found;
    return FAULT_NONE;
}

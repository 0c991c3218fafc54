/* Names that the schema does not have: entity types, actions, ids of enums. Cedar language reference, "Policy
 * validation". Needs no environment, so it runs once for a policy; also over what is never reached. */
#include "validation/validator_names.h"

static struct text print_uid(const struct typecheck *check, const struct cedar_uid *uid)
{
    struct buffer out = buffer_in(check->arena, 64);
    cedar_uid_print(uid, &out);
    return buffer_text(&out);
}

static void check_type(struct typecheck *check, struct text type, struct cedar_span span)
{
    if (schema_is_action_type(type) || schema_find_entity(check->schema, type) != NULL)
        return;
    typecheck_report(check, span,
                     arena_print(check->arena, "there is no entity type %.*s%.*s",
                                 TEXT_ARGUMENTS(schema_quote(check->arena, type)),
                                 TEXT_ARGUMENTS(schema_guess_entity(check->arena, check->schema, type))));
}

static void check_action_uid(struct typecheck *check, const struct cedar_uid *uid, struct cedar_span span)
{
    if (schema_find_action(check->schema, uid) != NULL)
        return;
    struct text written = print_uid(check, uid), meant = TEXT("");
    struct schema_guess guess = schema_guess_start(uid->id);
    for (size_t i = 0; i < check->schema->action_count; i++) {
        const struct cedar_uid *known = &check->schema->actions[i].uid;
        if (text_equal(known->id, uid->id)) /* only the namespace is wrong */
            meant = arena_print(check->arena, "; did you mean %.*s?", TEXT_ARGUMENTS(print_uid(check, known)));
        schema_guess_offer(&guess, known->id);
    }
    if (meant.length == 0)
        meant = schema_guess_text(check->arena, &guess);
    typecheck_report(check, span,
                     arena_print(check->arena, "there is no action %.*s%.*s", TEXT_ARGUMENTS(written),
                                 TEXT_ARGUMENTS(meant)));
}

static void check_uid(struct typecheck *check, const struct cedar_uid *uid, struct cedar_span span)
{
    if (schema_is_action_type(uid->type)) {
        check_action_uid(check, uid, span);
        return;
    }
    check_type(check, uid->type, span);
    const struct schema_entity *entity = schema_find_entity(check->schema, uid->type);
    if (entity == NULL || schema_has_id(entity, uid->id))
        return;
    struct schema_guess guess = schema_guess_start(uid->id);
    for (size_t i = 0; i < entity->id_count; i++)
        schema_guess_offer(&guess, entity->ids[i]);
    typecheck_report(check, span,
                     arena_print(check->arena, "%.*s is none of the ids that %.*s has%.*s",
                                 TEXT_ARGUMENTS(schema_quote(check->arena, uid->id)), TEXT_ARGUMENTS(uid->type),
                                 TEXT_ARGUMENTS(schema_guess_text(check->arena, &guess))));
}

static void check_value(struct typecheck *check, const struct cedar_value *value, struct cedar_span span)
{
    if (value->kind == CEDAR_ENTITY)
        check_uid(check, value->entity, span);
    if (value->kind == CEDAR_SET)
        for (size_t i = 0; i < value->set->count; i++)
            check_value(check, &value->set->items[i], span);
    if (value->kind == CEDAR_RECORD)
        for (size_t i = 0; i < value->record->count; i++)
            check_value(check, &value->record->attributes[i].value, span);
}

static void check_expression(struct typecheck *check, const struct cedar_expression *expression)
{
    if (expression->operation == CEDAR_LITERAL)
        check_value(check, &expression->literal, expression->span);
    if (expression->operation == CEDAR_IS)
        check_type(check, expression->name, expression->span);
    for (size_t i = 0; i < expression->operand_count; i++)
        check_expression(check, expression->operands[i]);
}

static void check_scope(struct typecheck *check, const struct cedar_scope *scope)
{
    if (scope->kind == CEDAR_SCOPE_IS || scope->kind == CEDAR_SCOPE_IS_IN)
        check_type(check, scope->type, scope->span);
    for (size_t i = 0; i < scope->uid_count; i++)
        check_uid(check, &scope->uids[i], scope->span);
}

void validator_names_check(struct typecheck *check)
{
    check_scope(check, &check->policy->principal);
    check_scope(check, &check->policy->action);
    check_scope(check, &check->policy->resource);
    for (size_t i = 0; i < check->policy->condition_count; i++)
        check_expression(check, check->policy->conditions[i].expression);
}

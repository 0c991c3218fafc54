/* See made_by_hand.h. */
#include "made_by_hand.h"

#include <string.h>

struct cedar_uid uid_of(const char *name)
{
    const char *colons = NULL;
    for (const char *at = name; (at = strstr(at, "::")) != NULL; at += 2)
        colons = at;
    return (struct cedar_uid){{name, (size_t)(colons - name)}, text_of(colons + 2)};
}

const struct cedar_uid *uid_in(struct arena *arena, const char *name)
{
    struct cedar_uid *uid = ARENA_NEW(arena, struct cedar_uid);
    *uid = uid_of(name);
    return uid;
}

static const struct cedar_uid *uids_of(struct arena *arena, const char *names, size_t *count)
{
    struct text rest = text_of(names);
    struct cedar_uid *uids = ARENA_ARRAY(arena, struct cedar_uid, rest.length + 1);
    *count = 0;
    while (rest.length != 0)
        uids[(*count)++] = uid_of(arena_copy(arena, text_cut(&rest, ' ')).base);
    return uids;
}

void add_entity(struct arena *arena, struct cedar_entities *entities, const char *name, const char *parents)
{
    struct cedar_entity entity = {.uid = uid_of(name)};
    entity.parents = uids_of(arena, parents, &entity.parent_count);
    INVARIANT(cedar_entities_add(entities, &entity));
}

struct cedar_scope scope_of(struct arena *arena, enum cedar_scope_kind kind, const char *type, const char *uids)
{
    struct cedar_scope scope = {.kind = kind, .type = text_of(type)};
    scope.uids = uids_of(arena, uids, &scope.uid_count);
    return scope;
}

struct cedar_policy *policy_in(struct arena *arena, const char *id)
{
    struct cedar_policy *policy = ARENA_NEW(arena, struct cedar_policy);
    policy->id = text_of(id);
    return policy;
}

const struct cedar_expression *literal_in(struct arena *arena, struct cedar_value value)
{
    struct cedar_expression *expression = ARENA_NEW(arena, struct cedar_expression);
    expression->operation = CEDAR_LITERAL;
    expression->literal = value;
    expression->depth = 1;
    return expression;
}

const struct cedar_expression *node_in(struct arena *arena, enum cedar_operation operation,
                                       const struct cedar_expression *first,
                                       const struct cedar_expression *second)
{
    struct cedar_expression *expression = ARENA_NEW(arena, struct cedar_expression);
    const struct cedar_expression **operands = ARENA_ARRAY(arena, const struct cedar_expression *, 2);
    operands[0] = first;
    operands[1] = second;
    expression->operation = operation;
    expression->operands = operands;
    expression->operand_count = (first != NULL ? 1U : 0U) + (second != NULL ? 1U : 0U);
    expression->depth = 1 + (first != NULL ? first->depth : 0);
    return expression;
}

void add_condition(struct arena *arena, struct cedar_policy *policy, bool is_unless,
                   const struct cedar_expression *expression)
{
    struct cedar_condition *conditions =
        ARENA_ARRAY(arena, struct cedar_condition, policy->condition_count + 1);
    for (size_t i = 0; i < policy->condition_count; i++)
        conditions[i] = policy->conditions[i];
    conditions[policy->condition_count++] = (struct cedar_condition){is_unless, expression, {0, 0}};
    policy->conditions = conditions;
}

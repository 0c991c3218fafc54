/* The strict validation of policies: each is checked for every principal type, action and resource type that
 * the schema allows together and that the policy's head does not rule out. Cedar language reference, "Policy
 * validation". A head that fits no request is a mistake; conditions that never hold are not. */
#include "validation/typecheck.h"
#include "validation/validator_names.h"

enum { WORK_MIN = 10000, WORK_PER_BYTE = 4 }; /* comparisons, for each environment */

/* What a head says of a principal or a resource of one type: never, always, or it depends. */
static const struct schema_type *check_scope(const struct typecheck *check, const struct cedar_scope *scope,
                                             const struct schema_entity *entity)
{
    bool is_such = true;
    if (scope->kind == CEDAR_SCOPE_ANY)
        return schema_bool(true);
    if (scope->kind == CEDAR_SCOPE_IS || scope->kind == CEDAR_SCOPE_IS_IN)
        is_such = text_equal(scope->type, entity->name);
    if (scope->kind == CEDAR_SCOPE_IS || !is_such)
        return schema_bool(is_such);
    /* A template's slot may be filled with whatever lets it apply. */
    if (!scope->is_slot && scope->kind == CEDAR_SCOPE_EQUAL)
        is_such = text_equal(scope->uids[0].type, entity->name);
    else if (!scope->is_slot)
        is_such = schema_may_be_in(check->schema, entity->name, scope->uids[0].type);
    return is_such ? schema_simple_type(TYPE_BOOL) : schema_bool(false);
}

/* "action in []" and actions of several namespaces in one list are mistakes, as they are in a condition. */
static bool check_action_list(struct typecheck *check, const struct cedar_scope *scope)
{
    if (scope->uid_count == 0) {
        typecheck_report(check, scope->span,
                         TEXT("this list of actions is empty: the policy would never apply"));
        return false;
    }
    for (size_t i = 1; i < scope->uid_count; i++) {
        if (text_equal(scope->uids[i].type, scope->uids[0].type))
            continue;
        typecheck_report(check, scope->span, TEXT("the actions in this list must be of one namespace"));
        return false;
    }
    return true;
}

static const struct schema_type *check_action_scope(struct typecheck *check, const struct cedar_scope *scope)
{
    if (scope->kind == CEDAR_SCOPE_ANY)
        return schema_bool(true);
    if (scope->kind == CEDAR_SCOPE_EQUAL)
        return schema_bool(cedar_uid_equal(&scope->uids[0], &check->action->uid));
    return check_action_list(check, scope)
               ? typecheck_action_in(check, check->action, scope->uids, scope->uid_count)
               : schema_bool(false);
}

static bool is_for_environment(struct typecheck *check)
{
    const struct cedar_policy *policy = check->policy;
    return check_scope(check, &policy->principal, check->principal)->kind != TYPE_FALSE &&
           check_action_scope(check, &policy->action)->kind != TYPE_FALSE &&
           check_scope(check, &policy->resource, check->resource)->kind != TYPE_FALSE;
}

/* Conditions are joined by &&: each is reached where those before it hold. */
static void check_conditions(struct typecheck *check)
{
    const struct capabilities *known = NULL;
    for (size_t i = 0; i < check->policy->condition_count; i++) {
        const struct cedar_condition *condition = &check->policy->conditions[i];
        const struct capabilities *earned = NULL;
        const struct schema_type *type =
            typecheck_expect(check, condition->expression, known, TYPE_BOOL, "a Bool", &earned);
        enum schema_type_kind never = condition->is_unless ? TYPE_TRUE : TYPE_FALSE;
        if (type != NULL && type->kind == never)
            return;
        if (!condition->is_unless)
            known = capabilities_union(check->arena, known, earned);
    }
}

/* What a condition looks at is searched for among all that was shown before it: a policy that was made to be
 * slow would take the square of its length, once for each environment. */
static void check_environment(struct typecheck *check)
{
    const struct cedar_policy *policy = check->policy;
    check->work = WORK_MIN + WORK_PER_BYTE * (size_t)policy->span.length;
    check_conditions(check);
    if (check->work == 0)
        typecheck_report(check, policy->span,
                         TEXT("this policy takes too much work to check; write it as several"));
}

/* true: the head lets the policy apply to some request about this action. */
static bool check_action(struct typecheck *check, const struct schema_action *action)
{
    bool is_for_any = false;
    check->action = action;
    for (size_t i = 0; i < action->principal_count; i++)
        for (size_t j = 0; j < action->resource_count; j++) {
            check->principal = action->principals[i];
            check->resource = action->resources[j];
            if (!is_for_environment(check))
                continue;
            is_for_any = true;
            check_environment(check);
        }
    return is_for_any;
}

/* What never applies was hardly meant so, least of all where it forbids. */
static void report_idle(struct typecheck *check, size_t before)
{
    struct cedar_span first = check->policy->principal.span, last = check->policy->resource.span;
    struct cedar_span head = {first.offset, last.offset + last.length - first.offset};
    if (check->validation->count == before) /* otherwise that is probably why */
        typecheck_report(
            check, head,
            TEXT("no request fits this head: the schema has no such action that such a principal may "
                 "do to such a resource"));
}

static void reserve(struct arena *arena, struct cedar_validation *validation)
{
    struct cedar_mistake *mistakes = validation->mistakes;
    const struct cedar_policy **policies = validation->policies;
    validation->capacity = validation->count + VALIDATION_MISTAKES_MAX;
    validation->mistakes = ARENA_ARRAY(arena, struct cedar_mistake, validation->capacity);
    validation->policies = ARENA_ARRAY(arena, const struct cedar_policy *, validation->capacity);
    for (size_t i = 0; i < validation->count; i++) {
        validation->mistakes[i] = mistakes[i];
        validation->policies[i] = policies[i];
    }
}

void cedar_validate(struct arena *arena, const struct cedar_schema *schema,
                    const struct cedar_policy *const *policies, size_t count,
                    struct cedar_validation *validation)
{
    reserve(arena, validation);
    for (size_t i = 0; i < count && validation->count < validation->capacity; i++) {
        struct typecheck check = {
            .arena = arena, .schema = schema, .policy = policies[i], .validation = validation};
        size_t before = validation->count;
        bool is_for_any = false;
        validator_names_check(&check);
        for (size_t j = 0; j < schema->action_count; j++)
            is_for_any = check_action(&check, &schema->actions[j]) || is_for_any;
        if (!is_for_any)
            report_idle(&check, before);
    }
}

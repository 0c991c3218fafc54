/* The decision: forbid overrides permit, nothing permitted is denied, and a policy that cannot be evaluated
 * counts for neither side but is told. Cedar language reference, "Authorization". */
#include "cedar/authorizer.h"

#include <string.h>

#include "policy_index.h"

struct deciding {
    struct evaluation evaluation;
    struct cedar_response *response;
    bool is_forbidden;
    size_t error_capacity;
};

bool scope_matches(const struct cedar_scope *scope, const struct cedar_uid *uid,
                   const struct cedar_entity *entity)
{
    if ((scope->kind == CEDAR_SCOPE_IS || scope->kind == CEDAR_SCOPE_IS_IN) &&
        !text_equal(scope->type, uid->type))
        return false;
    if (scope->kind == CEDAR_SCOPE_ANY || scope->kind == CEDAR_SCOPE_IS)
        return true;
    for (size_t i = 0; i < scope->uid_count; i++)
        if (cedar_uid_equal(uid, &scope->uids[i]) || (scope->kind != CEDAR_SCOPE_EQUAL && entity != NULL &&
                                                      cedar_entity_has_ancestor(entity, &scope->uids[i])))
            return true;
    return false;
}

bool cedar_policy_is_for(const struct cedar_policy *policy, const struct cedar_entities *entities,
                         const struct cedar_request *request)
{
    return scope_matches(&policy->principal, &request->principal,
                         cedar_entities_find(entities, &request->principal)) &&
           scope_matches(&policy->action, &request->action, cedar_entities_find(entities, &request->action)) &&
           scope_matches(&policy->resource, &request->resource,
                         cedar_entities_find(entities, &request->resource));
}

static enum fault is_satisfied(struct evaluation *evaluation, const struct cedar_policy *policy,
                               bool *satisfied)
{
    TRY(work_spend(evaluation, policy->span, 1));
    *satisfied = false;
    for (size_t i = 0; i < policy->condition_count; i++) {
        const struct cedar_condition *condition = &policy->conditions[i];
        struct cedar_value value;
        TRY(evaluate(evaluation, condition->expression, &value));
        TRY(expect_kind(evaluation, condition->expression->span, CEDAR_BOOLEAN, &value));
        if (value.boolean == condition->is_unless)
            return FAULT_NONE;
    }
    *satisfied = true;
    return FAULT_NONE;
}

static void add_error(struct deciding *deciding, const struct cedar_policy *policy)
{
    struct cedar_response *response = deciding->response;
    if (response->error_count == deciding->error_capacity) {
        deciding->error_capacity = 2 * deciding->error_capacity + 4;
        struct cedar_error *errors =
            ARENA_ARRAY(deciding->evaluation.arena, struct cedar_error, deciding->error_capacity);
        if (response->error_count != 0)
            memcpy(errors, response->errors, response->error_count * sizeof(*errors));
        response->errors = errors;
    }
    response->errors[response->error_count++] =
        (struct cedar_error){policy, deciding->evaluation.span, deciding->evaluation.sentence};
}

/* From the first forbid on, permits are no reasons any more. */
static void add_reason(struct deciding *deciding, const struct cedar_policy *policy)
{
    struct cedar_response *response = deciding->response;
    if (policy->is_forbid && !deciding->is_forbidden) {
        deciding->is_forbidden = true;
        response->reason_count = 0;
    }
    if (policy->is_forbid == deciding->is_forbidden)
        response->reasons[response->reason_count++] = policy;
}

void cedar_authorize(struct arena *arena, const struct cedar_policy_index *index,
                     const struct cedar_entities *entities, const struct cedar_request *request, size_t work,
                     struct cedar_response *response)
{
    struct deciding deciding = {.response = response};
    struct evaluation *evaluation = &deciding.evaluation;
    size_t count;
    evaluation_begin(evaluation, arena, entities, request, work);
    const uint32_t *numbers = policy_index_find(index, evaluation, &count);
    *response = (struct cedar_response){.reasons = ARENA_ARRAY(arena, const struct cedar_policy *, count)};
    for (size_t i = 0; i < count && !evaluation->is_exhausted; i++) {
        const struct cedar_policy *policy = policy_index_policy(index, numbers[i]);
        bool satisfied;
        if (is_satisfied(evaluation, policy, &satisfied) != FAULT_NONE)
            add_error(&deciding, policy);
        else if (satisfied)
            add_reason(&deciding, policy);
    }
    response->is_exhausted = evaluation->is_exhausted;
    if (response->is_exhausted && !deciding.is_forbidden)
        response->reason_count = 0; /* permits do not count when not all was looked at */
    response->is_allowed = response->reason_count != 0 && !deciding.is_forbidden;
}

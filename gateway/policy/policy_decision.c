/* From Cedar's answer to ours. A forbid that cannot be evaluated refuses, where Cedar would pass it over; an
 * error in a permit only keeps that permit from counting (decision 0033). */
#include "policy/policy_decision.h"

#include "explanation.h"

struct judgement {
    struct arena *arena;
    const struct policy_book *book;
    const struct policy_facts *facts;
    struct cedar_request request;
    struct cedar_entities *entities;
    struct policy_decision *decision;
};

static void refuse(struct judgement *judgement, enum fault fault, const struct cedar_policy *policy,
                   struct text detail)
{
    struct policy_decision *decision = judgement->decision;
    decision->fault = fault;
    decision->detail = detail;
    decision->document = TEXT_NONE;
    if (policy != NULL) {
        const struct policy_effect *effect = policy_book_effect(judgement->book, policy);
        decision->document = judgement->book->sources[effect->source].label;
        if (decision->public_reason.length == 0)
            decision->public_reason = effect->reason;
    }
}

/* Whether the subject authenticated as this asks: one of the acr values, and not too long ago. */
static bool is_authentication_enough(const struct policy_facts *facts, const struct policy_effect *effect)
{
    int64_t age_s = facts->now_us / 1000000 - facts->auth_time_s;
    bool is_strong = effect->acr_values.length == 0;
    for (struct text rest = effect->acr_values; rest.length != 0;)
        is_strong |= text_equal(text_cut(&rest, ' '), facts->acr);
    bool is_fresh = effect->maximum_age_s == 0 || (facts->auth_time_s != 0 && age_s <= effect->maximum_age_s);
    return is_strong && is_fresh;
}

static bool needs_step_up(const struct judgement *judgement, const struct policy_effect *effect)
{
    return effect->needs_step_up && !is_authentication_enough(judgement->facts, effect);
}

static void ask_for_step_up(struct judgement *judgement, const struct cedar_policy *policy)
{
    const struct policy_effect *effect = policy_book_effect(judgement->book, policy);
    refuse(judgement, FAULT_STEP_UP_REQUIRED, policy, explanation_of_policy(judgement->arena, policy));
    judgement->decision->acr_values = effect->acr_values;
    judgement->decision->maximum_age_s = effect->maximum_age_s;
}

/* What an annotation asks that is not known here or cannot be done yet. */
static bool refuses_annotation(struct judgement *judgement, const struct cedar_policy *policy)
{
    const struct policy_effect *effect = policy_book_effect(judgement->book, policy);
    struct text annotation = effect->unknown.length != 0 ? effect->unknown : effect->not_available;
    if (annotation.length == 0)
        return false;
    refuse(
        judgement, effect->unknown.length != 0 ? FAULT_POLICY_ANNOTATION : FAULT_NOT_AVAILABLE, policy,
        arena_print(judgement->arena, "@%.*s of %.*s", TEXT_ARGUMENTS(annotation), TEXT_ARGUMENTS(effect->id)));
    return true;
}

static bool refuses_binding(struct judgement *judgement, const struct cedar_policy *policy)
{
    const struct policy_effect *effect = policy_book_effect(judgement->book, policy);
    if (!effect->needs_binding || judgement->facts->is_bound)
        return false;
    refuse(judgement, FAULT_BINDING_REQUIRED, policy,
           arena_print(judgement->arena, "@require_binding of %.*s", TEXT_ARGUMENTS(effect->id)));
    return true;
}

/* Who approves one thing does not lift what forbids it for another reason. */
static void note_approval(struct judgement *judgement, const struct cedar_response *response)
{
    for (size_t i = 0; i < response->reason_count; i++)
        if (policy_book_effect(judgement->book, response->reasons[i])->approval.length == 0)
            return;
    judgement->decision->approval = policy_book_effect(judgement->book, response->reasons[0])->approval;
}

/* The first of those that forbid speaks for all, but for a reason it does not give; and a step-up is worth
 * asking for only if nothing else forbids. */
static void judge_forbidden(struct judgement *judgement, const struct cedar_response *response)
{
    for (size_t i = 0; i < response->reason_count; i++)
        if (refuses_annotation(judgement, response->reasons[i]))
            return;
    size_t steps = 0;
    for (size_t i = 0; i < response->reason_count; i++)
        steps += needs_step_up(judgement, policy_book_effect(judgement->book, response->reasons[i]));
    if (steps == response->reason_count) {
        ask_for_step_up(judgement, response->reasons[0]);
        return;
    }
    note_approval(judgement, response);
    for (size_t i = response->reason_count; i-- > 0;)
        refuse(judgement, FAULT_POLICY_DENIED, response->reasons[i],
               explanation_of_policy(judgement->arena, response->reasons[i]));
    for (size_t i = 0; i < response->reason_count; i++) {
        struct text reason = policy_book_effect(judgement->book, response->reasons[i])->reason;
        if (reason.length != 0) {
            judgement->decision->public_reason = reason;
            return;
        }
    }
}

static void narrow(struct policy_decision *decision, const struct policy_effect *effect)
{
    decision->has_effects |= effect->has_effects;
    if (effect->maximum_lifetime_s != 0 &&
        (decision->maximum_lifetime_s == 0 || effect->maximum_lifetime_s < decision->maximum_lifetime_s))
        decision->maximum_lifetime_s = effect->maximum_lifetime_s;
    if (!effect->narrows_scopes)
        return;
    struct scope_set before = decision->scopes;
    decision->narrows_scopes = true;
    scope_set_intersect(&before, &effect->scopes, &decision->scopes);
}

static void judge_permitted(struct judgement *judgement, const struct cedar_response *response)
{
    struct policy_decision *decision = judgement->decision;
    const struct policy_facts *facts = judgement->facts;
    decision->scopes = *facts->scopes;
    for (size_t i = 0; i < response->reason_count; i++) {
        const struct policy_effect *effect = policy_book_effect(judgement->book, response->reasons[i]);
        if (refuses_annotation(judgement, response->reasons[i]) ||
            refuses_binding(judgement, response->reasons[i]))
            return;
        if (needs_step_up(judgement, effect)) {
            ask_for_step_up(judgement, response->reasons[i]);
            return;
        }
        narrow(decision, effect);
        if (decision->scopes.count == 0 && facts->scopes->count != 0) {
            refuse(judgement, FAULT_SCOPE_NARROWED, response->reasons[i], effect->id);
            return;
        }
    }
    decision->detail = explanation_of_permits(judgement->arena, response);
    if (response->reason_count != 0)
        decision->document =
            judgement->book->sources[policy_book_effect(judgement->book, response->reasons[0])->source].label;
}

static const struct cedar_error *first_error(const struct cedar_response *response, bool is_of_forbid)
{
    for (size_t i = 0; i < response->error_count; i++)
        if (!is_of_forbid || response->errors[i].policy->is_forbid)
            return &response->errors[i];
    return NULL;
}

static void refuse_error(struct judgement *judgement, enum fault fault, const struct cedar_error *error)
{
    refuse(judgement, fault, error == NULL ? NULL : error->policy,
           error == NULL ? TEXT_NONE : explanation_of_error(judgement->arena, error));
    judgement->decision->policies = error == NULL ? NULL : &error->policy;
    judgement->decision->policy_count = error != NULL;
}

static void judge(struct judgement *judgement, const struct policy_rules *rules,
                  const struct cedar_response *response)
{
    const struct cedar_error *forbid_error = first_error(response, true);
    judgement->decision->policies = response->reasons;
    judgement->decision->policy_count = response->reason_count;
    bool is_forbidden = response->reason_count != 0 && response->reasons[0]->is_forbid;
    if (response->is_exhausted)
        refuse_error(judgement, FAULT_POLICY_EXHAUSTED, first_error(response, false));
    else if (is_forbidden)
        judge_forbidden(judgement, response);
    else if (forbid_error != NULL)
        refuse_error(judgement, FAULT_POLICY_ERROR, forbid_error);
    else if (response->is_allowed || !rules->is_permit_required)
        judge_permitted(judgement, response);
    else if (response->error_count != 0)
        refuse_error(judgement, FAULT_POLICY_ERROR, first_error(response, false));
    else
        refuse(judgement, FAULT_POLICY_NO_PERMIT, NULL,
               explanation_of_missing_permit(judgement->arena, judgement->book, judgement->entities,
                                             &judgement->request));
}

/* Policies on trial: what their forbids would have refused. Their permits count for nothing. */
static void report(struct judgement *judgement, const struct policy_rules *rules)
{
    struct policy_decision *decision = judgement->decision, would = {0};
    struct cedar_response response = {0};
    if (judgement->book->reported == NULL)
        return;
    cedar_authorize(judgement->arena, judgement->book->reported, judgement->entities, &judgement->request,
                    rules->work, &response);
    judgement->decision = &would;
    judge(judgement, &(struct policy_rules){.is_permit_required = false}, &response);
    judgement->decision = decision;
    decision->reported = would.fault;
    decision->reported_document = would.document;
    decision->reported_detail = would.detail;
}

void policy_decide_request(struct arena *arena, const struct policy_book *book,
                           const struct cedar_request *request, struct cedar_entities *entities,
                           const struct policy_facts *facts, const struct policy_rules *rules,
                           struct policy_decision *decision)
{
    struct judgement judgement = {.arena = arena,
                                  .book = book,
                                  .facts = facts,
                                  .request = *request,
                                  .entities = entities,
                                  .decision = decision};
    struct cedar_response response = {0};
    *decision = (struct policy_decision){.fault = FAULT_NONE};
    cedar_authorize(arena, book->enforced, entities, request, rules->work, &response);
    judge(&judgement, rules, &response);
    report(&judgement, rules);
}

void policy_decide(struct arena *arena, const struct policy_book *book, const struct policy_base *base,
                   const struct policy_facts *facts, const struct policy_rules *rules,
                   struct policy_decision *decision)
{
    struct cedar_request request;
    struct cedar_entities *entities;
    policy_facts_request(arena, base, facts, &request, &entities);
    policy_decide_request(arena, book, &request, entities, facts, rules, decision);
}

/* What exchange_decide() and call_decision_ask() of the gateway do, without an exchange or a call; see
 * policy_trial.h. */
#include "policy_trial.h"

static void refuse(struct policy_trial *trial, enum fault fault, struct text document, struct text detail)
{
    trial->fault = fault;
    trial->document = document;
    trial->detail = detail;
}

/* A credential that is there already becomes no less by a call, and no more is held after it. */
static bool is_call(const struct policy_facts *facts)
{
    return text_is(text_of(facts->action), "call") || facts->mcp.method.length != 0;
}

static void ask_policies(struct arena *arena, const struct policy_set *set, const struct policy_facts *facts,
                         struct policy_trial *trial)
{
    struct policy_decision *decision = &trial->decision;
    policy_set_ask(arena, set, facts, decision);
    refuse(trial, decision->fault, decision->document, decision->detail);
    if (decision->fault != FAULT_NONE)
        return;
    if (is_call(facts) && policy_decision_narrows(decision))
        refuse(trial, FAULT_CALL_OBLIGATION, decision->document, decision->detail);
    if (decision->maximum_lifetime_s != 0 && decision->maximum_lifetime_s < trial->lifetime_s)
        trial->lifetime_s = decision->maximum_lifetime_s;
    if (decision->narrows_scopes)
        trial->scopes = decision->scopes;
}

static void ask_combinations(struct arena *arena, const struct policy_set *set,
                             const struct policy_facts *facts, struct text domain, struct policy_trial *trial)
{
    for (size_t i = 0; i < set->combination_count && trial->fault == FAULT_NONE; i++) {
        const struct combination *combination = &set->combinations[i];
        struct combination_verdict verdict;
        combination_judge(arena, combination, facts, domain, &trial->scopes, &verdict);
        if (verdict.is_refused)
            refuse(trial, FAULT_COMBINATION_FORBIDDEN, combination->label, verdict.detail);
        else if (verdict.is_narrowed)
            trial->scopes = verdict.scopes;
    }
}

void policy_trial_decide(struct arena *arena, const struct policy_set *set, const struct policy_facts *facts,
                         struct text domain, struct policy_trial *trial)
{
    *trial = (struct policy_trial){.scopes = *facts->scopes, .lifetime_s = facts->lifetime_s};
    ask_policies(arena, set, facts, trial);
    if (!is_call(facts))
        ask_combinations(arena, set, facts, domain, trial);
}

void policy_trial_decide_call(struct arena *arena, const struct policy_set *set,
                              const struct policy_facts *facts, const struct json_value *arguments,
                              struct text domain, struct policy_trial *trial)
{
    struct policy_facts with_arguments = *facts;
    struct text mistake = TEXT_NONE;
    enum fault fault = policy_mcp_gather(arena, set->book, arguments, false, &with_arguments.mcp, &mistake);
    *trial = (struct policy_trial){.scopes = *facts->scopes, .lifetime_s = facts->lifetime_s};
    if (fault == FAULT_NONE)
        policy_trial_decide(arena, set, &with_arguments, domain, trial);
    else
        refuse(trial, fault, TEXT_NONE, mistake);
}

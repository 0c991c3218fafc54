/* What exchange_decide() of the gateway does, without an exchange; see policy_trial.h. */
#include "policy_trial.h"

static void refuse(struct policy_trial *trial, enum fault fault, struct text document, struct text detail)
{
    trial->fault = fault;
    trial->document = document;
    trial->detail = detail;
}

static void ask_policies(struct arena *arena, const struct policy_set *set, const struct policy_facts *facts,
                         struct policy_trial *trial)
{
    struct policy_decision *decision = &trial->decision;
    struct policy_rules rules = set->rules;
    /* What is done for nobody issues nothing, and needs no permit (decision 0033). */
    rules.is_permit_required &= facts->subject.subject.length != 0;
    if (!rules.is_permit_required && policy_book_count(set->book) == 0)
        return;
    policy_decide(arena, set->book, set->base, facts, &rules, decision);
    refuse(trial, decision->fault, decision->document, decision->detail);
    if (decision->fault != FAULT_NONE)
        return;
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
        combination_judge(arena, combination, facts->target, domain, &trial->scopes, facts->holdings,
                          facts->holding_count, facts->now_us / 1000000, &verdict);
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
    ask_combinations(arena, set, facts, domain, trial);
}

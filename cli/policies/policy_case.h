/* Cases of policy test: a name, what is given, and what is expected of it; and whether a decision is that.
 * Pure; docs/policy.md and schema/policy-test.schema.json describe the files. */
#ifndef CLI_POLICIES_POLICY_CASE_H
#define CLI_POLICIES_POLICY_CASE_H

#include "policy_given.h"
#include "policy_trial.h"

/* What is TEXT_NONE, NULL or -1 is not looked at. */
struct policy_expectation {
    bool is_allowed;
    const struct json_value *policies; /* a list: exactly these decided */
    struct text reason;                /* of the refusal: "policy_denied" */
    struct text says;                  /* what @reason tells the caller */
    int64_t maximum_lifetime_s;
    const struct scope_set *scopes; /* that are given */
    const struct json_value *step_up;
    struct text approval; /* of which kind would lift the refusal; "" for none */
    struct text reports;  /* with what a policy on trial would have refused; "" for none */
};

struct policy_case {
    struct text name;
    struct policy_facts facts;
    const struct json_value *arguments; /* of a call of a tool or prompt; NULL: none */
    struct text target_domain;
    struct policy_expectation expected;
};

/* false, with what is wrong in *mistake, for what is no list of cases. Texts are borrowed from the list and
 * from the documents. */
bool policy_cases_read(struct arena *arena, const struct json_value *list, const struct documents *documents,
                       struct policy_case **cases, size_t *count, struct text *mistake);
/* TEXT_NONE where the decision is as expected; otherwise what differs, a line each. */
struct text policy_case_difference(struct arena *arena, const struct policy_case *tried,
                                   const struct policy_trial *trial);

#endif

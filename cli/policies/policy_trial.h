/* One exchange decided offline as the gateway decides it: policies first, then combinations on what they leave.
 * For policy test and policy replay. Pure. */
#ifndef CLI_POLICIES_POLICY_TRIAL_H
#define CLI_POLICIES_POLICY_TRIAL_H

#include "policy_set/policy_set.h"

struct policy_trial {
    enum fault fault;     /* NONE: allowed, with what is below */
    struct text document; /* label of what decided */
    struct text detail;   /* which policy and which condition */
    struct scope_set scopes;
    int64_t lifetime_s;
    struct policy_decision decision; /* of the policies alone */
};

void policy_trial_decide(struct arena *arena, const struct policy_set *set, const struct policy_facts *facts,
                         struct text domain, struct policy_trial *trial);

/* The same of a call of an MCP server's tool or prompt with these arguments (NULL: none), of which the facts
 * have nothing yet. */
void policy_trial_decide_call(struct arena *arena, const struct policy_set *set,
                              const struct policy_facts *facts, const struct json_value *arguments,
                              struct text domain, struct policy_trial *trial);

#endif

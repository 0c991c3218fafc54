/* What others ask our policies: an access evaluation request of AuthZEN Authorization API 1.0 (section 6.1)
 * made into the request that policies decide. In two halves, between which whoever asks adds to the facts what
 * documents say. docs/policy-decision-point.md lists what a question may have. Pure. */
#ifndef POLICY_EVALUATION_H
#define POLICY_EVALUATION_H

#include "policy/policy_decision.h"

struct policy_evaluation {
    /* now_us, source and root are there before it is read; the rest is read, and what is nothing then may be
     * filled before the request is made. */
    struct policy_facts facts;
    struct scope_set scopes;          /* that facts.scopes points to */
    const struct json_value *context; /* NULL: none was sent */
    struct text mistake;              /* what is wrong and where, for EVALUATION_MALFORMED */

    struct cedar_request request;
    struct cedar_entities *entities;
};

/* Who, what, on what, and for whom. EVALUATION_MALFORMED. Texts are borrowed. */
MUST_USE enum fault policy_evaluation_read(struct arena *arena, struct text body,
                                           struct policy_evaluation *evaluation);
/* The request, with what the question's context says in place of what the facts say, held against the model.
 * EVALUATION_MALFORMED. */
MUST_USE enum fault policy_evaluation_request(struct arena *arena, const struct policy_base *base,
                                              const struct cedar_schema *schema,
                                              struct policy_evaluation *evaluation);

#endif

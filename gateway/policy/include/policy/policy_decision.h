/* What the policies say of one request, and what that means here: allowed, with what it must be narrowed to; or
 * refused, with what the caller may be told. Pure. */
#ifndef POLICY_POLICY_DECISION_H
#define POLICY_POLICY_DECISION_H

#include "policy/policy_book.h"

struct policy_decision {
    enum fault fault;          /* NONE: allowed, once the obligations below are met */
    struct text document;      /* label of the document whose policy decided; TEXT_NONE if none did */
    struct text detail;        /* which policies, and the condition that decided */
    struct text public_reason; /* @reason of one that refuses; TEXT_NONE */

    /* Those that decided, in the order of their texts: of a refusal every forbid, or the one that could not be
     * evaluated. */
    const struct cedar_policy *const *policies;
    size_t policy_count;

    /* Obligations of the policies that decided, the narrowest of each. */
    int64_t maximum_lifetime_s; /* 0: none */
    bool narrows_scopes;
    struct scope_set scopes; /* what remains, if it does */
    bool has_effects;        /* of a call: recorded before it goes on */

    /* STEP_UP_REQUIRED (RFC 9470 section 3): what the subject's authentication must be. */
    struct text acr_values;
    int64_t maximum_age_s; /* 0: any */

    /* POLICY_DENIED, where an approval would lift every forbid that holds: of which kind (@approval of the
     * first). */
    struct text approval;

    /* Of policies that only report: what they would have refused with, or NONE. */
    enum fault reported;
    struct text reported_document, reported_detail;
};

/* Whether something that is to be issued would have to be less than was asked for. */
static inline bool policy_decision_narrows(const struct policy_decision *decision)
{
    return decision->maximum_lifetime_s != 0 || decision->narrows_scopes;
}

struct policy_rules {
    bool is_permit_required; /* without one nothing is allowed; else only a forbid refuses */
    size_t work;             /* for all policies together: cedar/authorizer.h */
};

/* The same over a request that is made already; of the facts only what obligations are held against counts: the
 * time, how the subject authenticated, scopes. */
void policy_decide_request(struct arena *arena, const struct policy_book *book,
                           const struct cedar_request *request, struct cedar_entities *entities,
                           const struct policy_facts *facts, const struct policy_rules *rules,
                           struct policy_decision *decision);
void policy_decide(struct arena *arena, const struct policy_book *book, const struct policy_base *base,
                   const struct policy_facts *facts, const struct policy_rules *rules,
                   struct policy_decision *decision);

#endif

/* What a policy's annotations say beside allow and deny. Read once, when policies are compiled. */
#ifndef POLICY_EFFECT_H
#define POLICY_EFFECT_H

#include "policy/facts.h"

enum { POLICY_REASON_BYTES_MAX = 200, POLICY_ACR_BYTES_MAX = 256, POLICY_APPROVAL_BYTES_MAX = 64 };

struct policy_effect {
    struct text id;     /* "agents/no-deep-chains" */
    size_t source;      /* which text it stands in */
    struct text reason; /* @reason */
    int64_t maximum_lifetime_s;
    bool narrows_scopes;
    struct scope_set scopes;
    bool needs_step_up;
    struct text acr_values;    /* parted by spaces, any of them; TEXT_NONE: any */
    int64_t maximum_age_s;     /* of the authentication; 0: any */
    bool has_effects;          /* a call that it permits */
    bool needs_binding;        /* to the certificate of who gets it (RFC 8705 section 3) */
    struct text approval;      /* of a forbid: what kind of approval would lift it; TEXT_NONE: none would */
    struct text unknown;       /* the first annotation that is not known here */
    struct text not_available; /* one that is known and cannot be enforced yet */
};

/* false, with a sentence and the span, for a value or a place that makes no sense. */
bool policy_effect_read(struct arena *arena, const struct cedar_policy *policy, struct policy_effect *effect,
                        struct cedar_mistake *mistake);

#endif

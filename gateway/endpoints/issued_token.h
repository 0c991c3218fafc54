/* A token of ours that somebody asks about: verified against our own keys, found in the ledger, checked for
 * cutoffs and for anything it stands on having been switched off. Shared by introspection and revocation. */
#ifndef ENDPOINTS_ISSUED_TOKEN_H
#define ENDPOINTS_ISSUED_TOKEN_H

#include "exchange/call.h"
#include "exchange/standing.h"

struct issued_token {
    bool is_ours; /* signature, issuer and shape are ours, and it has not expired */
    struct jwt_claims claims;
    struct store_query record_query;
    struct flow_wait record_wait;
    struct standing standing;
    struct ledger_liveness liveness;
    const struct target *target; /* that it is for; NULL if there is none any more */
};

/* A call about one token: introspection and revocation begin like this. */
struct token_call {
    struct call call; /* first */
    struct issued_token token;
};

/* Their shared steps: is_ours and claims from the form's token; then its record. Waits: store. */
enum flow_step_result token_call_read(struct flow *flow);
enum flow_step_result token_call_find_record(struct flow *flow);
/* Completes liveness.wait; at once if it is not ours. */
void issued_token_check_liveness(struct issued_token *token, struct call *call);
/* Whether this caller obtained it: same client and same agent as its record says. */
bool issued_token_is_callers(const struct issued_token *token, const struct call *call);
/* Whether this caller is the resource server it is for. */
bool issued_token_is_for_caller(const struct issued_token *token, const struct call *call);
/* Alive: recorded, not cut off, and its client, target and the subject's issuer are still switched on. */
bool issued_token_is_active(const struct issued_token *token, const struct call *call);

#endif

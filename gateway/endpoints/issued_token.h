/* A token of ours that somebody asks about: verified against our own keys, found in the ledger, checked for
 * cutoffs and for anything it stands on having been switched off. Shared by introspection and revocation. */
#ifndef ENDPOINTS_ISSUED_TOKEN_H
#define ENDPOINTS_ISSUED_TOKEN_H

#include "exchange/call.h"

struct issued_token {
    bool is_ours; /* signature, issuer and shape are ours, and it has not expired */
    struct jwt_claims claims;
    struct store_query record_query;
    struct flow_wait record_wait;
    struct ledger_liveness liveness;
    const struct target *target; /* that it is for; NULL if there is none any more */
};

/* Pure: is_ours and claims. */
void issued_token_read(struct issued_token *token, struct call *call, struct text presented);
/* Completes record_wait; at once if it is not ours. */
void issued_token_find_record(struct issued_token *token, struct call *call);
/* Completes liveness.wait; at once if it is not ours. */
void issued_token_check_liveness(struct issued_token *token, struct call *call);
/* Whether this caller obtained it: same client and same agent as its record says. */
bool issued_token_is_callers(const struct issued_token *token, const struct call *call);
/* Whether this caller is the resource server it is for. */
bool issued_token_is_for_caller(const struct issued_token *token, const struct call *call);
/* Alive: recorded, not cut off, and its client, target and the subject's issuer are still switched on. */
bool issued_token_is_active(const struct issued_token *token, const struct call *call);

#endif

/* What somebody's issuer said of them when they logged in: kept sealed for as long as their session can last,
 * so that policies know of a code that they give what they know of a token that is shown. Found by the
 * session's id, and read for whoever has its cookie. */
#ifndef AUTHORIZATION_LOGIN_CLAIMS_H
#define AUTHORIZATION_LOGIN_CLAIMS_H

#include "keys/seal.h"
#include "runtime/flow.h"
#include "store/store.h"
#include "trust/verification.h"
#include "json/json_value.h"

/* The row, as a change for the transaction of the login's record. false: there are more claims than a row
 * holds; the login is good, but for no code. */
MUST_USE bool login_claims_keep(const struct sealer *sealer, struct arena *arena, struct text session,
                                const struct verified_token *token, int64_t expires_at_s,
                                struct store_state *change);

/* Zeroed before use, but for the first four. */
struct login_claims_reading {
    struct store *store;
    const struct sealer *sealer;
    struct arena *arena;
    struct text session;
    struct flow_wait wait;
    enum fault fault; /* STORE_UNAVAILABLE, SEAL_BROKEN; SESSION_MISSING: nothing is kept of that login */
    const struct json_value *claims;
    struct text root, fingerprint;
    struct store_query query;
};
void login_claims_read(struct login_claims_reading *reading);

#endif

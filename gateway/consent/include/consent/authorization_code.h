/* A code of /authorize (RFC 6749 section 4.1.2): that somebody agreed, on its way through their browser to the
 * client. The code is 32 random bytes; what it stands for is a sealed row under its hash, bound to whoever may
 * redeem it, for what, and with which proof (RFC 7636, RFC 8707). It is good for a minute and once: the commit
 * that records what is issued for it uses it up, on whichever gateway. The row stays longer than that, so that
 * one who shows it again is known: what it gave is ended then. */
#ifndef CONSENT_AUTHORIZATION_CODE_H
#define CONSENT_AUTHORIZATION_CODE_H

#include "adapters/credential_order.h"
#include "keys/seal.h"
#include "runtime/flow.h"
#include "store/store.h"
#include "json/json_value.h"

enum {
    AUTHORIZATION_CODE_SIZE = 44, /* 32 random bytes as base64url, zero-terminated */
    AUTHORIZATION_CODE_S = 60,
    AUTHORIZATION_CODE_KEPT_S = 86400,
    CODE_VERIFIER_BYTES_MIN = 43, /* RFC 7636 section 4.1 */
    CODE_VERIFIER_BYTES_MAX = 128
};

struct authorization_code {
    struct text id; /* of the record that says it was given; what is issued for it stands on "lease ID" */
    struct text client_id, redirect_uri, challenge;
    struct text target;   /* metadata.name */
    struct text resource; /* as it was asked for */
    struct text scope;    /* agreed to, parted by spaces; TEXT_NONE: none */
    struct text consent;  /* what is issued stands on its lease, too, and does not outlive it */
    int64_t consent_expires_at_s;
    /* Who agreed, as their issuer said when they logged in. */
    struct credential_identity person;
    const struct json_value *claims;
    struct text root, fingerprint; /* of that token */
    int64_t expires_at_s;
};

/* Makes a code and the row for it, as a change for the transaction of its record. false: more is known of the
 * person than a row can hold. */
MUST_USE bool authorization_code_make(const struct sealer *sealer, struct arena *arena,
                                      const struct authorization_code *code, char text[AUTHORIZATION_CODE_SIZE],
                                      struct store_state *change);

/* Zeroed before use, but for the first four; what is found is in the arena. */
struct authorization_code_reading {
    struct store *store;
    const struct sealer *sealer;
    struct arena *arena;
    struct text code;
    struct flow_wait *wait; /* whose it is to complete */
    enum fault fault; /* STORE_UNAVAILABLE; SEAL_BROKEN; CODE_UNKNOWN: none, or too old even to be known */
    struct authorization_code found;
    struct store_query query;
};
/* Completes reading->wait. On a loop. */
void authorization_code_read(struct authorization_code_reading *reading);

/* Whether the verifier is what the challenge was made of, by S256 (RFC 7636 section 4.6). */
bool authorization_code_proves(struct text challenge, struct text verifier);
/* The challenge by S256 as it has to be written: 43 characters of base64url. */
bool authorization_code_is_challenge(struct text challenge);

#endif

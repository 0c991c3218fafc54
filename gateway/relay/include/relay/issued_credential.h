/* A credential of ours that somebody shows or asks about, whether an API key or a token: recognised, found in
 * the ledger, checked for cutoffs and for anything it stands on having been switched off. The one way to it,
 * for introspection, revocation and every call. */
#ifndef RELAY_ISSUED_CREDENTIAL_H
#define RELAY_ISSUED_CREDENTIAL_H

#include "adapters/api_key.h"
#include "exchange/call.h"
#include "exchange/standing.h"
#include "relay/record_book.h"

struct issued_credential {
    bool is_ours; /* whole or signed by us; once its record was looked for also: there, and not expired */
    bool is_key;
    bool is_remembered; /* its record needs no look into the store */
    unsigned char digest[DIGEST_SIZE];
    char fingerprint[API_KEY_FINGERPRINT_SIZE]; /* of a key */
    struct text id;                             /* of its lease and record; of a key, once its lease is there */
    struct jwt_claims claims;                   /* of a key, once its record is there, made of that */
    struct store_query *lease_query, *record_query; /* NULL: nothing was looked for */
    struct flow_wait lease_wait, record_wait;
    struct text record_bytes;
    const struct json_value *record; /* NULL: there is none */
    struct standing standing;
    struct ledger_liveness liveness;
    const struct target *target; /* that it is for; NULL if there is none any more */
};

/* The first half, without any wait. CALL_CREDENTIAL_MISTYPED for a key that is not whole,
 * CALL_CREDENTIAL_UNKNOWN for what is not ours or has expired. */
MUST_USE enum fault issued_credential_read(struct issued_credential *credential, struct call *call,
                                           struct text shown);
/* In its place: true if this book remembers the credential, and the key that signed it is still ours. */
bool issued_credential_recall(struct issued_credential *credential, struct call *call, struct text shown,
                              struct record_book *book);
void issued_credential_remember(const struct issued_credential *credential, struct record_book *book);

/* Start lease_wait and record_wait, one after the other; at once if there is nothing to look for. */
void issued_credential_find_lease(struct issued_credential *credential, struct call *call);
void issued_credential_find_record(struct issued_credential *credential, struct call *call);
/* After both: STORE_UNAVAILABLE, or NONE and what the record says. */
MUST_USE enum fault issued_credential_complete(struct issued_credential *credential, struct call *call);
/* Completes liveness.wait; at once if it is not ours. */
void issued_credential_check_liveness(struct issued_credential *credential, struct call *call);

/* Alive: recorded, not cut off, and its client, target and the subject's issuer are still switched on. */
bool issued_credential_is_active(const struct issued_credential *credential, const struct call *call);
/* Whether this caller obtained it: same client and same agent as its record says. */
bool issued_credential_is_callers(const struct issued_credential *credential, const struct call *call);
/* Whether this caller is the resource server it is for. */
bool issued_credential_is_for_caller(const struct issued_credential *credential, const struct call *call);

#endif

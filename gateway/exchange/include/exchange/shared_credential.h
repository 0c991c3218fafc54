/* A credential that many leases share: what it is for, by which it is found again; what it stands on, which is
 * what all its leases have in common, never one's own tree or token; and until when it has to be there. For
 * exchanges and for calls through egress; docs/flow.md tells the story. */
#ifndef EXCHANGE_SHARED_CREDENTIAL_H
#define EXCHANGE_SHARED_CREDENTIAL_H

#include "exchange/credential_book.h"
#include "exchange/standing.h"

/* At a time in a gateway. Each secret takes a page and a mapping of its own, of which a process has some 65000.
 */
enum { SHARED_CREDENTIALS_MAX = 32768 };

/* How long something has to last for being given, how often at most one is withdrawn and stored anew because it
 * turned out to be dead, for how long a refusal is remembered, and when the next try is after one that was made
 * too early to be needed. */
enum { SHARED_SPARE_S = 5, SHARED_ROUNDS_MAX = 3, SHARED_REFUSAL_S = 5, SHARED_AGAIN_S = 10 };

/* A lease that others share is withdrawn this long after the last of them has ended. A busy one is written for
 * that as often. */
enum { SHARED_KEPT_S = 60 };

/* Two of the same are served by the same credential. */
struct shared_purpose {
    const struct target *target;
    const struct adapter *adapter;
    bool is_egress; /* with the settings of the target's egress */
    struct identity subject;
    const struct identity *actors; /* outermost first */
    size_t actor_count;
    struct text client_id, account;
    struct identity caller;
    struct text scope, requested_type;
    int64_t lifetime_s; /* 0: the target's */
    const struct json_value *details;
    const struct credential_claim *claims;
    size_t claim_count;
    /* TEXT_NONE where the adapter is not handed anything that says it. */
    struct text root, task, token_fingerprint;
    struct text channel_binding;                /* or TEXT_NONE */
    const struct json_value *handed_attributes; /* or NULL */
    struct text consent;                        /* lease of the person's consent, or TEXT_NONE */
};

/* Whether this adapter's credentials are shared; may change when a program has started. */
bool shared_credential_is_wanted(const struct adapter *adapter);
void shared_credential_key(struct arena *arena, const struct shared_purpose *purpose,
                           unsigned char key[DIGEST_SIZE]);
/* The key as the adapter is told it, which by this shares what it remembers as the gateway does. */
struct text shared_credential_name(struct arena *arena, const unsigned char key[DIGEST_SIZE]);
/* Makes the standing of the lease. */
void shared_credential_stand(const struct shared_purpose *purpose, struct arena *arena,
                             const struct world *world, struct text lease, int64_t issued_at_us,
                             struct standing *standing);
/* What one that shares it stands on beside that, itself and the root of its record, by which the store finds it
 * anyway: only that needs rows of its own. */
void shared_credential_rest(const struct standing *shared, const struct standing *own, struct text lease,
                            struct text root, struct standing *rest);

/* For a lease that was reserved nothing was made. */
void shared_credential_end_unmade(struct store_lease *reserved);

/* What was made, as it is kept. reserved_until_s: when the lease was to end when it was reserved, which is when
 * its row is dropped, days later. */
void shared_credential_describe(const struct credential_minting *minting, struct text lease,
                                int64_t issued_at_us, int64_t reserved_until_s, struct kept_credential *kept);
/* One that is found, as if it had been made for whoever asks until then. */
void shared_credential_give(const struct kept_credential *kept, int64_t until_s,
                            struct credential_minting *minting);
/* Whether the reason is one for which what is still good is given on. */
bool shared_credential_is_setback(enum fault fault);

#endif

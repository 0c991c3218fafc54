/* The one surface between the exchange and what mints a kind of credential. Built-in adapters implement it in
 * process; programs will implement it behind the adapter host. An adapter may narrow what was decided, never
 * widen it. */
#ifndef ADAPTERS_ADAPTER_H
#define ADAPTERS_ADAPTER_H

#include "base/arena.h"
#include "base/fault.h"
#include "keys/key_snapshot.h"
#include "runtime/flow.h"
#include "json/json_value.h"

struct credential_identity {
    struct text issuer, subject;
};

struct credential_claim {
    struct text name, value;
};

/* Of a list the elements are parted by line feeds. */
struct credential_attribute {
    struct text name, value;
    bool is_list;
};

/* What was decided: mint exactly this or less. Borrowed until the wait is done. */
struct credential_order {
    struct text id;     /* exchange id; jti */
    struct text issuer; /* ours */
    struct credential_identity subject;
    const struct credential_identity *chain; /* actors, outermost first; may be empty */
    size_t chain_length;
    struct text client_id;
    const struct text *audiences;
    size_t audience_count;
    struct text scope;                              /* TEXT_NONE = none */
    const struct json_value *authorization_details; /* an array (RFC 9396), or NULL */
    struct text root;                               /* txn */
    /* How the subject authenticated; TEXT_NONE and 0 where that is not known. */
    struct text acr, amr; /* of amr the values are parted by spaces */
    int64_t auth_time_s;
    const struct text
        *ancestry; /* what it was made from, "kind id" each: goes with it, for its end to be found */
    size_t ancestry_count;
    int64_t issued_at_s, expires_at_s;
    struct text requested_type; /* token type URI the caller asked for; TEXT_NONE = the adapter's own */
    enum algorithm algorithm;   /* token profile */
    struct text type;           /* typ */
    const struct credential_claim *claims; /* extra claims of the profile, strings */
    size_t claim_count;
    const struct credential_attribute *attributes; /* of the subject, for policies that judge this when it is
                                                      shown to us again */
    size_t attribute_count;
    const struct key_snapshot *keys; /* of the exchange; held until it ends */
};

struct credential_minting {
    struct flow_wait wait;
    struct arena *arena;
    enum fault fault;
    struct text credential;  /* in the arena */
    struct text issued_type; /* token type URI */
    struct text token_type;  /* "Bearer" or "N_A" */
    int64_t expires_at_s;    /* <= the order's */
    struct text scope;       /* subset of the order's */
    struct text key_id;      /* that signed, or TEXT_NONE */
    struct text handle;      /* with outside effects: by which it is withdrawn; opaque bytes, sealed */
    struct text fingerprint; /* with outside effects: by which it is recognised, or TEXT_NONE */
    void *state;             /* the adapter's, in the arena */
};

/* A credential to be made worthless where it is valid. Borrowed until the wait is done. */
struct credential_withdrawal {
    struct flow_wait wait;
    struct arena *arena;
    struct text lease;  /* the order's id */
    struct text target; /* name of its document */
    struct text handle; /* TEXT_NONE: whether anything was made is not known; what was is found by its lease */
    enum fault fault;   /* NONE: there is nothing any more. Else it is tried again. */
    void *state;        /* the adapter's, in the arena */
};

struct adapter {
    const char *name;                           /* as documents write it: "jwt" */
    bool (*issues)(struct text token_type_uri); /* which requested_token_type it can answer */
    void (*mint)(const struct credential_order *order,
                 struct credential_minting *minting); /* completes minting->wait */
    /* What it mints is known elsewhere, so a lease is reserved before and the credential withdrawn when it is
     * killed or could not be recorded. */
    bool has_outside_effects;
    /* Completes withdrawal->wait. The same one may come again, and for what was never made. NULL: cannot. */
    void (*revoke)(struct credential_withdrawal *withdrawal);
};

extern const struct adapter jwt_adapter;
/* By name, NULL if there is none. */
const struct adapter *adapter_find(struct text name);

#endif

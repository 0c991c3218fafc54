/* What was decided, as an adapter is told it. */
#ifndef ADAPTERS_CREDENTIAL_ORDER_H
#define ADAPTERS_CREDENTIAL_ORDER_H

#include "base/arena.h"
#include "keys/key_snapshot.h"
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

struct credential_target {
    struct text name; /* of its document */
    struct text domain;
    struct text audience;              /* the first of its audiences */
    const struct json_value *settings; /* the adapter's: an object, or NULL */
    /* That owns it; TEXT_NONE: none does, or its document has gone. What one team handed over for a target is
     * not for another that takes the name once it is free. */
    struct text team;
    /* What its adapter is given to show on the other side; TEXT_NONE and false where that is nothing. */
    struct text assertion_audience;
    enum algorithm assertion_algorithm; /* of the token profile, as the type */
    struct text assertion_type;
    bool is_subject_token_handed_over;
    const struct text *handed_attributes; /* names of the subject's */
    size_t handed_attribute_count;
    bool is_connected_by_people; /* each subject connects an account of its own */
};

/* Mint exactly this or less. Borrowed until the wait is done. */
struct credential_order {
    struct text id;     /* exchange id; jti */
    struct text issuer; /* ours */
    struct credential_target target;
    struct credential_identity subject;
    const struct credential_identity *chain; /* actors, outermost first; may be empty */
    size_t chain_length;
    struct text client_id;
    const struct text *audiences;
    size_t audience_count;
    struct text scope;                              /* TEXT_NONE = none */
    const struct json_value *authorization_details; /* an array (RFC 9396), or NULL */
    struct text root;                               /* txn */
    struct text task, purpose;                      /* as the caller said them, or TEXT_NONE */
    /* How the subject authenticated; TEXT_NONE and 0 where that is not known. */
    struct text acr, amr; /* of amr the values are parted by spaces */
    int64_t auth_time_s;
    /* What it was made from, "kind id" each: goes with it, for its end to be found. */
    const struct text *ancestry;
    size_t ancestry_count;
    int64_t issued_at_s, expires_at_s;
    struct text requested_type; /* token type URI the caller asked for; TEXT_NONE = the adapter's own */
    struct text assertion;      /* a JWT of ours about the subject for assertion_audience, or TEXT_NONE */
    struct text subject_token, subject_token_type; /* as it was shown, where it is handed over; or TEXT_NONE */
    /* Of the subject, for the adapter: an object of texts and arrays of texts; NULL where the target hands none
     * over. */
    const struct json_value *handed_attributes;
    struct text documents; /* another one whenever the documents change; TEXT_NONE: not said */
    /* Bytes of the digest of the server's certificate (RFC 5929 section 4.1) that what is made is to be bound
     * to; TEXT_NONE: not known. */
    struct text channel_binding;
    bool is_binding_asked; /* the caller relies on it: who cannot bind makes nothing */
    struct text sharing; /* says what it is for, where credentials are shared: see PROTOCOL.md; or TEXT_NONE */
    bool is_fresh;       /* what was made before was refused, so nothing remembered is to be given */
    /* Shown once, by this gateway itself, which then asks whether the answer is the server's. */
    bool is_for_call;
    struct text thumbprint;   /* x5t#S256 of the client's certificate that it is bound to; TEXT_NONE: to none */
    enum algorithm algorithm; /* token profile */
    struct text type;         /* typ */
    const struct credential_claim *claims; /* extra claims of the profile, strings */
    size_t claim_count;
    /* Of the subject, for policies that judge this when it is shown to us again. */
    const struct credential_attribute *attributes;
    size_t attribute_count;
    const struct key_snapshot *keys; /* of the exchange; held until it ends */
};

#endif

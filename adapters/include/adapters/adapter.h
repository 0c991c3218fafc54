/* The one surface between the exchange and what mints a kind of credential. Built-in adapters implement it in
 * process, programs behind the adapter host. An adapter may narrow what was decided, never widen it. */
#ifndef ADAPTERS_ADAPTER_H
#define ADAPTERS_ADAPTER_H

#include "adapters/credential_order.h"
#include "base/fault.h"
#include "runtime/flow.h"
#include "store/row.h"

/* How a credential is shown where it is valid. */
struct credential_presentation {
    struct text header; /* "authorization"; TEXT_NONE: not said */
    struct text scheme; /* "Bearer", or TEXT_NONE */
};

struct credential_minting {
    struct flow_wait wait;
    struct arena *arena;
    enum fault fault;
    struct text public_reason; /* of a refusal, for the caller; TEXT_NONE: the fault's sentence */
    struct text detail;        /* of a fault, for the record and who operates this; TEXT_NONE: nothing to say */
    int64_t retry_after_s;     /* of ADAPTER_UNAVAILABLE; 0: not known */
    struct text credential;    /* in the arena; wiped with it */
    struct text issued_type;   /* token type URI */
    struct text token_type;    /* "Bearer" or "N_A" */
    struct credential_presentation presentation;
    int64_t expires_at_s; /* <= the order's */
    struct text scope;    /* subset of the order's */
    struct text key_id;   /* that signed, or TEXT_NONE */
    struct text handle;   /* with outside effects: by which it is withdrawn; opaque bytes, sealed */
    /* By which it is recognised, 64 hexadecimal digits, or TEXT_NONE. What has one has a lease of its own,
     * which is stored with the record. */
    struct text fingerprint;
    struct text account; /* who the subject is on the other side, for the record; TEXT_NONE: not said */
    /* Of an adapter whose credentials are shared: until when it is good on the other side, which may be later
     * than expires_at_s; 0: not said. */
    int64_t lives_until_s;
    /* The lease it was made for before, which this one shares it with from now on; TEXT_NONE: made for this
     * one. */
    struct text made_for;
    /* Of an order that is_for_call: what the adapter is told when it is asked whether the answer is the
     * server's (struct credential_confirmation); TEXT_NONE: nothing is to be confirmed. */
    struct text confirmation;
    void *state; /* the adapter's, in the arena */
};

/* Said by an adapter that works, of one subject or request: asking again is of no use, and nobody else's calls
 * are any worse for it. */
static inline bool credential_is_refused(enum fault fault)
{
    return fault == FAULT_ADAPTER_REFUSED || fault == FAULT_ADAPTER_REFUSED_SUBJECT;
}
/* Whether an answer is the server's that the credential was made for. Borrowed until the wait is done. */
struct credential_confirmation {
    struct flow_wait wait;
    struct arena *arena;
    struct credential_target target;
    struct text confirmation;      /* as the minting has it */
    const struct text *challenges; /* the values of WWW-Authenticate */
    size_t challenge_count;
    enum fault fault; /* NONE: it is */
    struct text detail;
    void *state;
};

/* A credential to be made worthless where it is valid. Borrowed until the wait is done. */
struct credential_withdrawal {
    struct flow_wait wait;
    struct arena *arena;
    struct text lease;               /* the order's id */
    struct credential_target target; /* name alone, and settings NULL, where its document has gone */
    struct text handle; /* TEXT_NONE: whether anything was made is not known; what was is found by its lease */
    enum fault fault;   /* NONE: there is nothing any more. Else it is tried again. */
    void *state;        /* the adapter's, in the arena */
};

/* A question about a target's settings, before anything changes. */
struct settings_mistake {
    struct text path; /* JSON pointer (RFC 6901) into the settings */
    struct text sentence;
};
struct settings_validation {
    struct flow_wait wait;
    struct arena *arena;
    struct credential_target target;
    enum fault fault; /* NONE: mistakes says it all; ADAPTER_UNAVAILABLE: it could not be asked */
    struct text detail;
    struct settings_mistake *mistakes;
    size_t mistake_count;
    void *state;
};

/* Something an adapter is to keep for a target, or for one subject there (subject.subject TEXT_NONE: for
 * everybody): a secret that somebody hands over. answer NULL asks what is wanted; is_end forgets it. */
struct credential_connection {
    struct flow_wait wait;
    struct arena *arena;
    struct credential_target target;
    struct credential_identity subject;
    const struct json_value *answers; /* an object of texts, or NULL */
    bool is_end;
    /* Of one that is made in a browser: where the other side sends the person back to, the state that comes
     * back with them, what is asked for, and what connect_begin wanted kept until connect_finish. TEXT_NONE
     * redirect_uri: there is no browser. */
    struct text redirect_uri, browser_state, scope, keep;
    enum fault fault;
    struct text detail;               /* what went wrong, for people */
    const struct json_value *request; /* what is asked for: the protocol's result of connect_begin */
    struct text fingerprint;          /* of what is kept, or TEXT_NONE */
    void *state;
};

struct adapter {
    struct text name; /* as documents write it: "jwt" */
    /* Which requested_token_type it can answer; TEXT_NONE never comes. */
    bool (*issues)(const struct adapter *adapter, struct text token_type_uri);
    /* What it makes where nobody asks for a type, in the arena; TEXT_NONE: not known yet. */
    struct text (*usual_type)(const struct adapter *adapter, struct arena *arena);
    /* Each completes its wait, at once or later on the calling loop. */
    void (*mint)(const struct adapter *adapter, const struct credential_order *order,
                 struct credential_minting *minting);
    /* The same one may come again, and for what was never made. NULL: cannot. */
    void (*revoke)(const struct adapter *adapter, struct credential_withdrawal *withdrawal);
    void (*validate)(const struct adapter *adapter,
                     struct settings_validation *validation); /* NULL: no settings */
    void (*connect)(const struct adapter *adapter,
                    struct credential_connection *connection); /* NULL: keeps nothing */
    /* What it mints is known elsewhere, so a lease is reserved before and the credential withdrawn when it is
     * killed or could not be recorded. Of programs known only once they have started. */
    bool (*has_outside_effects)(const struct adapter *adapter); /* NULL: it has none */
    /* One of its credentials may serve several leases of one subject, actors, client, target and scopes; it is
     * withdrawn with the last of them. */
    bool (*is_shared)(const struct adapter *adapter); /* NULL: never */
    /* Where an order has a channel binding, what it makes is bound to it. May be true before a program has
     * started, which is then asked for nothing that it cannot do. NULL: never. */
    bool (*binds)(const struct adapter *adapter);
    /* What it makes for a call is good for one, and the answer is confirmed before it is handed on. */
    bool (*confirms)(const struct adapter *adapter); /* NULL: never */
    void (*confirm)(const struct adapter *adapter, struct credential_confirmation *confirmation);
    /* Whoever is shown its credentials asks this gateway: what is dead here is dead everywhere. */
    bool is_checked_here;
    void *context; /* the adapter's */
};

#endif

/* An adapter in C: fill in a struct adapter_definition and call adapter_run() from main(). The functions are
 * plain blocking code; each runs on a thread of its own for one request of the gateway, and must keep nothing
 * of it when it returns. Everything of adapters/PROTOCOL.md that is not the credential itself is the library's
 * business. adapter_tools.h has what they are written with: HTTPS, state, sealing, assertions, settings. */
#ifndef DRAGOMAN_ADAPTER_SDK_H
#define DRAGOMAN_ADAPTER_SDK_H

#include "base/arena.h"
#include "base/fault.h"
#include "json/json_value.h"

struct adapter_call; /* one request of the gateway */
struct adapter_mistakes;

/* How a request ends. All but ADAPTER_DONE are made by the functions further below, which say why. */
enum adapter_outcome {
    ADAPTER_DONE = 0,
    ADAPTER_REFUSED,       /* the other side says no for this subject or this target */
    ADAPTER_UNAVAILABLE,   /* try later */
    ADAPTER_MISCONFIGURED, /* people have to change something */
    ADAPTER_CANCELLED,     /* nobody waits any more */
    ADAPTER_FAILED,        /* the adapter's own failure */
    ADAPTER_INTERACTION,   /* the subject has to connect an account first */
    ADAPTER_CONFLICT,      /* of state: another version or fence by now */
    ADAPTER_CLAIMED        /* of state: by somebody else */
};

struct adapter_target {
    struct text name, domain, audience;
    const struct json_value *settings; /* an object; NULL where the target has gone */
    struct text team; /* that owns it; TEXT_NONE where none does, and where the target has gone */
    /* What orders for it come with; TEXT_NONE and false where that is nothing. */
    struct text assertion_audience, assertion_algorithm, assertion_type;
    bool has_subject_token;
    bool is_connected_by_people;                /* each subject connects an account of its own */
    const struct json_value *handed_attributes; /* names of the subject's, an array; or NULL */
};

struct adapter_party {
    struct text issuer, subject;
};

struct adapter_order {
    struct text lease, root;
    bool is_fresh; /* what was made before was refused: give nothing remembered */
    /* What is remembered is given to orders alone that have the same; TEXT_NONE where nothing is shared. */
    struct text sharing;
    struct adapter_target target;
    struct adapter_party subject;
    const struct adapter_party *actors; /* outermost first */
    size_t actor_count;
    struct text client;
    struct text type; /* TEXT_NONE: the first of the kinds */
    const struct text *scopes;
    size_t scope_count;
    const struct json_value *authorization_details; /* an array, or NULL */
    int64_t issued_at_s, expires_at_s;
    struct text task, purpose; /* TEXT_NONE where there is none */
    struct text assertion;     /* a JWT of the gateway about the subject; TEXT_NONE: see the target */
    struct text subject_token, subject_token_type; /* as it was shown; the same */
    /* Of the subject, as its issuer's document maps them: an object of texts and arrays of texts; NULL where
     * the target hands none over. */
    const struct json_value *attributes;
    /* Another one whenever the gateway's documents change: what is remembered from before was decided by
     * others. TEXT_NONE: not said. */
    struct text documents;
    /* What the server's certificate is bound by (RFC 5929 section 4.1, "tls-server-end-point"): the digest's
     * bytes. TEXT_NONE: not known. */
    struct text channel_binding;
    bool is_for_call; /* shown once by the gateway itself, which then asks confirm about the answer */
};

/* What was made; comes filled in with the order's type, end and scopes, which may be narrowed and never
 * widened. */
struct adapter_credential {
    struct text credential; /* at most 64 KiB */
    struct text type;
    int64_t expires_at_s;
    const struct text *scopes;
    size_t scope_count;
    struct text header, scheme; /* how it is shown: "authorization" and "Bearer"; scheme may be TEXT_NONE */
    struct text handle;         /* given back to revoke; TEXT_NONE: none */
    struct text fingerprint;    /* 64 hexadecimal digits; TEXT_NONE: of the credential's bytes */
    int64_t lives_until_s; /* where credentials are shared: how long this one is good, if longer; 0: not said */
    struct text made_for;  /* the lease it was made for, if that is another; TEXT_NONE: this one */
    struct text account;   /* who the subject is on the other side, for the record; TEXT_NONE: not said */
    /* Of an order that is_for_call: what confirm is told to find it by, at most 128 bytes; TEXT_NONE: nothing
     * is to be confirmed. */
    struct text confirmation;
};

/* What a server answered to a credential that the gateway has shown it. */
struct adapter_confirmation {
    struct text confirmation;      /* as mint said it */
    const struct text *challenges; /* the values of WWW-Authenticate (RFC 9110 section 11.6.1) */
    size_t challenge_count;
};

/* A credential of before. */
struct adapter_lease {
    struct text lease;
    struct adapter_target target;
    struct text handle;   /* TEXT_NONE: not known whether anything was made; find it by its lease */
    int64_t expires_at_s; /* of renew: until when at most */
};

struct adapter_connection {
    struct adapter_target target;
    struct adapter_party subject;     /* TEXT_NONE: for everybody who comes to the target */
    const struct json_value *answers; /* of connect_finish: an object of texts */
    /* In a browser: where the other side sends the person back to, and with which state; the scopes that are
     * wanted; of connect_finish what connect_begin kept. TEXT_NONE redirect_uri: there is no browser. */
    struct text redirect_uri, state, scope, keep;
};

/* Where a person goes to connect an account. */
struct adapter_interaction {
    struct text go_to; /* an https URL; TEXT_NONE: they are connected already, for all that is wanted */
    struct text keep;  /* given back to connect_finish, at most 4 KiB; seal what is a secret */
};

struct adapter_question {
    const char *name, *label;
    bool is_secret;
};

struct adapter_kind {
    const char *type, *token_type;
};

struct adapter_definition {
    const char *name, *version;
    const struct adapter_kind *kinds; /* the first is what is made where nobody asks for one */
    size_t kind_count;
    const char *settings_schema; /* JSON; NULL: {"type":"object"} */
    bool has_outside_effects;    /* then revoke must find by its lease what mint made */
    bool has_network;            /* the Adapter document has to say so too */
    bool is_shared; /* one credential may serve several leases of one subject, actors, target and scopes */
    bool binds;     /* what it makes is bound to an order's channel_binding, or refused where it cannot be */
    unsigned concurrency;                     /* threads: 1 to 1024 */
    const struct adapter_question *questions; /* of connect_begin; NULL: it keeps nothing */
    size_t question_count;
    /* Which of the questions are asked for this target: is_asked has one for each, and they come false. NULL:
     * all are. */
    enum adapter_outcome (*choose_questions)(struct adapter_call *call, const struct adapter_target *target,
                                             bool *is_asked);
    enum adapter_outcome (*mint)(struct adapter_call *call, const struct adapter_order *order,
                                 struct adapter_credential *made);
    /* The same may come again, and for what was never made. NULL: there is nothing to take back. */
    enum adapter_outcome (*revoke)(struct adapter_call *call, const struct adapter_lease *lease);
    /* NULL: it does not renew. Puts the new end there. */
    enum adapter_outcome (*renew)(struct adapter_call *call, const struct adapter_lease *lease, int64_t *end_s);
    /* Looks at the settings alone. NULL: any will do. */
    enum adapter_outcome (*validate)(struct adapter_call *call, const struct adapter_target *target,
                                     struct adapter_mistakes *mistakes);
    /* A person is at a browser. NULL: nobody connects there; without one the questions are asked. */
    enum adapter_outcome (*connect_begin)(struct adapter_call *call,
                                          const struct adapter_connection *connection,
                                          struct adapter_interaction *interaction);
    enum adapter_outcome (*connect_finish)(struct adapter_call *call,
                                           const struct adapter_connection *connection);
    enum adapter_outcome (*disconnect)(struct adapter_call *call, const struct adapter_connection *connection);
    /* Whether the answer is the server's that the credential was made for. NULL: nothing is ever confirmed. */
    enum adapter_outcome (*confirm)(struct adapter_call *call, const struct adapter_confirmation *confirmation);
    /* Once, before anything else is asked, for what is kept as long as the program runs (adapter_context). What
     * goes wrong here is what health and all that is asked from then on end with. NULL: nothing is kept. */
    enum adapter_outcome (*open)(struct adapter_call *call, void **context);
    void (*close)(void *context); /* when nothing runs any more; NULL: nothing is to be done */
    bool needs_listener;          /* the Adapter document has to say loopbackListener */
    /* target may be NULL. DONE is good, UNAVAILABLE degraded, all others bad. NULL: always good. */
    enum adapter_outcome (*health)(struct adapter_call *call, const struct adapter_target *target);
};

/* Until the gateway ends it; returns the exit status. Reads and writes descriptor 3. */
int adapter_run(const struct adapter_definition *definition);

/* --- of a call --- */

struct arena *adapter_arena(struct adapter_call *call); /* wiped when the call is answered */
/* Whether nobody waits any more: cancelled, or the deadline has passed. The tools notice by themselves. */
bool adapter_is_over(struct adapter_call *call);
int64_t adapter_remaining_ms(struct adapter_call *call); /* until the deadline; 0: none is left */
/* For what must not stop half-way, such as using up a rotated token and keeping the next: while it is shielded,
 * a cancel or the deadline is noticed 900 milliseconds later than it comes. */
void adapter_shield(struct adapter_call *call, bool is_shielded);
/* Open for reading, or -1: a file that the Adapter document names. Use pread: it is shared by all calls. */
int adapter_file(struct adapter_call *call, const char *name);
void *adapter_context(struct adapter_call *call); /* as open left it */
/* spec.settings of the Adapter document: an object, or NULL. They are the operator's, a target's are a team's.
 */
const struct json_value *adapter_own_settings(struct adapter_call *call);
/* A socket that listens on a loopback address, or -1: see loopbackListener in PROTOCOL.md. */
int adapter_listener(struct adapter_call *call);
/* A connected stream socket, or -1: a Unix socket that the Adapter document names. It blocks, and is shared by
 * all calls. */
int adapter_socket(struct adapter_call *call, const char *name);

#define ADAPTER_PRINTS(format_at) __attribute__((format(printf, format_at, format_at + 1)))
enum adapter_log_level { ADAPTER_LOG_DEBUG, ADAPTER_LOG_INFO, ADAPTER_LOG_WARNING, ADAPTER_LOG_ERROR };
void adapter_log(struct adapter_call *call, enum adapter_log_level level, const char *format, ...)
    ADAPTER_PRINTS(3);

/* Ends: what they print goes to the log, at most 512 bytes, and has no secret in it. Of refuse, shown is what
 * callers are told, or NULL. retry_after_s 0: not known. path: a JSON pointer into the settings, or NULL. */
MUST_USE enum adapter_outcome adapter_refuse(struct adapter_call *call, const char *shown, const char *format,
                                             ...) ADAPTER_PRINTS(3);
/* The same, because of who the subject is: callers get invalid_request (RFC 8693 section 2.2.2). */
MUST_USE enum adapter_outcome adapter_refuse_subject(struct adapter_call *call, const char *shown,
                                                     const char *format, ...) ADAPTER_PRINTS(3);
/* Refuses an order with authorization_details, for adapters whose credentials cannot be narrowed by them: what
 * was decided is less than what the credential would be good for. */
MUST_USE enum adapter_outcome adapter_refuse_details(struct adapter_call *call,
                                                     const struct adapter_order *order);
MUST_USE enum adapter_outcome adapter_unavailable(struct adapter_call *call, int64_t retry_after_s,
                                                  const char *format, ...) ADAPTER_PRINTS(3);
/* The same of this request alone, where others may do all the same: the gateway goes on asking, and the adapter
 * sees to it by itself that whoever cannot be served is told so at once. */
MUST_USE enum adapter_outcome adapter_unavailable_request(struct adapter_call *call, int64_t retry_after_s,
                                                          const char *format, ...) ADAPTER_PRINTS(3);
/* Of connect_finish: which account was connected, as the other side calls it, for people; at most 256 bytes,
 * what is not printable is left out. */
void adapter_connect_account(struct adapter_call *call, struct text account);
/* Of disconnect: the other side said that it takes back what it gave. Its person is told so. */
void adapter_disconnect_revoked(struct adapter_call *call);
/* shown: why, for the person who connects, or NULL. */
MUST_USE enum adapter_outcome adapter_needs_interaction(struct adapter_call *call, const char *shown,
                                                        const char *format, ...) ADAPTER_PRINTS(3);
MUST_USE enum adapter_outcome adapter_misconfigured(struct adapter_call *call, const char *path,
                                                    const char *format, ...) ADAPTER_PRINTS(3);
MUST_USE enum adapter_outcome adapter_fail(struct adapter_call *call, const char *format, ...)
    ADAPTER_PRINTS(2);

/* Hands any end but ADAPTER_DONE on. */
#define ADAPTER_TRY(made)                                                                                      \
    do {                                                                                                       \
        enum adapter_outcome outcome_ = (made);                                                                \
        if (outcome_ != ADAPTER_DONE)                                                                          \
            return outcome_;                                                                                   \
    } while (0)

#endif

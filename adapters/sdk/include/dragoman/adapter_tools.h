/* What adapters are written with. Everything blocks, is bounded, ends when the call's deadline or the gateway's
 * cancel says so (then ADAPTER_CANCELLED), and puts its results in the call's arena. */
#ifndef DRAGOMAN_ADAPTER_TOOLS_H
#define DRAGOMAN_ADAPTER_TOOLS_H

#include "dragoman/adapter_sdk.h"

/* --- HTTPS: no redirects, no proxy, public addresses and those the operator excepts --- */

struct adapter_request {
    struct text method, url;
    const struct text *headers; /* "name: value" */
    size_t header_count;
    struct text body;
    struct text certificate, private_key; /* PEM: who asks, by mutual TLS (RFC 8705); TEXT_NONE: nobody */
    struct text wanted_header; /* the name of a field of the answer, a literal; TEXT_NONE: Retry-After */
};
struct adapter_answer {
    int status;
    struct text body, content_type; /* at most 1 MiB */
    int64_t retry_after_s;          /* Retry-After, at most a day; 0: not said, or not wanted */
    struct text header;             /* the wanted one, several joined by commas; TEXT_NONE: it has none */
};
/* Any status is ADAPTER_DONE. UNAVAILABLE: not reached; MISCONFIGURED: an address that may not be connected to.
 */
MUST_USE enum adapter_outcome adapter_https(struct adapter_call *call, const struct adapter_request *request,
                                            struct adapter_answer *answer);

/* --- sealing, bound to a name: what is sealed for one opens for no other --- */

struct text adapter_seal(struct adapter_call *call, struct text plain, struct text bound_to);
MUST_USE enum adapter_outcome adapter_unseal(struct adapter_call *call, struct text sealed,
                                             struct text bound_to, struct text *plain);

/* --- state: one for all gateways; values are sealed here, bound to their key --- */

enum { ADAPTER_STATE_KEY_MAX = 512, ADAPTER_STATE_VALUE_MAX = 64 * 1024 - 64 };
struct adapter_state {
    struct text value; /* base NULL: there is none */
    int64_t version;   /* 0: there is none */
    int64_t fence;
    int64_t claimed_for_ms;
};
struct adapter_state_change {
    struct text value;        /* base NULL removes */
    int64_t expected_version; /* 0: there is none; -1: whatever */
    int64_t fence;            /* of a claim; 0: none */
    int64_t expires_at_s;     /* 0: never */
};
MUST_USE enum adapter_outcome adapter_state_get(struct adapter_call *call, struct text key,
                                                struct adapter_state *state);
MUST_USE enum adapter_outcome adapter_state_put(struct adapter_call *call, struct text key,
                                                const struct adapter_state_change *change); /* or CONFLICT */
/* CLAIMED: by somebody else, for *claimed_for_ms more. for_ms 0 gives up the claim of *fence. */
MUST_USE enum adapter_outcome adapter_state_claim(struct adapter_call *call, struct text key, int64_t for_ms,
                                                  int64_t *fence, int64_t *claimed_for_ms);

/* Claim first, refresh second: of all who find at once that what is kept is not good any more one refreshes it,
 * and the others wait for what it has put. */
struct adapter_refresh {
    struct text key;
    int64_t claim_ms; /* longer than refresh takes */
    bool (*is_good)(struct text value, void *context);
    /* old may be TEXT_NONE. What it hands out is put under the claim, and given up with it. */
    enum adapter_outcome (*refresh)(struct adapter_call *call, struct text old, struct text *value,
                                    int64_t *expires_at_s, void *context);
    void *context;
};
MUST_USE enum adapter_outcome adapter_state_refresh(struct adapter_call *call,
                                                    const struct adapter_refresh *refresh, struct text *value);

/* --- a signed assertion (RFC 7523 section 3) to authenticate a client with --- */

struct adapter_assertion {
    struct text private_key;               /* PEM */
    struct text algorithm;                 /* "ES256" and so on */
    struct text key_id;                    /* or TEXT_NONE */
    struct text type;                      /* typ; TEXT_NONE: "JWT" */
    struct text issuer, subject, audience; /* subject may be TEXT_NONE */
    const struct text *claims;             /* further ones: a name and a text, by turns */
    size_t claim_count;                    /* of such pairs */
    int64_t lives_s;
    int64_t issued_ago_s; /* iat is this long ago, where the other side's clock may be behind */
};
MUST_USE enum adapter_outcome adapter_assertion_sign(struct adapter_call *call,
                                                     const struct adapter_assertion *assertion,
                                                     struct text *token);

/* Refused, in a sentence for whoever hands the key over: it is no private key in PEM without a passphrase, or
 * none that this algorithm signs with. algorithm TEXT_NONE: any kind of key will do. */
MUST_USE enum adapter_outcome adapter_key_check(struct adapter_call *call, struct text private_key,
                                                struct text algorithm);

/* --- a time in an answer: seconds since 1970, or RFC 3339 in UTC; false for anything else, and for NULL --- */

MUST_USE bool adapter_timestamp(const struct json_value *value, int64_t *time_s);

/* --- settings: read member by member, mistakes are collected with their JSON pointers (RFC 6901) --- */

struct adapter_mistakes *adapter_mistakes_begin(struct adapter_call *call);
void adapter_mistake(struct adapter_mistakes *mistakes, struct text path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* ADAPTER_DONE where there is none, else misconfigured by the first. For mint, which reads the same. */
MUST_USE enum adapter_outcome adapter_mistakes_end(struct adapter_call *call,
                                                   const struct adapter_mistakes *mistakes);

enum { ADAPTER_SETTINGS_MEMBERS_MAX = 24 };
struct adapter_settings {
    struct adapter_mistakes *mistakes;
    const struct json_value *object; /* NULL: not there; every reader then answers what is there otherwise */
    struct text path;
    const char *asked[ADAPTER_SETTINGS_MEMBERS_MAX];
    size_t asked_count;
};
struct adapter_settings adapter_settings_of(struct adapter_mistakes *mistakes, const struct json_value *object);
enum adapter_need { ADAPTER_OPTIONAL, ADAPTER_REQUIRED };
/* TEXT_NONE where it is missing or wrong. */
struct text adapter_setting_text(struct adapter_settings *settings, const char *name, enum adapter_need need,
                                 size_t longest);
/* Absolute, https (http for a loopback address), with a host, without user information or fragment. */
bool adapter_url_is_usable(struct text url);
struct text adapter_setting_url(struct adapter_settings *settings, const char *name, enum adapter_need need);
int64_t adapter_setting_integer(struct adapter_settings *settings, const char *name, int64_t lowest,
                                int64_t highest, int64_t otherwise);
/* One of the choices, which end with NULL. */
struct text adapter_setting_choice(struct adapter_settings *settings, const char *name, enum adapter_need need,
                                   const char *const *choices);
struct adapter_settings adapter_setting_object(struct adapter_settings *settings, const char *name,
                                               enum adapter_need need);
/* Any JSON, or NULL. */
const struct json_value *adapter_setting_value(struct adapter_settings *settings, const char *name);
/* Where a member is. */
struct text adapter_setting_path(const struct adapter_settings *settings, struct text name);
/* Members that nobody asked for are mistakes. */
void adapter_settings_end(struct adapter_settings *settings);

#endif

/* The settings of a target, read and looked through. Whoever owns a target writes them, so nothing in them
 * decides where a secret goes but the origin of the token endpoint, to which each secret is bound (secrets.h,
 * connection.h). A preset fills in what is not said before anything is called missing. */
#ifndef SAAS_OAUTH_SETTINGS_H
#define SAAS_OAUTH_SETTINGS_H

#include "dragoman/adapter_tools.h"

struct grant;

enum { SETTINGS_SCOPES_MAX = 64, SETTINGS_PARAMETERS_MAX = 16, SETTINGS_BYTES_MAX = 32 * 1024 };

/* How this client says who it is (client_authentication.h). */
enum client_authentication {
    CLIENT_SECRET_BASIC, /* what is meant where nothing is said (RFC 8414 section 2) */
    CLIENT_SECRET_POST,
    PRIVATE_KEY_JWT,
    TLS_CLIENT_AUTH,
    CLIENT_NONE,
    CLIENT_AUTHENTICATION_COUNT
};

struct setting_pair {
    struct text name, value;
};
struct setting_pairs {
    struct setting_pair pairs[SETTINGS_PARAMETERS_MAX];
    size_t count;
};

/* The assertion of RFC 7523 section 2.1: the gateway's, as it was handed over, or one that is signed here with
 * the key that was handed over. TEXT_NONE: see assertion_of() in grant_steps.h for what is meant then. */
struct assertion_settings {
    bool is_signed_here;
    struct text issuer, subject, audience, type;
    struct setting_pairs claims;
    int64_t lives_s;
};

/* RFC 8693 at the other side. */
struct exchange_settings {
    bool is_shown_token;      /* subject_token is the one that was shown, not the gateway's assertion */
    bool has_assertion_actor; /* actor_token is the gateway's assertion */
    struct text subject_token_type, actor_token_type, requested_token_type;
};

/* Of a server whose authorization server is looked up (discovery.h). */
struct discover_settings {
    struct text server; /* its URL; TEXT_NONE: nothing is looked up */
    bool takes_scopes;  /* an order's scopes are those that the server names */
    bool takes_legacy;  /* a server of 2025-03-26, without metadata of its own */
    struct text
        asks_for; /* as discovery_fill found it: theirs, for whatever of ours; TEXT_NONE: as settings say */
};

struct oauth_settings {
    const struct grant *grant; /* NULL: there is none of that name, and a mistake says so */
    struct text token_endpoint, authorization_endpoint, revocation_endpoint;
    /* What secrets and tokens are bound to: scheme, host and port of the token endpoint, where settings say it;
     * the issuer too, where endpoints are looked up, since it says where they are. Compared and nothing else.
     */
    struct text origin;
    struct text issuer, client_id;
    bool has_authentication; /* it is said, or filled in */
    enum client_authentication authentication;
    bool has_endpoint_audience; /* client assertions name the token endpoint, as RFC 7523 first had it */
    struct text algorithm, key_id;
    struct setting_pair scopes[SETTINGS_SCOPES_MAX]; /* ours, and theirs: one or more, parted by spaces */
    size_t scope_count;
    struct text audience, resource;
    struct setting_pairs parameters; /* of every token request besides */
    struct {
        struct text scopes;              /* asked for besides, when an account is connected */
        struct setting_pairs parameters; /* of the authorization request besides */
        bool requires_issuer;            /* RFC 9207 */
        bool says_requires_issuer;       /* settings do, so nothing else does */
    } connect;
    struct discover_settings discover;
    bool revokes_access_tokens; /* false: that would end the whole grant there */
    bool takes_wider;           /* a token with scopes that were not asked for is taken */
    int64_t assumed_lifetime_s; /* of a token whose answer does not say; 0: such an answer is refused */
    struct assertion_settings assertion;
    struct exchange_settings exchange;
    const void *options; /* what a preset's fill made of settings.options */
};

/* Mistakes go where the settings' go, those of grant_check too; the settings are whole where there is none. */
void settings_read(struct adapter_mistakes *mistakes, const struct json_value *object, struct arena *arena,
                   struct oauth_settings *settings);
/* The same for a mint and all that comes after it: misconfigured by the first mistake. What was looked through
 * when the target was applied is looked through again, since nothing says by which adapter that was. */
MUST_USE enum adapter_outcome settings_of(struct adapter_call *call, const struct json_value *object,
                                          struct oauth_settings *settings);
/* RFC 6749 section 3.3: scopes parted by single spaces, at least one. */
bool settings_is_scope_list(struct text text);

#endif

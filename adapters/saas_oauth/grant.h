/* The table of ways to get a token: a row per grant and per preset. A generic grant reads everything from the
 * settings; a preset is a row besides that fills in what its vendor's documentation says, checks what that
 * vendor wants to find, and takes the steps, one or several, each of which is a token_request
 * (token_request.h).
 *
 * To add a preset: presets/NAME.c with its functions and `const struct grant preset_NAME`, a line in presets.h
 * and one in grant_table.c. Everything that is common (reading settings, secrets, errors of the other side,
 * narrowing, what revoke needs) is done by who calls run. */
#ifndef SAAS_OAUTH_GRANT_H
#define SAAS_OAUTH_GRANT_H

#include "secrets.h"
#include "settings.h"

#define TYPE_ACCESS_TOKEN "urn:ietf:params:oauth:token-type:access_token"
#define TYPE_JWT          "urn:ietf:params:oauth:token-type:jwt"
#define TYPE_AWS          "urn:dragoman:token-type:aws-credentials"

/* One order on its way. */
struct grant_run {
    struct adapter_call *call;
    const struct adapter_order *order; /* NULL when something is revoked, and when an account is connected */
    const struct oauth_settings *settings;
    struct client_secrets secrets;
};

/* What a grant got. Comes zeroed. */
struct token {
    struct text credential;
    int64_t expires_at_s;   /* its real end */
    struct text scope;      /* theirs, parted by spaces, as the other side said; TEXT_NONE: as was asked for */
    struct text type;       /* TEXT_NONE: the grant's */
    struct text token_type; /* as answered: "Bearer", or "N_A" where the request takes that */
    struct text header, scheme; /* TEXT_NONE: authorization, Bearer */
    struct text issued_token_type, id_token;
    struct text refresh_token; /* as it came, whatever it is */
};

/* What has to be there: a mistake of the settings where it is not. */
enum grant_needs {
    GRANT_NEEDS_TOKEN_ENDPOINT = 1 << 0,
    GRANT_NEEDS_AUTHORIZATION_ENDPOINT = 1 << 1,
    GRANT_NEEDS_CLIENT_ID = 1 << 2,
    GRANT_NEEDS_CONNECTION = 1 << 3,    /* spec.connection of the target; others must have none */
    GRANT_NEEDS_ASSERTION = 1 << 4,     /* spec.handOver.assertionAudience */
    GRANT_NEEDS_SUBJECT_TOKEN = 1 << 5, /* spec.handOver.subjectToken */
    GRANT_NEEDS_PRIVATE_KEY = 1 << 6,   /* handed over: algorithm is required */
};

struct grant {
    const char *name; /* of settings.grant, or of settings.preset */
    bool is_preset;
    const char *type; /* of what it makes */
    unsigned needs;
    /* Reads the preset's own settings.options into an object of its own, and fills in what is TEXT_NONE.
     * options: object NULL where there are none. NULL: there may be no options. */
    void (*fill)(struct adapter_settings *options, struct arena *arena, struct oauth_settings *settings);
    /* What needs does not say, of the settings alone: each time they are read. NULL: nothing. */
    void (*check)(const struct oauth_settings *settings, struct adapter_mistakes *mistakes);
    /* The same of what the target's document says besides: when it is applied. NULL: nothing. */
    void (*check_target)(const struct oauth_settings *settings, const struct adapter_target *target,
                         struct adapter_mistakes *mistakes);
    /* NULL for connected, whose tokens come by refresh (connected.h). A preset of a connected vendor leaves it
     * NULL, too. */
    enum adapter_outcome (*run)(const struct grant_run *run, struct token *token);
    /* Makes a token worthless. NULL: RFC 7009 at the revocation endpoint, where there is one. */
    enum adapter_outcome (*revoke)(const struct grant_run *run, struct text token);
};

/* NULL: there is none. */
const struct grant *grant_find(struct text name, bool is_preset);
/* Whether something is signed here: then there are an algorithm and a key that was handed over. */
bool grant_signs(const struct oauth_settings *settings);
/* Every mistake of settings that were read: what is missing, and hosts that secrets must not be sent to. */
void grant_check(const struct oauth_settings *settings, struct adapter_mistakes *mistakes);
/* What the target has to have besides. */
void grant_check_target(const struct oauth_settings *settings, const struct adapter_target *target,
                        struct adapter_mistakes *mistakes);
/* For messages: "a, b or c". */
struct text grant_names(struct arena *arena, bool is_preset);
/* Which may have been meant; TEXT_NONE: none. */
struct text grant_nearest(struct arena *arena, struct text name, bool is_preset);

#endif

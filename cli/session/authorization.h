/* A person's login at an identity provider, as a native program does it: the authorization code flow with PKCE
 * and a redirect to the loopback address (RFC 8252, RFC 7636, RFC 9700 section 2.1). Opens a browser only where
 * that is asked for. */
#ifndef CLI_AUTHORIZATION_H
#define CLI_AUTHORIZATION_H

#include <stdatomic.h>

#include "command.h"

struct authorization {
    struct text issuer; /* as given; what it says of itself must be the same */
    struct text client_id;
    struct text scope, resource; /* resource TEXT_NONE for none (RFC 8707) */
    const char *token;           /* the member of the answer that is wanted: "id_token" or "access_token" */
    bool is_oauth; /* found by RFC 8414 first; it has to say that it takes S256, as MCP wants it */
    bool opens_browser;
    const atomic_bool *is_over; /* nobody waits for it any more; NULL: never */
};

struct authorization_answer {
    struct text token, scope; /* scope TEXT_NONE: what was asked for (RFC 6749 section 5.1) */
    int64_t expires_in_s;     /* 0: it does not say */
};

/* Prints where to go, waits for the browser to come back, and gives the token. Complains. */
enum exit_code authorization_run(const struct invocation *invocation, const struct authorization *authorization,
                                 struct authorization_answer *answer);

#endif

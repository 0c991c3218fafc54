/* A person's login at an identity provider, as a native program does it: the authorization code flow with PKCE
 * and a redirect to the loopback address (RFC 8252, RFC 7636, RFC 9700 section 2.1). Opens no browser by
 * itself. */
#ifndef CLI_AUTHORIZATION_H
#define CLI_AUTHORIZATION_H

#include "command.h"

struct authorization {
    struct text issuer; /* as given; what it says of itself must be the same */
    struct text client_id;
    struct text scope, resource; /* resource TEXT_NONE for none (RFC 8707) */
    const char *token;           /* the member of the answer that is wanted: "id_token" or "access_token" */
};

/* Prints where to go, waits for the browser to come back, and gives the token. Complains. */
enum exit_code authorization_run(const struct invocation *invocation, const struct authorization *authorization,
                                 struct text *token);

#endif

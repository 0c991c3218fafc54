/* What an MCP server says of itself as a protected resource (RFC 9728), and which of its authorization servers
 * a login is allowed at. Blocking. */
#ifndef CLI_SHIM_RESOURCE_H
#define CLI_SHIM_RESOURCE_H

#include "command.h"

struct shim_resource {
    struct text resource; /* what tokens are asked for (RFC 8707) */
    struct text issuer;   /* of the authorization server */
    struct text scopes;   /* it knows of; TEXT_NONE: it does not say */
};

/* metadata: where the challenge says it is, or TEXT_NONE. allowed: the one issuer that may be, or TEXT_NONE:
 * then one at the server's own host alone, as otherwise the server would choose who is shown a login.
 * Complains. */
enum exit_code shim_resource_discover(const struct invocation *invocation, struct text server,
                                      struct text metadata, struct text allowed,
                                      struct shim_resource *resource);

/* Of "https://host:1/a" it is "host". TEXT_NONE for what has no host, or a user. */
struct text shim_host_of(struct text url);

#endif

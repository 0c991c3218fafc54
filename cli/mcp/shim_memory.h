/* What is kept of MCP servers between runs where --remember asks for it: who may give tokens for one, and the
 * token, in mcp.json beside the session of dragoman login; see session/private_file.h. */
#ifndef CLI_SHIM_MEMORY_H
#define CLI_SHIM_MEMORY_H

#include "command.h"

enum { SHIM_MEMORY_SERVERS_MAX = 64 };

struct shim_remembered {
    struct text server, client_id, issuer, token, scope;
    int64_t expires_at_s;
};

/* false where nothing is known of this server with this client. Says where a file may not be used. */
bool shim_memory_find(const struct invocation *invocation, struct text server, struct text client_id,
                      struct shim_remembered *remembered);
/* In the place of what was known of it. Warns where it cannot be written. */
void shim_memory_keep(const struct invocation *invocation, const struct shim_remembered *remembered);

#endif

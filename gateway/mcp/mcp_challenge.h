/* What a client is told of how to get what it lacks: WWW-Authenticate of an MCP server's 401 and 403 (RFC 6750
 * section 3, RFC 9728 section 5.1, MCP authorization). Pure; called where a fault is answered. */
#ifndef MCP_MCP_CHALLENGE_H
#define MCP_MCP_CHALLENGE_H

#include "exchange/oauth_error.h"
#include "exchange/world.h"

/* Of a 401. error: why what was shown is not taken; NULL where nothing was shown, which is no error. scope is
 * the least with which something of the server can be used: a client that begins with that is asked for more
 * when it needs more. */
struct text mcp_challenge_unauthorized(struct arena *arena, const struct target *server,
                                       const struct oauth_error *error);
/* Of a 403 for want of scopes: held and needed together, so that a client that asks for exactly this loses
 * nothing by it. */
struct text mcp_challenge_insufficient(struct arena *arena, const struct target *server,
                                       const struct scope_set *held, struct text needed);

#endif

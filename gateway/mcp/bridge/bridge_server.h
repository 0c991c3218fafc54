/* What an MCP server that is made of an OpenAPI document says by itself, without anything being sent: what it
 * is, and which tools it has. Pure. */
#ifndef MCP_BRIDGE_SERVER_H
#define MCP_BRIDGE_SERVER_H

#include "config/document.h"
#include "message/mcp_message.h"
#include "openapi/openapi.h"

struct bridge_server {
    const struct openapi *openapi;
    struct text name; /* of the server: metadata.name */
};

/* openapi is NULL where the target's server is one by itself. */
static inline struct bridge_server bridge_server_of(const struct document *target)
{
    return (struct bridge_server){target->target.mcp.openapi.compiled, target->name};
}

/* The answer to a request that is no tools/call, with its status; errors as the protocol has them for what a
 * server does not do. */
struct text bridge_server_answer(struct arena *arena, const struct bridge_server *server,
                                 const struct mcp_message *message, int *status);

#endif

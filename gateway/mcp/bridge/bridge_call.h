/* The upstream leg of a call whose server is an HTTP API: tools/call becomes one request to it, everything else
 * is answered here. Steps of mcp_call.c, in place of those of mcp_request.c and mcp_relay.c. */
#ifndef MCP_BRIDGE_CALL_H
#define MCP_BRIDGE_CALL_H

#include "mcp_call.h"

/* What the tool that a message calls says of itself; NULL: it calls none that there is. */
const struct json_value *bridge_call_definition(const struct mcp_call *x);
/* Instead of mcp_request_write: the request, or the answer where there is nothing to be asked. */
MUST_USE enum fault bridge_call_write(struct mcp_call *x);
/* Sends the request, or has the answer come back at once, through x->upstream that is set up. */
void bridge_call_start(struct mcp_call *x, struct http_streams *streams, int64_t connect_ms);
/* The answer of the API as one of an MCP server. */
struct text bridge_call_translate(struct mcp_call *x, struct text body);

#endif

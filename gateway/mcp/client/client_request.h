/* What our own client sends: the message of its stage, and the headers that belong to it. */
#ifndef MCP_CLIENT_REQUEST_H
#define MCP_CLIENT_REQUEST_H

#include "mcp_client.h"
#include "message/mcp_headers.h"

struct client_request {
    struct http_stream_request http;
    struct http_stream_header headers[MCP_HEADERS_MAX + 2];
};

/* Notes in the client what is under way. A cursor of the server's that cannot be sent back fails. */
MUST_USE enum fault client_request_write(struct mcp_client *client, struct client_request *request);

#endif

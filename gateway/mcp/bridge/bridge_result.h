/* What an HTTP API answered, as the result of a tool. Pure. */
#ifndef MCP_BRIDGE_RESULT_H
#define MCP_BRIDGE_RESULT_H

#include "message/mcp_message.h"
#include "openapi/openapi.h"

/* What of the answer to a failed call is shown. */
enum { BRIDGE_FAILURE_BYTES_MAX = 8 * 1024 };

struct bridge_response {
    int status;
    struct text content_type; /* TEXT_NONE: it did not say */
    struct text body;
    struct text call; /* names what is no text: our own identifier of the call */
};

/* The whole answer to message. */
struct text bridge_result_write(struct arena *arena, const struct openapi_operation *operation,
                                const struct mcp_message *message, const struct bridge_response *response);

#endif

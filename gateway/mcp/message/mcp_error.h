/* JSON-RPC error answers: what a fault is as HTTP status, code, message and data, in either generation. Pure.
 */
#ifndef MCP_MCP_ERROR_H
#define MCP_MCP_ERROR_H

#include "mcp_message.h"

enum {
    MCP_CODE_PARSE = -32700,
    MCP_CODE_REQUEST = -32600,
    MCP_CODE_METHOD = -32601,
    MCP_CODE_PARAMS = -32602,
    MCP_CODE_INTERNAL = -32603,
    MCP_CODE_SERVER = -32000, /* what implementations may use for themselves, downwards to -32019 */
    MCP_CODE_SESSION = -32001,
    MCP_CODE_RESOURCE = -32002, /* of the old generation: no such resource */
    MCP_CODE_LIMIT = -32010,    /* one of ours */
    MCP_CODE_HEADER = -32020,
    MCP_CODE_CAPABILITY = -32021,
    MCP_CODE_VERSION = -32022,
    MCP_CODE_ELICITATION = -32042 /* of the old generation: the client is asked to open a URL */
};

struct mcp_error {
    int http_status, code;
    struct text message;
    const struct json_value *data; /* an object, or NULL */
    bool is_of_nobody;             /* the id is null although one may be known */
};

/* What the answer to this fault is. message: as far as it was read; zeroed where nothing was. A name that is
 * denied, suspended (FAULT_MCP_NAME_SUSPENDED) or unknown gives the same answer: "Unknown tool: NAME". Other
 * faults than MCP's own have their public sentence, at their status. */
struct mcp_error mcp_error_of(struct arena *arena, enum fault fault, const struct mcp_message *message);
/* {"jsonrpc":"2.0","id":...,"error":{...}}; id as it was written, NULL for null. */
struct text mcp_error_write(struct arena *arena, const struct mcp_error *error, const struct json_value *id);
/* Both at once: the body, and *http_status. */
struct text mcp_error_answer(struct arena *arena, enum fault fault, const struct mcp_message *message,
                             int *http_status);

/* {"jsonrpc":"2.0","id":...,"result":{"content":[{"type":"text","text":...}],"isError":true}}: what a tool
 * itself would say, at 200; in the new generation with its resultType. */
struct text mcp_error_tool_result(struct arena *arena, const struct mcp_message *message, struct text text);

#endif

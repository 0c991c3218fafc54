/* Arguments that a server wants to see in headers besides: a tool's inputSchema marks them with x-mcp-header
 * (MCP 2026-07-28). What the lists that went by said of that, for the calls that come. Bounded. */
#ifndef CLI_SHIM_PARAMETERS_H
#define CLI_SHIM_PARAMETERS_H

#include "runtime/http_stream.h"
#include "shim_message.h"

enum { SHIM_PARAMETERS_MAX = 1024, SHIM_PARAMETERS_OF_CALL_MAX = 16, SHIM_PARAMETER_DEPTH_MAX = 8 };

struct shim_parameter {
    struct text tool, header;
    struct text path[SHIM_PARAMETER_DEPTH_MAX]; /* names of members; the rest are TEXT_NONE */
};

struct shim_parameters {
    struct arena *arena; /* of what is known; NULL: nothing */
    struct shim_parameter rows[SHIM_PARAMETERS_MAX];
    size_t count;
};

/* The result of a tools/list; the first page is in the place of what was known. */
void shim_parameters_note(struct shim_parameters *parameters, const struct json_value *result, bool is_first);
/* The headers of a tools/call, at most SHIM_PARAMETERS_OF_CALL_MAX; texts in the arena. */
size_t shim_parameters_headers(const struct shim_parameters *parameters, struct arena *arena,
                               const struct shim_message *message, struct http_stream_header *headers);
void shim_parameters_dispose(struct shim_parameters *parameters);

#endif

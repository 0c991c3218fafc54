/* The arguments of a call that its tool's inputSchema marks with x-mcp-header: whoever stands before a server
 * reads them in headers. Pure. */
#ifndef MCP_MARKED_PARAMETER_H
#define MCP_MARKED_PARAMETER_H

#include "json/json_value.h"

struct marked_parameter {
    struct text header;             /* mcp-param-NAME in lower case, zero-terminated */
    const struct json_value *value; /* a string, number or boolean */
};

/* Those that the arguments have a value for, at most so many, in the order of the schema. A mark counts on
 * properties that hang together by "properties" alone; one that is no token, or on something that is no plain
 * value, is none. */
size_t marked_parameters_find(struct arena *arena, const struct json_value *schema,
                              const struct json_value *arguments, struct marked_parameter *found, size_t most);

#endif

/* What is known of the arguments of a tool that go into headers besides (Mcp-Param-NAME), as the part of an
 * inputSchema that says so. Pure. */
#ifndef MCP_PARAMETER_SCHEMA_H
#define MCP_PARAMETER_SCHEMA_H

#include "access/mcp_catalog.h"

/* NULL where there are none. */
const struct json_value *parameter_schema_make(struct arena *arena, const struct mcp_definition *definition);

#endif

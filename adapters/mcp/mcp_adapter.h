/* The built-in adapter of sessions with MCP servers. */
#ifndef ADAPTERS_MCP_ADAPTER_H
#define ADAPTERS_MCP_ADAPTER_H

#include "adapters/adapter_registry.h"

struct adapter mcp_adapter(struct adapter_registry_options *options);

#endif

/* What the tools of MCP servers say of themselves: a digest of the definition that is confirmed and of the one
 * last seen, for each tool of each target. In the store, so that gateways agree; in memory, so that a call asks
 * nobody. What changes is suspended until somebody confirms it. Safe from any loop. */
#ifndef MCP_CATALOG_H
#define MCP_CATALOG_H

#include "base/arena.h"
#include "base/digest.h"
#include "base/fault.h"
#include "json/json_value.h"

/* More of one target are not known here, and what is not known is not called. */
enum { MCP_CATALOG_TOOLS_MAX = 1024, MCP_CATALOG_NAME_MAX = 128, MCP_CATALOG_PARAMETERS_MAX = 16 };

enum mcp_definition_state {
    MCP_DEFINITION_UNSEEN,      /* in no list of the server's so far, or beyond the bounds */
    MCP_DEFINITION_CONFIRMED,   /* by a person or, without confirmDefinitions, by having been the first */
    MCP_DEFINITION_UNCONFIRMED, /* the first, with confirmDefinitions */
    MCP_DEFINITION_SUSPENDED,   /* another than the confirmed one was seen */
};

/* An argument that goes into a header besides: x-mcp-header in inputSchema. */
struct mcp_header_parameter {
    struct text header;  /* "Region" of Mcp-Param-Region */
    struct text pointer; /* of the argument: "/region" */
};

struct mcp_definition {
    enum mcp_definition_state state;
    struct text digest; /* of the one last seen: hexadecimal SHA-256; TEXT_NONE: unseen */
    const struct mcp_header_parameter *parameters; /* of the one last seen */
    size_t parameter_count;
    bool has_mistaken_parameters; /* x-mcp-header that makes no sense, or more than there may be */
};

struct mcp_catalog;

/* Of a tool. Texts go into the arena. */
void mcp_catalog_find(struct mcp_catalog *catalog, struct arena *arena, struct text target, struct text tool,
                      struct mcp_definition *definition);
/* Whether it was in a list. A call of one that was not is preceded by a list, or refused. */
bool mcp_catalog_knows(struct mcp_catalog *catalog, struct text target, struct text tool);
/* The entry of a list: what it says of itself now. At once in memory; stored, with its record, within a second.
 * is_confirmation_needed: spec.mcp.confirmDefinitions. */
void mcp_catalog_note(struct mcp_catalog *catalog, struct arena *arena, struct text target,
                      const struct json_value *tool, bool is_confirmation_needed,
                      struct mcp_definition *definition);

#endif

/* What the tools of MCP servers say of themselves: a digest of the definition that is confirmed and of the one
 * last seen, for each tool of each target. In the store, so that gateways agree; in memory, so that a call asks
 * nobody. What changes is suspended until somebody confirms it. Safe from any loop. */
#ifndef MCP_CATALOG_H
#define MCP_CATALOG_H

#include "mcp/mcp_catalog_keeper.h"
#include "mcp/mcp_definition.h"

struct mcp_definition {
    enum mcp_definition_state state;
    struct text digest; /* of the one last seen: hexadecimal SHA-256; TEXT_NONE: unseen */
    const struct mcp_header_parameter *parameters; /* of the one last seen */
    size_t parameter_count;
};

/* Of a tool. Texts go into the arena. */
void mcp_catalog_find(struct mcp_catalog *catalog, struct arena *arena, struct text target, struct text tool,
                      struct mcp_definition *definition);
/* Whether it was in a list. A call of one that was not is preceded by a list, or refused. */
bool mcp_catalog_knows(struct mcp_catalog *catalog, struct text target, struct text tool);
/* All pages of the server's list were noted just now, as the credential of this lease sees it. Whether that is
 * but a moment ago: then what is not known is not there, and each unknown name does not cost the server a list.
 */
void mcp_catalog_note_listed(struct mcp_catalog *catalog, struct text target, struct text lease,
                             int64_t now_ms);
bool mcp_catalog_is_listed(struct mcp_catalog *catalog, struct text target, struct text lease, int64_t now_ms);
/* The entry of a list: what it says of itself now. At once in memory; stored, with its record, within a second.
 * is_confirmation_needed: spec.mcp.confirmDefinitions. */
void mcp_catalog_note(struct mcp_catalog *catalog, struct arena *arena, struct text target,
                      const struct json_value *tool, bool is_confirmation_needed,
                      struct mcp_definition *definition);

#endif

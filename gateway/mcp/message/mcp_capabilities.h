/* What a server may ask the client for: the rest is hidden from it, by leaving those capabilities out of what
 * the client says that it can do. Pure. */
#ifndef MCP_MCP_CAPABILITIES_H
#define MCP_MCP_CAPABILITIES_H

#include "mcp_message.h"
#include "message_edit.h"

struct mcp_permitted {
    bool sampling, elicitation, roots;
};

enum { MCP_CAPABILITY_EDITS_MAX = 5 };

/* The edits of a message that leave out what is not permitted: of initialize's params.capabilities, of the new
 * generation's _meta. Returns how many; none for a message that says nothing of capabilities. */
size_t mcp_capabilities_hide(const struct mcp_message *message, const struct mcp_permitted *permitted,
                             struct message_edit edits[MCP_CAPABILITY_EDITS_MAX]);

#endif

/* The box around a requestState: what a server keeps at the client between two rounds of a call (2026-07-28)
 * comes back with that very call of that caller to that server, and otherwise not at all. Pure but for the
 * nonce; message/request_state.h is what it is sealed with. */
#ifndef MCP_STATE_BOX_H
#define MCP_STATE_BOX_H

#include "message/mcp_message.h"
#include "relay/relayed_call.h"

/* state: the server's, of the answer to this message; arguments: the message's, as request_state_arguments has
 * them, since those themselves are not kept. MCP_UPSTREAM_ANSWER for a state that is too long. */
MUST_USE enum fault state_box_seal(const struct relayed_call *call, struct arena *arena,
                                   const struct mcp_message *message, struct text arguments, struct text state,
                                   struct text *sealed);
/* The one that the message brings along. MCP_STATE for what was not sealed here for it. */
MUST_USE enum fault state_box_open(const struct relayed_call *call, const struct mcp_message *message,
                                   struct text *state);

#endif

/* Steps of mcp_call.c in which a session of the older protocol begins, or is found to be over at its server. */
#ifndef MCP_MCP_SESSION_STEP_H
#define MCP_MCP_SESSION_STEP_H

#include "mcp_call.h"

/* Whether who calls may have one more here; each may be there for hours, whoever goes on with it. */
bool mcp_session_step_has_room(struct mcp_call *x);
/* Waits: server, where it may have forgotten the session. */
enum flow_step_result mcp_session_step_check(struct flow *flow);
/* Waits: commit, where it has. */
enum flow_step_result mcp_session_step_drop(struct flow *flow);
/* Waits: commit, of a session that begins. */
enum flow_step_result mcp_session_step_open(struct flow *flow);

#endif

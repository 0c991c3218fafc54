/* MCP servers behind the gateway: one endpoint for each Target with spec.mcp, in both generations of the
 * protocol (sessions until 2025-11-25, none since 2026-07-28). */
#ifndef MCP_MCP_H
#define MCP_MCP_H

#include "exchange/gateway.h"
#include "transport/request.h"

/* ANY /mcp/SERVER: takes the request over. */
void mcp_start(struct gateway *gateway, struct request *request);

/* POST /token where a session with an MCP server is asked for (adapters/mcp_session.h), which is opened before
 * its credential is given: takes the request over. */
bool mcp_session_is_wanted(const struct request *request);
void mcp_session_start(struct gateway *gateway, struct request *request);
/* What is open at a server by the lease of a session that has ended is closed there, for the adapter registry.
 * gateway: a struct gateway. */
void mcp_session_end(void *gateway, struct credential_withdrawal *withdrawal);

#endif

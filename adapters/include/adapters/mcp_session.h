/* Sessions with MCP servers as a kind of credential: what an agent is given is a key of ours for the server's
 * endpoint, and what belongs to it is opened before it is given (gateway/mcp/client). */
#ifndef ADAPTERS_MCP_SESSION_H
#define ADAPTERS_MCP_SESSION_H

#define MCP_SESSION_TOKEN_TYPE "urn:dragoman:token-type:mcp-session"
/* Of the adapter, and of the leases of sessions, which stand on the lease of a credential. */
#define MCP_ADAPTER_NAME "mcp"

#endif

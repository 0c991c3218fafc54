/* POST /token: a token, or a session with an MCP server, which takes one and then some. */
#include "endpoint.h"
#include "exchange/token_exchange.h"
#include "mcp/mcp.h"

void token_endpoint(struct gateway *gateway, struct request *request)
{
    if (mcp_session_is_wanted(request))
        mcp_session_start(gateway, request);
    else
        token_exchange_start(gateway, request);
}

/* Makes the key that a session is used with, and ends what a session has open at its server when its lease
 * ends. What is open there was opened by gateway/mcp/client, which is also who can close it; here is where
 * leases find the way to it. */
#include "mcp_adapter.h"

#include "../api_key/api_key_adapter.h"
#include "adapters/mcp_session.h"

static bool issues(const struct adapter *adapter, struct text token_type_uri)
{
    (void)adapter;
    return text_is(token_type_uri, MCP_SESSION_TOKEN_TYPE);
}

static struct text usual_type(const struct adapter *adapter, struct arena *arena)
{
    (void)adapter;
    (void)arena;
    return TEXT(MCP_SESSION_TOKEN_TYPE);
}

static void mint(const struct adapter *adapter, const struct credential_order *order,
                 struct credential_minting *minting)
{
    const struct adapter_registry_options *options = adapter->context;
    api_key_mint(options->sealer, order, minting);
    minting->issued_type = TEXT(MCP_SESSION_TOKEN_TYPE);
    /* Whatever header the target's other keys are shown in: an MCP endpoint takes bearer tokens. */
    minting->presentation = (struct credential_presentation){TEXT("authorization"), TEXT("Bearer")};
    flow_wait_done(&minting->wait);
}

/* Without a handle nothing is open that anybody could close. */
static void revoke(const struct adapter *adapter, struct credential_withdrawal *withdrawal)
{
    const struct adapter_registry_options *options = adapter->context;
    withdrawal->fault = FAULT_NONE;
    if (withdrawal->handle.length != 0 && options->end_session != NULL)
        options->end_session(options->session_context, withdrawal);
    else
        flow_wait_done(&withdrawal->wait);
}

struct adapter mcp_adapter(struct adapter_registry_options *options)
{
    return (struct adapter){.name = TEXT(MCP_ADAPTER_NAME),
                            .issues = issues,
                            .usual_type = usual_type,
                            .mint = mint,
                            .revoke = revoke,
                            .is_checked_here = true,
                            .context = options};
}

/* One message of an agent to an MCP server, first step to last. The steps up to whose call it is are shared
 * with egress and forward-auth and stand in relay/relayed_call.c. */
#include "mcp/mcp.h"

#include "relay/relayed_call.h"

/* -- which server */

static struct text server_of(struct text path)
{
    struct text prefix = TEXT("/mcp/");
    return text_starts_with(path, prefix)
               ? (struct text){path.base + prefix.length, path.length - prefix.length}
               : TEXT_NONE;
}

static enum flow_step_result read_server(struct flow *flow)
{
    struct relayed_call *x = (struct relayed_call *)flow;
    struct text name = server_of(request_path(x->call.request));
    const struct target *target = world_target_named(x->call.world, name);
    x->described = (struct described_call){.target_name = name, .method = request_method(x->call.request)};
    if (target == NULL || !target->document->target.mcp.is_server)
        return call_proceed(&x->call, FAULT_MCP_SERVER_UNKNOWN);
    return FLOW_NEXT;
}

static enum flow_step_result finish(struct flow *flow)
{
    struct relayed_call *x = (struct relayed_call *)flow;
    if (x->call.fault == FAULT_NONE)
        x->call.fault = FAULT_CALLER_GONE;
    relayed_call_answer_fault(x);
    return FLOW_NEXT;
}

static const struct flow_step mcp_steps[] = {
    FLOW_STEP(read_server),
    FLOW_STEP(relayed_call_read_credential),
    FLOW_STEP(relayed_call_find_lease),     /* waits: store, for a key that is not remembered */
    FLOW_STEP(relayed_call_find_record),    /* waits: store, the same */
    FLOW_STEP(relayed_call_check_liveness), /* waits: store, without a fresh book */
    FLOW_STEP(relayed_call_identify),
    FLOW_STEP(call_take_rate),
    FLOW_STEP(relayed_call_begin_use),
    FLOW_STEP_ALWAYS(relayed_call_record), /* waits: commit, for a refusal of a known caller */
    FLOW_STEP_ALWAYS(finish),
    FLOW_STEP_LAST,
};

void mcp_start(struct gateway *gateway, struct request *request)
{
    call_start(gateway, request, sizeof(struct relayed_call), mcp_steps, NULL);
}

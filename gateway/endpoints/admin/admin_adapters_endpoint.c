/* GET /v1/adapters on the admin socket: the adapters that are programs and how each is, as this worker sees
 * them. */
#include "admin_call.h"

struct adapters_reading {
    struct admin_call call; /* first */
    struct adapter_status status;
};

static void start_describing(struct adapters_reading *x)
{
    x->status.arena = x->call.arena;
    adapter_host_describe(x->call.gateway->adapter_host, &x->status);
}

static enum flow_step_result describe(struct flow *flow)
{
    struct adapters_reading *x = (struct adapters_reading *)flow;
    FLOW_AWAIT(flow, &x->status.wait, start_describing(x));
    return FLOW_NEXT;
}

static enum flow_step_result respond(struct flow *flow)
{
    struct adapters_reading *x = (struct adapters_reading *)flow;
    if (x->call.fault != FAULT_NONE) {
        admin_call_answer_fault(&x->call);
        return FLOW_NEXT;
    }
    const struct text parts[] = {TEXT("{\"adapters\":"), x->status.json, TEXT("}")};
    admin_call_answer(&x->call, arena_join(x->call.arena, parts, 3));
    return FLOW_NEXT;
}

static const struct flow_step steps[] = {FLOW_STEP(describe), /* waits: every loop */
                                         FLOW_STEP_ALWAYS(respond), FLOW_STEP_LAST};

void admin_adapters_endpoint(struct gateway *gateway, struct request *request)
{
    admin_call_start(gateway, request, sizeof(struct adapters_reading), steps, ADMIN_RIGHT_READ);
}

/* /v1/seal of a gateway that has its key: GET shows since when and which, POST has nothing to do. */
#include "admin/admin_call.h"
#include "seal_offer.h"

static enum flow_step_result respond(struct flow *flow)
{
    struct admin_call *call = (struct admin_call *)flow;
    if (call->fault == FAULT_NONE && !text_is(request_method(call->request), "GET"))
        call->fault = FAULT_NOT_SEALED;
    if (call->fault != FAULT_NONE) {
        admin_call_answer_fault(call);
        return FLOW_NEXT;
    }
    struct seal_state state;
    SCOPED_BUFFER body = {0};
    seal_read(call->gateway->seal, &state);
    seal_write(&state, &body);
    admin_call_answer(call, buffer_text(&body));
    return FLOW_NEXT;
}

static const struct flow_step steps[] = {FLOW_STEP_ALWAYS(respond), FLOW_STEP_LAST};

void admin_seal_endpoint(struct gateway *gateway, struct request *request)
{
    admin_call_start(gateway, request, sizeof(struct admin_call), steps,
                     ADMIN_RIGHT_READ | ADMIN_RIGHT_OPERATOR);
}

/* GET /v1/settings of the admin API, for operators: every setting this gateway serves with, and where each is
 * from. Secrets are names of files in it. */
#include "admin_call.h"
#include "config/settings_view.h"

static enum flow_step_result respond(struct flow *flow)
{
    static const struct settings_view view = {.has_built_in = true, .has_origins = true, .is_json = true};
    struct admin_call *call = (struct admin_call *)flow;
    if (call->fault != FAULT_NONE) {
        admin_call_answer_fault(call);
        return FLOW_NEXT;
    }
    SCOPED_BUFFER body = {0};
    buffer_append(&body, TEXT("{\"settings\":"));
    settings_view_write(call->gateway->file_documents, &view, &body);
    buffer_append_byte(&body, '}');
    admin_call_answer(call, buffer_text(&body));
    return FLOW_NEXT;
}

static const struct flow_step steps[] = {FLOW_STEP_ALWAYS(respond), FLOW_STEP_LAST};

void admin_settings_endpoint(struct gateway *gateway, struct request *request)
{
    admin_call_start(gateway, request, sizeof(struct admin_call), steps,
                     ADMIN_RIGHT_READ | ADMIN_RIGHT_OPERATOR);
}

/* /v1/session of the admin API over the network: GET says who the session is and what it may do right now,
 * DELETE ends it. */
#include "admin/admin_call.h"
#include "exchange/propagation.h"

enum { KEPT_S = 120 }; /* past the session's end, so that no clock revives it */

struct logout {
    struct admin_call call; /* first */
    struct store_cutoff cutoff;
    struct propagation_wait effect;
};

static enum flow_step_result show(struct flow *flow)
{
    struct admin_call *call = (struct admin_call *)flow;
    const struct admin_session *session = &call->session;
    SCOPED_BUFFER body = {0};
    struct json_writer writer = json_writer_on(&body);
    json_begin_object(&writer);
    json_member_text(&writer, "id", session->id);
    json_member_text(&writer, "iss", session->identity.issuer);
    json_member_text(&writer, "sub", session->identity.subject);
    json_member_integer(&writer, "expires_at", session->expires_at_s);
    team_rights_write(&writer, &session->rights);
    json_end_object(&writer);
    admin_call_answer(call, buffer_text(&body));
    return FLOW_NEXT;
}

static void start_ending(struct logout *x)
{
    struct admin_call *call = &x->call;
    x->cutoff = (struct store_cutoff){.kind = TEXT("lease"),
                                      .id = call->session.id,
                                      .at_us = call->now_us,
                                      .expires_at_s = call->session.expires_at_s + KEPT_S,
                                      .record = call->id};
    admin_call_begin_entry(call, TEXT("logout"), TEXT_NONE);
    call->entry.transaction.cutoffs = &x->cutoff;
    call->entry.transaction.cutoff_count = 1;
    ledger_append(call->gateway->store, &call->entry);
}

static enum flow_step_result end(struct flow *flow)
{
    struct logout *x = (struct logout *)flow;
    FLOW_AWAIT(flow, &x->call.entry.wait, start_ending(x));
    return admin_call_proceed(&x->call, admin_call_stored(&x->call));
}

static enum flow_step_result take_effect(struct flow *flow)
{
    struct logout *x = (struct logout *)flow;
    FLOW_AWAIT(flow, &x->effect.wait, propagation_await_entry(x->call.gateway, &x->call.entry, &x->effect));
    return FLOW_NEXT;
}

static enum flow_step_result respond(struct flow *flow)
{
    struct admin_call *call = (struct admin_call *)flow;
    if (call->fault != FAULT_NONE)
        admin_call_answer_fault(call);
    else
        admin_call_answer(call, TEXT("{}"));
    return FLOW_NEXT;
}

static const struct flow_step show_steps[] = {FLOW_STEP(show), FLOW_STEP_LAST};

static const struct flow_step end_steps[] = {
    FLOW_STEP(end),         /* waits: commit */
    FLOW_STEP(take_effect), /* waits: every loop */
    FLOW_STEP_ALWAYS(respond),
    FLOW_STEP_LAST,
};

void session_endpoint(struct gateway *gateway, struct request *request)
{
    bool is_end = text_is(request_method(request), "DELETE");
    admin_call_start(gateway, request, sizeof(struct logout), is_end ? end_steps : show_steps, 0);
}

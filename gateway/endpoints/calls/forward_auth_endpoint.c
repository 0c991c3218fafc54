/* /forward-auth/TARGET, of any method: a proxy asks whether a call may go on to the service behind it, and is
 * told in whose name it does (docs/api-keys.md). nginx: auth_request; Envoy: ext_authz over HTTP; Traefik:
 * forwardAuth. The call is decided about and nothing of it is changed here. */
#include "endpoint.h"
#include "forward_auth_call.h"

static enum flow_step_result read_question(struct flow *flow)
{
    struct relayed_call *x = (struct relayed_call *)flow;
    struct text prefix = TEXT("/forward-auth/"), rest = request_path(x->call.request);
    const struct shown_headers headers = relayed_call_headers(x);
    if (!text_starts_with(rest, prefix))
        return call_proceed(&x->call, FAULT_REQUEST_PATH);
    rest = (struct text){rest.base + prefix.length, rest.length - prefix.length};
    forward_auth_describe(rest, request_method(x->call.request), &headers, &x->described);
    return FLOW_NEXT;
}

/* What a header can hold and every proxy hands on: others and "%" itself as percent escapes. */
static struct text header_value(struct arena *arena, struct text value)
{
    struct buffer escaped = buffer_in(arena, value.length + 1);
    for (size_t i = 0; i < value.length; i++) {
        unsigned char byte = (unsigned char)value.base[i];
        if ((byte > ' ' && byte <= '~' && byte != '%') || (byte == ' ' && i != 0 && i + 1 < value.length))
            buffer_append_byte(&escaped, (char)byte);
        else
            buffer_print(&escaped, "%%%02X", byte);
    }
    return buffer_text(&escaped);
}

/* Every one of them is there, empty where it says nothing, so that a proxy which sets them from here leaves
 * none that its client has sent. */
static void allow(struct relayed_call *x)
{
    struct arena *arena = x->call.arena;
    const struct json_value *record = x->credential.record, *subject = json_member(record, TEXT("subject"));
    const struct response_header headers[] = {
        {"cache-control", TEXT("no-store")},
        {"dragoman-subject", header_value(arena, json_text_of(subject, "sub"))},
        {"dragoman-issuer", header_value(arena, json_text_of(subject, "iss"))},
        {"dragoman-client", header_value(arena, json_text_of(record, "client"))},
        {"dragoman-scope", header_value(arena, json_text_of(record, "scope_given"))},
        {"dragoman-root", header_value(arena, json_text_of(record, "root"))},
        {"dragoman-exchange", x->credential.id},
        {"dragoman-target", x->target->document->name},
    };
    request_answer(x->call.request, &(struct response){.status = 200,
                                                       .headers = headers,
                                                       .header_count = sizeof(headers) / sizeof(headers[0])});
}

static enum flow_step_result respond(struct flow *flow)
{
    struct relayed_call *x = (struct relayed_call *)flow;
    if (x->call.fault != FAULT_NONE)
        relayed_call_answer_fault(x);
    else
        allow(x);
    return FLOW_NEXT;
}

static const struct flow_step forward_auth_steps[] = {
    FLOW_STEP(read_question),
    FLOW_STEP(relayed_call_read_credential),
    FLOW_STEP(relayed_call_find_lease),     /* waits: store, for a key that is not remembered */
    FLOW_STEP(relayed_call_find_record),    /* waits: store, the same */
    FLOW_STEP(relayed_call_check_liveness), /* waits: store, without a fresh book */
    FLOW_STEP(relayed_call_identify),
    FLOW_STEP(call_take_rate),
    FLOW_STEP(relayed_call_begin_use),
    FLOW_STEP(relayed_call_check_rules),
    FLOW_STEP(relayed_call_decide),
    FLOW_STEP(relayed_call_consult),       /* waits: the outside decision point, where there is one */
    FLOW_STEP_ALWAYS(relayed_call_record), /* waits: commit, for a refusal of a known caller */
    FLOW_STEP_ALWAYS(respond),
    FLOW_STEP_LAST,
};

void forward_auth_endpoint(struct gateway *gateway, struct request *request)
{
    call_start(gateway, request, sizeof(struct relayed_call), forward_auth_steps, NULL);
}

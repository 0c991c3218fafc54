/* POST /introspect (RFC 7662): the caller is authenticated, and only the client that obtained a token or the
 * resource server it is for learns anything; everybody else, and every dead token, gets {"active":false}. */
#include "calls/token_call.h"
#include "endpoint.h"
#include "exchange/call_facts.h"
#include "runtime/metrics.h"

static enum flow_step_result check_liveness(struct flow *flow)
{
    struct token_call *x = (struct token_call *)flow;
    FLOW_AWAIT(flow, &x->token.liveness.wait, issued_credential_check_liveness(&x->token, &x->call));
    return call_proceed(&x->call, x->token.liveness.fault);
}

static void write_claim(struct json_writer *writer, const struct json_value *claims, const char *name)
{
    const struct json_value *value = json_member(claims, text_of(name));
    if (value == NULL)
        return;
    json_name(writer, text_of(name));
    json_write_value(writer, value);
}

static void write_active(struct json_writer *writer, const struct issued_credential *token)
{
    static const char *const shown[] = {"iss",   "sub", "sub_iss", "aud",       "client_id",
                                        "scope", "exp", "iat",     "jti",       "txn",
                                        "act",   "acr", "amr",     "auth_time", "authorization_details",
                                        "cnf"};
    json_member_boolean(writer, "active", true);
    json_member_text(writer, "token_type", token->is_key ? TEXT("N_A") : TEXT("Bearer"));
    for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
        write_claim(writer, token->claims.all, shown[i]);
}

static enum flow_step_result respond(struct flow *flow)
{
    struct token_call *x = (struct token_call *)flow;
    struct call *call = &x->call;
    if (call->fault != FAULT_NONE) {
        call_answer_fault(call);
        return FLOW_NEXT;
    }
    bool may_see =
        (issued_credential_is_callers(&x->token, call) || issued_credential_is_for_caller(&x->token, call)) &&
        x->token.target != NULL && call_facts_ask(call, "introspect", x->token.target) == FAULT_NONE;
    SCOPED_BUFFER body = {0};
    struct json_writer writer = json_writer_on(&body);
    json_begin_object(&writer);
    if (may_see && issued_credential_is_active(&x->token, call))
        write_active(&writer, &x->token);
    else
        json_member_boolean(&writer, "active", false);
    json_end_object(&writer);
    call_answer(call, 200, buffer_text(&body));
    return FLOW_NEXT;
}

static const struct flow_step introspection_steps[] = {
    FLOW_STEP(call_read_form),           FLOW_STEP(call_identify_client),
    FLOW_STEP(call_authenticate_client),                                    /* waits: keys */
    FLOW_STEP(call_take_rate),           FLOW_STEP(call_consume_assertion), /* waits: commit */
    FLOW_STEP(token_call_read),          FLOW_STEP(token_call_find_lease),  /* waits: store */
    FLOW_STEP(token_call_find_record),                                      /* waits: store */
    FLOW_STEP(check_liveness),                                              /* waits: store */
    FLOW_STEP_ALWAYS(respond),           FLOW_STEP_LAST,
};

void introspection_endpoint(struct gateway *gateway, struct request *request)
{
    call_start(gateway, request, sizeof(struct token_call), introspection_steps, NULL);
}

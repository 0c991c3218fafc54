/* The steps of a call about one credential. */
#include "token_call.h"

enum flow_step_result token_call_read(struct flow *flow)
{
    struct token_call *x = (struct token_call *)flow;
    struct text shown = form_value(&x->call.form, "token");
    if (shown.length == 0)
        return call_proceed(&x->call, FAULT_TOKEN_MISSING);
    /* What is not ours is no mistake here, and gets the answer of what is dead. */
    x->token.is_ours = issued_credential_read(&x->token, &x->call, shown) == FAULT_NONE;
    return FLOW_NEXT;
}

enum flow_step_result token_call_find_lease(struct flow *flow)
{
    struct token_call *x = (struct token_call *)flow;
    FLOW_AWAIT(flow, &x->token.lease_wait, issued_credential_find_lease(&x->token, &x->call));
    return FLOW_NEXT;
}

enum flow_step_result token_call_find_record(struct flow *flow)
{
    struct token_call *x = (struct token_call *)flow;
    FLOW_AWAIT(flow, &x->token.record_wait, issued_credential_find_record(&x->token, &x->call));
    return call_proceed(&x->call, issued_credential_complete(&x->token, &x->call));
}

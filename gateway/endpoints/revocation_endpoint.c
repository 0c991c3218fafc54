/* POST /revoke (RFC 7009): ends one credential of the caller's own. 200 also for unknown tokens and for other
 * people's, which stay as they are; the cutoff and its record are durable before the answer leaves. */
#include "endpoint.h"
#include "issued_token.h"

struct revocation {
    struct call call; /* first */
    struct issued_token token;
    struct ledger_entry entry;
    struct store_cutoff cutoff;
    bool has_revoked;
};

static enum flow_step_result read_token(struct flow *flow)
{
    struct revocation *x = (struct revocation *)flow;
    struct text presented = form_value(&x->call.form, "token");
    if (presented.length == 0)
        return call_proceed(&x->call, FAULT_TOKEN_MISSING);
    issued_token_read(&x->token, &x->call, presented);
    return FLOW_NEXT;
}

static enum flow_step_result find_record(struct flow *flow)
{
    struct revocation *x = (struct revocation *)flow;
    FLOW_AWAIT(flow, &x->token.record_wait, issued_token_find_record(&x->token, &x->call));
    return call_proceed(&x->call, x->token.record_query.fault);
}

static void start_revoking(struct revocation *x)
{
    struct call *call = &x->call;
    const struct jwt_claims *claims = &x->token.claims;
    if (!issued_token_is_callers(&x->token, call)) {
        flow_wait_done(&x->entry.wait);
        return;
    }
    struct record record = {0};
    call_describe(call, &record);
    record.kind = TEXT("revocation");
    record.outcome = TEXT("done");
    record.parent = claims->id;
    record.root = json_string(json_member(claims->all, TEXT("txn")));
    ledger_entry_begin(&x->entry, call->arena, &record);
    /* Revoked already is revoked: no second cutoff, no second record, nothing counted twice. */
    ledger_entry_guard(&x->entry, TEXT("lease"), claims->id, 0);
    /* Kept past the token's end, so that leeway cannot revive it. */
    x->cutoff = (struct store_cutoff){TEXT("lease"), claims->id, call->now_us, claims->expires_at_s + 120};
    x->entry.transaction.cutoffs = &x->cutoff;
    x->entry.transaction.cutoff_count = 1;
    ledger_append(call->gateway->store, &x->entry);
}

static enum flow_step_result revoke(struct flow *flow)
{
    struct revocation *x = (struct revocation *)flow;
    FLOW_AWAIT(flow, &x->entry.wait, start_revoking(x));
    x->has_revoked = x->entry.transaction.cutoff_count != 0 && x->entry.fault == FAULT_NONE;
    return call_proceed(&x->call, x->entry.fault == FAULT_TOKEN_REVOKED ? FAULT_NONE : x->entry.fault);
}

static enum flow_step_result respond(struct flow *flow)
{
    struct revocation *x = (struct revocation *)flow;
    if (x->call.fault != FAULT_NONE) {
        call_answer_fault(&x->call);
        return FLOW_NEXT;
    }
    if (x->has_revoked)
        call_return_lease(&x->call, x->token.claims.expires_at_s);
    call_answer(&x->call, 200, TEXT("{}"));
    return FLOW_NEXT;
}

static const struct flow_step revocation_steps[] = {
    FLOW_STEP(call_read_form),
    FLOW_STEP(call_identify_client),
    FLOW_STEP(call_authenticate_client), /* waits: keys */
    FLOW_STEP(call_take_rate),
    FLOW_STEP(call_consume_assertion), /* waits: commit */
    FLOW_STEP(read_token),
    FLOW_STEP(find_record), /* waits: store */
    FLOW_STEP(revoke),      /* waits: commit */
    FLOW_STEP_ALWAYS(respond),
    FLOW_STEP_LAST,
};

void revocation_endpoint(struct gateway *gateway, struct request *request)
{
    call_start(gateway, request, sizeof(struct revocation), revocation_steps, NULL);
}

/* POST /revoke (RFC 7009): ends one credential of the caller's own. 200 also for unknown tokens and for other
 * people's, which stay as they are; the cutoff and its record are durable before the answer leaves. */
#include "calls/token_call.h"
#include "endpoint.h"
#include "exchange/propagation.h"

struct revocation {
    struct token_call about; /* first */
    struct ledger_entry entry;
    struct store_guard not_revoked;
    struct store_cutoff cutoff;
    struct propagation_wait effect;
    bool has_revoked;
};

static void start_revoking(struct revocation *x)
{
    struct call *call = &x->about.call;
    const struct jwt_claims *claims = &x->about.token.claims;
    if (!issued_credential_is_callers(&x->about.token, call)) {
        flow_wait_done(&x->entry.wait);
        return;
    }
    struct record record = {0};
    call_describe(call, &record);
    record.kind = TEXT("revocation");
    record.outcome = TEXT("done");
    record.parent = claims->id;
    record.root = json_text_of(claims->all, "txn");
    ledger_entry_begin(&x->entry, call->arena, &record);
    /* Revoked already is revoked: no second cutoff, no second record, nothing counted twice. */
    x->not_revoked = (struct store_guard){TEXT("lease"), claims->id, 0};
    x->entry.transaction.guards = &x->not_revoked;
    x->entry.transaction.guard_count = 1;
    /* Kept past the token's end, so that leeway cannot revive it. */
    x->cutoff = (struct store_cutoff){.kind = TEXT("lease"),
                                      .id = claims->id,
                                      .at_us = call->now_us,
                                      .expires_at_s = claims->expires_at_s + 120,
                                      .record = call->id};
    x->entry.transaction.cutoffs = &x->cutoff;
    x->entry.transaction.cutoff_count = 1;
    ledger_append(call->gateway->store, &x->entry);
}

static enum flow_step_result revoke(struct flow *flow)
{
    struct revocation *x = (struct revocation *)flow;
    FLOW_AWAIT(flow, &x->entry.wait, start_revoking(x));
    x->has_revoked = x->entry.transaction.cutoff_count != 0 && x->entry.fault == FAULT_NONE;
    return call_proceed(&x->about.call, x->entry.fault == FAULT_TOKEN_REVOKED ? FAULT_NONE : x->entry.fault);
}

/* The caller may ask about it the moment it has its answer, on any loop. */
static enum flow_step_result take_effect(struct flow *flow)
{
    struct revocation *x = (struct revocation *)flow;
    FLOW_AWAIT(flow, &x->effect.wait,
               propagation_await_entry(x->about.call.gateway, x->has_revoked ? &x->entry : NULL, &x->effect));
    return FLOW_NEXT;
}

static enum flow_step_result respond(struct flow *flow)
{
    struct revocation *x = (struct revocation *)flow;
    if (x->about.call.fault != FAULT_NONE) {
        call_answer_fault(&x->about.call);
        return FLOW_NEXT;
    }
    if (x->has_revoked)
        call_return_lease(&x->about.call, x->about.token.claims.expires_at_s);
    call_answer(&x->about.call, 200, TEXT("{}"));
    return FLOW_NEXT;
}

static const struct flow_step revocation_steps[] = {
    FLOW_STEP(call_read_form),
    FLOW_STEP(call_identify_client),
    FLOW_STEP(call_authenticate_client), /* waits: keys */
    FLOW_STEP(call_take_record),
    FLOW_STEP(call_consume_assertion), /* waits: commit */
    FLOW_STEP(token_call_read),
    FLOW_STEP(token_call_find_lease),  /* waits: store */
    FLOW_STEP(token_call_find_record), /* waits: store */
    FLOW_STEP(revoke),                 /* waits: commit */
    FLOW_STEP(take_effect),            /* waits: every loop */
    FLOW_STEP_ALWAYS(respond),
    FLOW_STEP_LAST,
};

void revocation_endpoint(struct gateway *gateway, struct request *request)
{
    call_start(gateway, request, sizeof(struct revocation), revocation_steps, NULL);
}

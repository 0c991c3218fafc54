/* Everything of a call that lies in its other arena is copied or cleared here: what is cleared cannot be used
 * after it is gone. */
#include "relay/call_settled.h"

#include "relay/call_policy.h"
#include "relay/recorded_claims.h"

static void settle_caller(struct call *call)
{
    struct caller *caller = &call->authentication.caller;
    caller->client_id = text_settle(call->own, caller->client_id);
    caller->identity.issuer = text_settle(call->own, caller->identity.issuer);
    caller->identity.subject = text_settle(call->own, caller->identity.subject);
    caller->assertion_id = TEXT_NONE;
    call->authentication.secret = call->authentication.assertion = TEXT_NONE;
}

static void settle_credential(struct issued_credential *credential, struct arena *arena,
                              const struct jwt_claims *claims)
{
    credential->id = text_settle(arena, credential->id);
    credential->record_bytes = text_settle(arena, credential->record_bytes);
    credential->claims = *claims;
    credential->record = NULL;
    credential->lease_query = credential->record_query = NULL;
    credential->standing = (struct standing){0};
    credential->liveness = (struct ledger_liveness){0};
}

static void drop_decision(struct relayed_call *x)
{
    struct call *call = &x->call;
    call->ladder = (struct ladder){0};
    call->public_reason = call->acr_values = call->interaction_uri = TEXT_NONE;
    x->described.recorded = x->shown = x->needed_scopes = x->facts_json = TEXT_NONE;
    x->scopes = (struct scope_set){0};
    x->facts = (struct policy_facts){0};
    x->consultation = (struct authzen_evaluation){0};
    x->consent = (struct consent_question){0};
    x->invitation = (struct store_state){0};
}

bool relayed_call_settle(struct relayed_call *x)
{
    struct call *call = &x->call;
    struct jwt_claims claims;
    if (!x->is_recorded || call->fault != FAULT_NONE ||
        recorded_claims_outline(call->own, x->credential.record, call->world->issuer, &claims) != FAULT_NONE)
        return false;
    settle_caller(call);
    settle_credential(&x->credential, call->own, &claims);
    drop_decision(x);
    x->is_settled = true;
    return true;
}

void relayed_call_recall(struct relayed_call *x, struct arena *arena)
{
    struct call *call = &x->call;
    if (!x->is_settled || x->credential.record != NULL)
        return;
    call->arena = arena;
    if (json_parse(arena, x->credential.record_bytes, &json_limits_document, &x->credential.record) !=
            FAULT_NONE ||
        scope_set_parse(json_text_of(x->credential.record, "scope_given"), &x->scopes) != FAULT_NONE)
        x->scopes = (struct scope_set){0};
    if (call_policy_is_asked(x) && call_policy_describe(x) != FAULT_NONE)
        x->facts = (struct policy_facts){0}; /* without which nothing is permitted */
}

void relayed_call_forget(struct relayed_call *x)
{
    if (!x->is_settled)
        return;
    x->credential.record = NULL;
    x->scopes = (struct scope_set){0};
    x->facts = (struct policy_facts){0};
    x->call.arena = x->call.own;
}

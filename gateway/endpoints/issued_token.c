/* Reads back what we issued. */
#include "issued_token.h"

#include "exchange/standing.h"

static void read_presented(struct issued_token *token, struct call *call, struct text presented)
{
    struct jws jws;
    if (jws_parse(call->arena, presented, &jws) != FAULT_NONE)
        return;
    const struct signing_key *key = key_snapshot_verifier(call->keys, jws.key_id, call->now_s);
    if (key == NULL)
        return;
    struct public_key verifier = {.id = key->id, .algorithm = key->algorithm, .key = key->key};
    if (jws_verify(&jws, &verifier) != FAULT_NONE ||
        jwt_claims_read(call->arena, jws.payload, &token->claims) != FAULT_NONE)
        return;
    struct jwt_time_rules rules = {.now_s = call->now_s};
    if (jwt_check_time(&token->claims, &rules) != FAULT_NONE ||
        !text_equal(token->claims.issuer, call->world->issuer) || token->claims.id.length == 0 ||
        token->claims.audience_count == 0)
        return;
    token->is_ours = true;
    token->target = world_target(call->world, token->claims.audiences[0]);
}

static void record_found(struct store_query *query)
{
    flow_wait_done(query->context);
}

static void find_record(struct issued_token *token, struct call *call)
{
    if (!token->is_ours) {
        flow_wait_done(&token->record_wait);
        return;
    }
    token->record_query = (struct store_query){.kind = STORE_QUERY_RECORD,
                                               .id = token->claims.id,
                                               .limit = 1,
                                               .arena = call->arena,
                                               .done = record_found,
                                               .context = &token->record_wait};
    store_find(call->gateway->store, &token->record_query);
}

enum flow_step_result token_call_read(struct flow *flow)
{
    struct token_call *x = (struct token_call *)flow;
    struct text presented = form_value(&x->call.form, "token");
    if (presented.length == 0)
        return call_proceed(&x->call, FAULT_TOKEN_MISSING);
    read_presented(&x->token, &x->call, presented);
    return FLOW_NEXT;
}

enum flow_step_result token_call_find_record(struct flow *flow)
{
    struct token_call *x = (struct token_call *)flow;
    FLOW_AWAIT(flow, &x->token.record_wait, find_record(&x->token, &x->call));
    return call_proceed(&x->call, x->token.record_query.fault);
}

void issued_token_check_liveness(struct issued_token *token, struct call *call)
{
    if (!token->is_ours) {
        flow_wait_done(&token->liveness.wait);
        return;
    }
    token->standing = (struct standing){.arena = call->arena, .world = call->world};
    standing_add_own_token(&token->standing, &token->claims);
    ledger_check_liveness(call->gateway->store, call->gateway->cutoffs, token->standing.things,
                          token->standing.count, &token->liveness);
}

static const struct store_record *record_of(const struct issued_token *token)
{
    bool is_found =
        token->is_ours && token->record_query.fault == FAULT_NONE && token->record_query.record_count == 1;
    return is_found ? &token->record_query.records[0] : NULL;
}

bool issued_token_is_callers(const struct issued_token *token, const struct call *call)
{
    const struct store_record *record = record_of(token);
    const struct json_value *canonical;
    if (record == NULL ||
        json_parse(call->arena, record->canonical, &json_limits_document, &canonical) != FAULT_NONE)
        return false;
    const struct json_value *agent = json_member(canonical, TEXT("agent"));
    return text_equal(record->client, call->caller->client_id) &&
           text_equal(json_text_of(agent, "iss"), call->caller->identity.issuer) &&
           text_equal(json_text_of(agent, "sub"), call->caller->identity.subject);
}

bool issued_token_is_for_caller(const struct issued_token *token, const struct call *call)
{
    return token->is_ours && token->target != NULL && call->caller->client != NULL &&
           token->target->document->target.resource_server.length != 0 &&
           text_equal(token->target->document->target.resource_server, call->caller->name);
}

bool issued_token_is_active(const struct issued_token *token, const struct call *call)
{
    return record_of(token) != NULL && token->liveness.fault == FAULT_NONE && !token->liveness.is_cut_off &&
           standing_is_on(call->world, &token->claims);
}

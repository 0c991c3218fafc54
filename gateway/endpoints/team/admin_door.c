/* The door of the admin API over the network: every call shows a token of ours that was made by a login there
 * and for nothing else (RFC 6750 section 2.1). What it may do is worked out anew from the Team documents each
 * time; what it stands on, and itself, must not have been killed. */
#include "admin/admin_call.h"
#include "exchange/standing.h"
#include "lifecycle/stranger_book.h"
#include "runtime/metrics.h"

struct admin_door {
    struct flow flow; /* first */
    struct admin_call *call;
    const struct flow_step *steps; /* of the call, once it may come in */
    unsigned right;
    const struct key_snapshot *keys;
    struct text audience;
    struct verification_rules rules;
    struct verification verification;
    struct store_query record;
    struct flow_wait record_wait;
    struct standing standing;
    struct store_counter epoch;
    struct ledger_liveness liveness;
};

static enum flow_step_result refuse(struct admin_door *door, enum fault fault)
{
    return admin_call_proceed(door->call, fault);
}

/* Why a token is no session is nobody's business who has none. */
static enum flow_step_result refuse_token(struct admin_door *door, enum fault fault)
{
    if (fault == FAULT_NONE)
        return FLOW_NEXT;
    return refuse(door, fault == FAULT_STORE_UNAVAILABLE ? fault : FAULT_ADMIN_TOKEN_INVALID);
}

/* The scheme in any case (RFC 9110 section 11.1), and one header alone. */
static enum fault read_bearer(const struct request *request, struct text *token)
{
    struct text scheme = TEXT("bearer "), value = request_header(request, "authorization", 0);
    if (value.length <= scheme.length ||
        !text_equal_ignoring_case((struct text){value.base, scheme.length}, scheme) ||
        request_header(request, "authorization", 1).length != 0)
        return FAULT_ADMIN_TOKEN_MISSING;
    *token = (struct text){value.base + scheme.length, value.length - scheme.length};
    return FAULT_NONE;
}

static enum flow_step_result identify(struct flow *flow)
{
    struct admin_door *door = (struct admin_door *)flow;
    struct admin_call *call = door->call;
    const struct world *world = call->world;
    struct text token = TEXT_NONE;
    enum fault fault = stranger_book_admit(call->gateway->strangers, request_peer_network(call->request),
                                           call->now_us, &call->retry_after_s);
    if (fault == FAULT_NONE)
        fault = read_bearer(call->request, &token);
    if (fault != FAULT_NONE)
        return refuse(door, fault);
    door->audience = TEXT(ADMIN_AUDIENCE);
    door->rules = (struct verification_rules){.use = TOKEN_USE_SUBJECT,
                                              .declared_type = TOKEN_TYPE_ACCESS_TOKEN,
                                              .issuers = world->issuers_by_identifier,
                                              .issuer_count = world->issuer_count,
                                              .own_issuer = door->audience, /* for this and nothing else */
                                              .own_keys = door->keys,
                                              .now_s = call->now_us / 1000000};
    fault = verification_identify(call->arena, token, &door->rules, &door->verification);
    if (fault == FAULT_NONE && !door->verification.issuer->is_self)
        fault = FAULT_TOKEN_ISSUER_UNKNOWN;
    return refuse_token(door, fault);
}

static enum flow_step_result verify(struct flow *flow)
{
    struct admin_door *door = (struct admin_door *)flow;
    FLOW_AWAIT(flow, &door->verification.lookup.wait, verification_find_key(&door->verification, &door->rules));
    const struct verified_token *token = &door->verification.token;
    enum fault fault = verification_complete(door->call->arena, &door->rules, &door->verification);
    if (fault == FAULT_NONE && !jwt_has_only_audience(&token->claims, door->audience))
        fault = FAULT_TOKEN_AUDIENCE;
    if (fault == FAULT_NONE && token->claims.id.length == 0)
        fault = FAULT_TOKEN_CLAIMS;
    if (fault == FAULT_NONE && token->claims.expires_at_s <= door->rules.now_s) /* without any leeway */
        fault = FAULT_TOKEN_EXPIRED;
    return refuse_token(door, fault);
}

static void ask_for_record(struct admin_door *door)
{
    door->record =
        (struct store_query){.kind = STORE_QUERY_RECORD, .id = door->verification.token.claims.id, .limit = 1};
    admin_call_ask(door->call, &door->record, &door->record_wait);
}

/* What no login was recorded of was not issued. */
static enum flow_step_result find_login(struct flow *flow)
{
    struct admin_door *door = (struct admin_door *)flow;
    FLOW_AWAIT(flow, &door->record_wait, ask_for_record(door));
    enum fault fault = door->record.fault;
    if (fault == FAULT_NONE &&
        (door->record.record_count != 1 || !text_is(door->record.records[0].kind, "login") ||
         !store_record_has_lease(&door->record.records[0])))
        fault = FAULT_RECORD_UNKNOWN;
    return refuse_token(door, fault);
}

static void ask_for_liveness(struct admin_door *door)
{
    struct admin_call *call = door->call;
    door->standing = (struct standing){.arena = call->arena, .world = call->world};
    standing_add_own_token(&door->standing, &door->verification.token.claims);
    door->epoch = cutoff_book_epoch(cutoff_keeper_book(call->gateway->cutoffs));
    ledger_check_liveness(call->gateway->store, call->gateway->cutoffs, door->standing.things,
                          door->standing.count, &door->liveness);
}

static enum flow_step_result check_liveness(struct flow *flow)
{
    struct admin_door *door = (struct admin_door *)flow;
    FLOW_AWAIT(flow, &door->liveness.wait, ask_for_liveness(door));
    enum fault fault = door->liveness.fault;
    return refuse_token(door, fault == FAULT_NONE && door->liveness.is_cut_off ? FAULT_TOKEN_REVOKED : fault);
}

static enum fault check_right(struct admin_call *call, unsigned right)
{
    const struct team_rights *rights = &call->session.rights;
    unsigned needed = right & ADMIN_RIGHTS;
    bool is_for_operators = (right & ADMIN_RIGHT_OPERATOR) != 0;
    if ((needed & ~(is_for_operators ? rights->of_operator : rights->anywhere)) == 0)
        return FAULT_NONE;
    struct text name = admin_right_name((enum admin_right)needed);
    call->detail =
        arena_print(call->arena, "No Team document gives this session the right '%.*s'%s.",
                    TEXT_ARGUMENTS(name), is_for_operators ? " as a member of an operator's team" : "");
    return FAULT_ADMIN_RIGHT_MISSING;
}

static enum flow_step_result work_out_rights(struct flow *flow)
{
    struct admin_door *door = (struct admin_door *)flow;
    struct admin_call *call = door->call;
    const struct verified_token *token = &door->verification.token;
    /* The person is the issuer's that vouched for it; we are that of the session alone. */
    const struct team_caller caller = {{json_text_of(token->claims.all, "sub_iss"), token->claims.subject},
                                       token->attributes,
                                       token->attribute_count};
    struct admin_session *session = &call->session;
    *session = (struct admin_session){.is_open = true,
                                      .identity = caller.identity,
                                      .id = token->claims.id,
                                      .root = token->root,
                                      .expires_at_s = token->claims.expires_at_s,
                                      .things = door->standing.things,
                                      .thing_count = door->standing.count,
                                      .epoch = door->epoch,
                                      .attributes = token->attributes,
                                      .attribute_count = token->attribute_count};
    team_rights_find(call->arena, call->world, cutoff_keeper_book(call->gateway->cutoffs), &caller,
                     &session->rights);
    enum fault fault = check_right(call, door->right);
    /* Whoever is at the limit must still be able to end things. */
    if ((door->right & (ADMIN_RIGHT_APPLY | ADMIN_RIGHT_DELETE | ADMIN_RIGHT_LIFT)) != 0 && fault == FAULT_NONE)
        fault = admin_call_take_budget(call, &session->rights);
    return refuse(door, fault);
}

static enum flow_step_result record_refusal(struct flow *flow)
{
    struct admin_door *door = (struct admin_door *)flow;
    FLOW_AWAIT(flow, &door->call->refusal.wait, admin_call_start_recording_refusal(door->call));
    return FLOW_NEXT;
}

static void finish(struct flow *flow)
{
    struct admin_door *door = (struct admin_door *)flow;
    struct admin_call *call = door->call;
    verification_dispose(&door->verification);
    key_ring_release(call->gateway->key_ring, door->keys);
    call->refusal = (struct ledger_entry){0}; /* a wait is used once, and the call may have one of its own */
    if (call->fault != FAULT_NONE)
        admin_call_end_refused(call);
    else
        flow_start(&call->flow, door->steps, admin_call_dispose);
}

static const struct flow_step steps[] = {
    FLOW_STEP(identify),
    FLOW_STEP(verify),         /* at once: the keys are ours */
    FLOW_STEP(find_login),     /* waits: store */
    FLOW_STEP(check_liveness), /* waits: store, where the book does not know */
    FLOW_STEP(work_out_rights),
    FLOW_STEP_ALWAYS(record_refusal), /* waits: commit */
    FLOW_STEP_LAST,
};

void admin_door_open(struct admin_call *call, unsigned right, const struct flow_step *steps_of_call)
{
    struct admin_door *door = ARENA_NEW(call->arena, struct admin_door);
    door->call = call;
    door->steps = steps_of_call;
    door->right = right;
    door->keys = key_ring_acquire(call->gateway->key_ring);
    flow_start(&door->flow, steps, finish);
}

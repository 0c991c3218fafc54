/* token_exchange.c: one token request, first step to last, whatever its grant (grant/grant.h). Read the table,
 * then the steps in the same order; those called call_ are shared with the other endpoints and stand in call.c.
 * What is decided and why is in exchange_decision.c.
 *
 * Two things hold for every path through the table: nothing leaves before its record is durable (a credential
 * that cannot be recorded is wiped and the answer is 503), and what is recorded is what was done: a caller that
 * leaves before the decision is a refusal of its own, one that leaves after it changes nothing. */
#include "exchange/token_exchange.h"

#include "exchange.h"
#include "exchange/oauth_error.h"
#include "grant/presented_token.h"
#include "runtime/metrics.h"

enum { ANSWER_BYTES = 512 }; /* usually, beside the credential */

static enum flow_step_result note_begun(struct flow *flow)
{
    exchange_count_begun((struct exchange *)flow);
    return FLOW_NEXT;
}

/* Before it is known who calls, as some grants say that themselves. Whether there is such a grant is said to
 * who is known. */
static enum flow_step_result choose_grant(struct flow *flow)
{
    struct exchange *x = (struct exchange *)flow;
    const struct grant *grant = grant_named(form_value(&x->call.form, "grant_type"));
    trace_note_grant(grant != NULL ? grant->name : NULL);
    if (grant != NULL && grant->takes_agents_unproven)
        x->call.authentication.grant_assertion = form_value(&x->call.form, "assertion");
    x->call.authentication.may_be_public = grant != NULL && grant->takes_public_clients;
    return FLOW_NEXT;
}

/* Of a public client once it has proved what it redeems; else strangers would use its budget up. */
static enum flow_step_result take_budget(struct flow *flow)
{
    struct exchange *x = (struct exchange *)flow;
    bool is_known = x->call.caller->is_authenticated;
    x->has_asked_budget |= is_known;
    return is_known ? call_take_budget(flow) : FLOW_NEXT;
}

static enum flow_step_result read_request(struct flow *flow)
{
    struct exchange *x = (struct exchange *)flow;
    return call_proceed(&x->call, exchange_request_read(x->call.arena, &x->call.form, &x->request));
}

/* RFC 6749 section 5.2; in an exchange it is invalid_request (RFC 8693 section 2.2.2). */
static enum flow_step_result proceed_with_grant(struct exchange *x, enum fault fault)
{
    x->call.is_grant_refused = fault != FAULT_NONE && !x->request.grant->is_exchange;
    return call_proceed(&x->call, fault);
}

static enum flow_step_result identify_subject(struct flow *flow)
{
    struct exchange *x = (struct exchange *)flow;
    const struct grant *grant = x->request.grant;
    return proceed_with_grant(x, grant->identify == NULL ? FAULT_NONE : grant->identify(x));
}

static void find_subject(struct exchange *x)
{
    if (x->request.grant->find == NULL)
        flow_wait_done(&x->subject.lookup.wait);
    else
        x->request.grant->find(x);
}

static enum flow_step_result verify_subject(struct flow *flow)
{
    struct exchange *x = (struct exchange *)flow;
    FLOW_AWAIT(flow, &x->subject.lookup.wait, find_subject(x));
    return proceed_with_grant(x, x->request.grant->complete(x));
}

static enum flow_step_result take_public_budget(struct flow *flow)
{
    struct exchange *x = (struct exchange *)flow;
    bool is_public = x->call.authentication.is_public;
    x->has_asked_budget |= is_public;
    return is_public ? call_take_budget(flow) : FLOW_NEXT;
}

static enum flow_step_result identify_actor(struct flow *flow)
{
    struct exchange *x = (struct exchange *)flow;
    if (x->request.actor_token.length == 0)
        return FLOW_NEXT;
    x->actor_rules = presented_token_rules(x, TOKEN_USE_ACTOR, x->request.actor_type);
    return call_proceed(&x->call, presented_token_identify(x, "actor_token_read", x->request.actor_token,
                                                           &x->actor_rules, &x->actor));
}

/* Without an actor token there is nothing to look up. */
static void find_actor_key(struct exchange *x)
{
    if (x->request.actor_token.length == 0)
        flow_wait_done(&x->actor.lookup.wait);
    else
        verification_find_key(&x->actor, &x->actor_rules);
}

static enum flow_step_result verify_actor(struct flow *flow)
{
    struct exchange *x = (struct exchange *)flow;
    FLOW_AWAIT(flow, &x->actor.lookup.wait, find_actor_key(x));
    if (x->request.actor_token.length == 0)
        return FLOW_NEXT;
    return call_proceed(&x->call,
                        presented_token_complete(x, "actor_token_verified", &x->actor_rules, &x->actor));
}

static enum flow_step_result resolve_target(struct flow *flow)
{
    struct exchange *x = (struct exchange *)flow;
    return call_proceed(&x->call, exchange_resolve_target(x));
}

static enum flow_step_result agree(struct flow *flow)
{
    struct exchange *x = (struct exchange *)flow;
    enum fault fault = exchange_agree(x);
    x->rungs_before = x->call.ladder.count;
    return call_proceed(&x->call, fault);
}

static enum flow_step_result take_turn(struct flow *flow)
{
    struct exchange *x = (struct exchange *)flow;
    FLOW_AWAIT(flow, &x->turn.wait, exchange_take_turn(x));
    return FLOW_NEXT;
}

static enum flow_step_result gather(struct flow *flow)
{
    struct exchange *x = (struct exchange *)flow;
    FLOW_AWAIT(flow, &x->gathering, exchange_gather(x));
    return call_proceed(&x->call, exchange_complete_gather(x));
}

static enum flow_step_result decide(struct flow *flow)
{
    struct exchange *x = (struct exchange *)flow;
    x->decisions++;
    return call_proceed(&x->call, exchange_decide(x));
}

static enum flow_step_result consult(struct flow *flow)
{
    struct exchange *x = (struct exchange *)flow;
    FLOW_AWAIT(flow, &x->consultation.wait, exchange_consult(x));
    return call_proceed(&x->call, exchange_complete_consultation(x));
}

static enum flow_step_result order(struct flow *flow)
{
    struct exchange *x = (struct exchange *)flow;
    enum fault fault = exchange_write_order(x);
    return call_proceed(&x->call, fault != FAULT_NONE ? fault : exchange_check_standing(x));
}

static enum flow_step_result check_consent(struct flow *flow)
{
    struct exchange *x = (struct exchange *)flow;
    FLOW_AWAIT(flow, &x->consent.wait, exchange_ask_consent(x));
    return call_proceed(&x->call, exchange_complete_consent(x));
}

/* What is held is not what it was when this was decided. */
static enum flow_step_result decide_again(struct exchange *x)
{
    exchange_forget_decision(x);
    return flow_go_back(&x->call.flow, gather);
}

/* The commit refused because of that, and it is not the last time this is tried. */
static bool is_to_be_decided_again(const struct exchange *x, const struct ledger_entry *entry)
{
    return entry->transaction.is_version_stale && x->decisions < EXCHANGE_DECISIONS_MAX;
}

static enum flow_step_result find_refused(struct flow *flow)
{
    struct exchange *x = (struct exchange *)flow;
    FLOW_AWAIT(flow, &x->refusal.wait, exchange_find_refused(x));
    return call_proceed(&x->call, exchange_complete_refused(x));
}

/* Where leases share a credential: it is there, or one of those who want it makes it. */
static enum flow_step_result share(struct flow *flow)
{
    struct exchange *x = (struct exchange *)flow;
    FLOW_AWAIT(flow, &x->sharing.question.wait, exchange_share(x));
    bool is_to_ask_again;
    enum fault fault = exchange_complete_share(x, &is_to_ask_again);
    return is_to_ask_again ? flow_go_back(flow, share) : call_proceed(&x->call, fault);
}

/* Nothing is made outside before it is stored that it may be: a gateway that dies in between leaves a lease
 * that is found and withdrawn. */
static enum flow_step_result reserve(struct flow *flow)
{
    struct exchange *x = (struct exchange *)flow;
    FLOW_AWAIT(flow, &x->reservation.wait, exchange_reserve(x));
    if (is_to_be_decided_again(x, &x->reservation)) {
        x->is_reserved = false;
        return decide_again(x);
    }
    if (x->is_reserved)
        turn_leave(&x->turn);
    return call_proceed(&x->call, exchange_complete_reservation(x));
}

static enum flow_step_result sign_assertion(struct flow *flow)
{
    struct exchange *x = (struct exchange *)flow;
    FLOW_AWAIT(flow, &x->assertion.wait, exchange_sign_assertion(x));
    return call_proceed(&x->call, exchange_complete_assertion(x));
}

/* The order says exactly what was decided; a dry run ends here with nothing minted. */
static void start_minting(struct exchange *x)
{
    struct call *call = &x->call;
    x->minting.arena = call->arena;
    /* Keys as they are now: one that was revoked while we waited signs no more. */
    key_ring_release(call->gateway->key_ring, call->keys);
    call->keys = key_ring_acquire(call->gateway->key_ring);
    x->order.keys = call->keys;
    if (x->request.is_dry_run || x->sharing.is_made_before)
        flow_wait_done(&x->minting.wait);
    else {
        stage_clock_enter(&x->clock, text_is(x->adapter->name, "jwt") ? STAGE_SIGN : STAGE_ADAPTER);
        x->adapter->mint(x->adapter, &x->order, &x->minting);
    }
}

/* What an adapter says of its refusal goes to the caller in characters that error_description may have; what it
 * says to operators is in the record. */
static enum fault take_refusal(struct exchange *x)
{
    x->call.retry_after_s = x->minting.retry_after_s;
    x->call.public_reason = oauth_error_quotable(x->call.arena, x->minting.public_reason);
    return ladder_fail(&x->call.ladder, "mint", x->minting.fault, document_label(x->target->document),
                       x->minting.detail.length != 0 ? x->minting.detail : x->minting.public_reason);
}

/* An adapter may narrow what was decided, never widen it: the answer is held against the order. */
static enum fault check_minting(struct exchange *x)
{
    struct scope_set minted;
    if (x->minting.fault != FAULT_NONE)
        return take_refusal(x);
    if (scope_set_parse(x->minting.scope, &minted) != FAULT_NONE || !scope_set_is_subset(&minted, &x->scope) ||
        x->minting.expires_at_s > x->order.expires_at_s)
        return FAULT_INTERNAL;
    x->expires_at_s = x->minting.expires_at_s;
    x->scope_text = x->minting.scope;
    TRY(exchange_check_signing_key(x));
    TRY(exchange_take_shared(x));
    return exchange_decide_type(x);
}

static enum flow_step_result mint(struct flow *flow)
{
    struct exchange *x = (struct exchange *)flow;
    FLOW_AWAIT(flow, &x->minting.wait, start_minting(x));
    if (exchange_falls_back(x))
        return flow_go_back(flow, share);
    enum fault fault = x->request.is_dry_run ? FAULT_NONE : check_minting(x);
    x->is_minted = fault == FAULT_NONE;
    return call_proceed(&x->call, fault);
}

/* Refusals of callers who are not authenticated are counted, not recorded (decision 0028).
 * So are those over their budget: the budget is there to keep them out of the store. Who holds too much is
 * within it, and what was asked for then is nothing to be hidden. */
static bool is_to_be_recorded(const struct exchange *x)
{
    bool is_over_budget = fault_row(x->call.fault)->http_status == 429 && x->call.fault != FAULT_HELD_TOO_MUCH;
    return x->call.caller->is_authenticated && !is_over_budget;
}

/* Who fails before the budget is asked - as it was switched off, or is public and proves a code that is good
 * for nothing - must not fill the store with that. */
static bool is_over_budget_unasked(struct exchange *x)
{
    struct call *call = &x->call;
    return !x->has_asked_budget && caller_take_budget(call->caller, false, call->gateway, call->world,
                                                      call->now_us, &call->retry_after_s) != FAULT_NONE;
}

static void start_recording(struct exchange *x)
{
    /* A caller that leaves early gets no further step; what was not decided is not recorded as if it had been.
     */
    if (x->call.fault == FAULT_NONE && !x->is_minted)
        x->call.fault = ladder_fail(&x->call.ladder, "caller_present", FAULT_CALLER_GONE, TEXT_NONE, TEXT_NONE);
    if (x->call.fault != FAULT_NONE)
        turn_leave(&x->turn); /* nothing of this will be held */
    exchange_invite(x);
    if (!is_to_be_recorded(x) || is_over_budget_unasked(x)) {
        flow_wait_done(&x->entry.wait);
        return;
    }
    struct record record = {0};
    exchange_describe(x, &record);
    ledger_entry_begin(&x->entry, x->call.arena, &record);
    x->proof.is_in_transaction = false;
    exchange_write_invitation(x, &x->entry);
    grant_proof_end(x, &x->entry);
    /* Whether a reservation that failed was stored, and the assertion used up with it, may not be known. */
    if (!x->is_paid && x->reservation.fault != FAULT_STORE_UNAVAILABLE)
        call_use_assertion_once(&x->call, &x->entry);
    if (x->call.fault == FAULT_NONE) {
        exchange_guard(x, &x->entry);
        if (!x->is_paid)
            exchange_hold(x, &x->entry);
        if (!x->is_paid && !x->request.is_dry_run)
            grant_proof_use_up(x, &x->entry);
    }
    exchange_settle_lease(x, &x->entry);
    ledger_append(x->call.gateway->store, &x->entry);
}

static enum fault why_unrecorded(const struct exchange *x)
{
    /* A lease that has moved was taken for abandoned, and is being withdrawn. */
    if (x->is_reserved && x->entry.fault == FAULT_STORE_CONFLICT && !x->entry.transaction.is_share_stale)
        return FAULT_CREDENTIAL_TOO_LATE;
    if (x->entry.transaction.is_version_stale)
        return FAULT_HELD_CONTENDED;
    return grant_proof_fault(x, credential_sharing_fault(&x->entry, &x->minting));
}

static enum flow_step_result record_exchange(struct flow *flow)
{
    struct exchange *x = (struct exchange *)flow;
    FLOW_AWAIT(flow, &x->entry.wait, start_recording(x));
    if (is_to_be_decided_again(x, &x->entry))
        return decide_again(x);
    if (exchange_shares_again(x, &x->entry))
        return flow_go_back(flow, share);
    turn_leave(&x->turn);
    exchange_end_sharing(x);
    if (x->entry.fault == FAULT_NONE)
        return FLOW_NEXT;
    /* Not recorded, so not issued. A replay, a kill or contention is a refusal with a record of its own. */
    const struct store_guard *ended = x->entry.transaction.cut_off_by;
    x->needs_refusal_record = x->entry.fault == FAULT_ASSERTION_REPLAYED || ended != NULL ||
                              x->entry.transaction.is_version_stale || x->entry.transaction.is_share_stale;
    x->call.fault = ended != NULL ? exchange_refuse_ended(x, ended)
                                  : ladder_fail(&x->call.ladder, "recorded", why_unrecorded(x), TEXT_NONE,
                                                x->minting.made_for);
    return FLOW_SKIP;
}

static void start_recording_refusal(struct exchange *x)
{
    if (!x->needs_refusal_record) {
        flow_wait_done(&x->refusal_entry.wait);
        return;
    }
    struct record record = {0};
    exchange_invite(x);
    exchange_describe(x, &record);
    ledger_entry_begin(&x->refusal_entry, x->call.arena, &record);
    exchange_write_invitation(x, &x->refusal_entry);
    grant_proof_end(x, &x->refusal_entry);
    /* The first transaction stored nothing, so the assertion is still to be used up. */
    if (x->call.fault != FAULT_ASSERTION_REPLAYED && !x->is_paid)
        call_use_assertion_once(&x->call, &x->refusal_entry);
    exchange_settle_lease(x, &x->refusal_entry);
    ledger_append(x->call.gateway->store, &x->refusal_entry);
}

static enum flow_step_result record_refusal(struct flow *flow)
{
    struct exchange *x = (struct exchange *)flow;
    FLOW_AWAIT(flow, &x->refusal_entry.wait, start_recording_refusal(x));
    /* What was used before is the client's own assertion after all (grant_proof_fault): then that is recorded.
     */
    if (x->refusal_entry.fault == FAULT_ASSERTION_REPLAYED && x->call.fault == FAULT_GRANT_REPLAYED) {
        x->call.ladder.count--;
        x->call.fault =
            ladder_fail(&x->call.ladder, "recorded", FAULT_ASSERTION_REPLAYED, TEXT_NONE, TEXT_NONE);
        x->refusal_entry = (struct ledger_entry){0};
        return flow_go_back(flow, record_refusal);
    }
    if (x->refusal_entry.fault != FAULT_NONE)
        x->call.fault = x->refusal_entry.fault;
    return FLOW_SKIP;
}

/* What was minted and cannot be given is made worthless, whether or not that could be recorded. */
static enum flow_step_result take_back(struct flow *flow)
{
    struct exchange *x = (struct exchange *)flow;
    FLOW_AWAIT(flow, &x->withdrawal.wait, exchange_take_back(x));
    return FLOW_NEXT;
}

/* Where a credential is shown that is no access token, which is a bearer token wherever one is (RFC 6750). */
static void write_presentation(const struct credential_minting *minting, struct json_writer *writer)
{
    const struct credential_presentation *presentation = &minting->presentation;
    if (presentation->header.length == 0 || !text_is(minting->token_type, "N_A"))
        return;
    json_name(writer, TEXT("dragoman_presentation"));
    json_begin_object(writer);
    json_member_text(writer, "in", TEXT("header"));
    json_member_text(writer, "name", presentation->header);
    json_member_text_if(writer, "scheme", presentation->scheme);
    json_end_object(writer);
}

static void write_answer(struct exchange *x, struct buffer *body)
{
    struct call *call = &x->call;
    struct json_writer writer = json_writer_on(body);
    json_begin_object(&writer);
    if (x->request.is_dry_run) {
        json_member_boolean(&writer, "dragoman_dry_run", true);
    } else {
        json_member_text(&writer, "access_token", x->minting.credential);
        if (x->request.grant->is_exchange)
            json_member_text(&writer, "issued_token_type", x->minting.issued_type);
        json_member_text(&writer, "token_type", x->minting.token_type);
        write_presentation(&x->minting, &writer);
    }
    json_member_integer(&writer, "expires_in", x->expires_at_s - call->now_s);
    json_member_text_if(&writer, "scope", x->scope_text);
    if (x->details != NULL) {
        /* RFC 9396 section 7: as granted. */
        json_name(&writer, TEXT("authorization_details"));
        json_write_value(&writer, x->details);
    }
    json_member_text(&writer, "dragoman_exchange", call->id);
    json_end_object(&writer);
}

static struct text copied(struct arena *arena, struct text text)
{
    return text.length == 0 ? TEXT_NONE : arena_copy(arena, text);
}

/* Copied: the other call outlives this one. What was not said stays unsaid: an empty text would be a member. */
static void tell_other_call(const struct exchange *x)
{
    const struct call *call = &x->call;
    struct inner_exchange *inner = x->inner;
    inner->fault = call->fault;
    inner->is_authenticated = call->caller->is_authenticated;
    inner->id = arena_copy(inner->arena, call->id);
    inner->is_recorded = x->entry.fault == FAULT_NONE && is_to_be_recorded(x);
    inner->public_reason = copied(inner->arena, call->public_reason);
    inner->acr_values = copied(inner->arena, call->acr_values);
    inner->maximum_age_s = call->maximum_age_s;
    inner->retry_after_s = call->retry_after_s;
    inner->interaction_uri = copied(inner->arena, call->interaction_uri);
    inner->interaction_expires_s = call->interaction_expires_s;
    if (call->fault == FAULT_NONE)
        inner->credential = arena_copy(inner->arena, x->minting.credential);
    inner->expires_at_s = x->expires_at_s;
    if (x->target != NULL)
        inner->target = arena_copy(inner->arena, x->target->document->name);
}

static struct text make_answer(struct exchange *x)
{
    struct buffer body = buffer_in(x->call.arena, x->minting.credential.length + ANSWER_BYTES);
    write_answer(x, &body);
    return buffer_text(&body);
}

/* Whether the other call has something to do before there is an answer. */
static bool is_for_other_call(const struct exchange *x, bool is_issued)
{
    return x->inner != NULL && (is_issued || !x->inner->is_to_answer);
}

static enum flow_step_result respond(struct flow *flow)
{
    struct exchange *x = (struct exchange *)flow;
    struct call *call = &x->call;
    bool is_issued = call->fault == FAULT_NONE && !x->request.is_dry_run;
    call_settle_budget(call, is_issued ? x->expires_at_s : 0);
    exchange_count_answered(x);
    if (x->inner != NULL)
        tell_other_call(x);
    if (is_for_other_call(x, is_issued)) {
        if (x->inner->is_to_answer)
            x->inner->answer = arena_copy(x->inner->arena, make_answer(x));
        return FLOW_NEXT;
    }
    if (x->inner != NULL)
        x->inner->is_answered = true;
    if (call->fault != FAULT_NONE) {
        call_answer_fault(call);
        return FLOW_NEXT;
    }
    metric_count_fault(FAULT_NONE, true);
    call_answer(call, 200, make_answer(x));
    return FLOW_NEXT;
}

static const struct flow_step token_exchange_steps[] = {
    FLOW_STEP(note_begun),
    FLOW_STEP_IN(STAGE_PARSE, call_read_form),
    FLOW_STEP(choose_grant),
    FLOW_STEP_IN(STAGE_VERIFY, call_identify_client),
    FLOW_STEP(call_authenticate_client), /* waits: keys of the platform's issuer or of the client */
    FLOW_STEP(take_budget),
    FLOW_STEP_IN(STAGE_PARSE, read_request),
    FLOW_STEP_IN(STAGE_VERIFY, identify_subject),
    FLOW_STEP(verify_subject), /* waits: issuer keys, or the store, where a code is redeemed */
    FLOW_STEP(take_public_budget),
    FLOW_STEP(identify_actor),
    FLOW_STEP(verify_actor), /* waits: issuer keys */
    FLOW_STEP_IN(STAGE_POLICY, resolve_target),
    FLOW_STEP(agree),
    FLOW_STEP(take_turn), /* waits: others who decide about the same holders */
    FLOW_STEP(gather),    /* waits: store, where a policy asks what is held */
    FLOW_STEP(decide),
    FLOW_STEP(consult), /* waits: the outside decision point, where there is one */
    FLOW_STEP(order),
    FLOW_STEP(check_consent),  /* waits: store, where people consent and it is not remembered */
    FLOW_STEP(find_refused),   /* waits: store, where a shared credential was refused */
    FLOW_STEP(share),          /* waits: whoever is making it, where leases share one */
    FLOW_STEP(reserve),        /* waits: commit, where minting has effects outside */
    FLOW_STEP(sign_assertion), /* waits: signer, where the adapter is handed one */
    FLOW_STEP(mint),           /* waits: signer, or the adapter */
    FLOW_STEP_ALWAYS_IN(STAGE_AUDIT, record_exchange), /* waits: commit */
    FLOW_STEP_ALWAYS(record_refusal), /* waits: commit, when the one before met a replay or a revocation */
    FLOW_STEP_ALWAYS(take_back),      /* waits: adapter, when something minted cannot be given */
    FLOW_STEP_ALWAYS(respond),
    FLOW_STEP_LAST,
};

static void release(struct call *call)
{
    struct exchange *x = (struct exchange *)call;
    struct inner_exchange *inner = x->inner;
    exchange_count_ended();
    turn_leave(&x->turn);
    exchange_end_sharing(x);
    verification_dispose(&x->subject);
    verification_dispose(&x->actor);
    if (inner != NULL)
        flow_wait_done(&inner->wait);
}

void token_exchange_start(struct gateway *gateway, struct request *request)
{
    call_start(gateway, request, sizeof(struct exchange), token_exchange_steps, release);
}

void token_exchange_start_form(struct gateway *gateway, struct request *request, const struct form *form,
                               struct inner_exchange *inner)
{
    struct exchange *x = (struct exchange *)call_make(gateway, request, sizeof(struct exchange), release);
    x->inner = inner;
    x->call.form = *form;
    x->call.shows_header = true;
    call_start_within(&x->call, token_exchange_steps);
}

static void add_parameter(struct form *form, struct text name, struct text value)
{
    form->parameters[form->count++] = (struct form_parameter){name, value};
}

void token_exchange_start_within(struct gateway *gateway, struct request *request, struct text agent_token,
                                 struct text audience, struct inner_exchange *inner)
{
    struct exchange *x = (struct exchange *)call_make(gateway, request, sizeof(struct exchange), release);
    struct form *form = &x->call.form;
    *form = form_in(x->call.arena);
    x->inner = inner;
    add_parameter(form, TEXT("grant_type"), TEXT("urn:ietf:params:oauth:grant-type:token-exchange"));
    add_parameter(form, TEXT("client_assertion_type"),
                  TEXT("urn:ietf:params:oauth:client-assertion-type:jwt-bearer"));
    add_parameter(form, TEXT("client_assertion"), agent_token);
    add_parameter(form, TEXT("subject_token"), agent_token);
    add_parameter(form, TEXT("subject_token_type"), TEXT("urn:ietf:params:oauth:token-type:jwt"));
    add_parameter(form, TEXT("audience"), audience);
    call_start_within(&x->call, token_exchange_steps);
}

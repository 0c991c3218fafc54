/* One supply from the question to its record, as a flow of its own: the same order as in an exchange. What has
 * effects outside is reserved first, minted once for a lease and remembered; what has none is minted for each
 * call and recorded when it is another than before. */
#include "credential_supply.h"

#include "base/clock.h"
#include "base/random.h"
#include "json/json_writer.h"

enum { SPARE_S = 5, STANDS_ON_MAX = 32 };

struct supplying {
    struct flow flow; /* first */
    struct credential_book *book;
    struct credential_supply *asked;
    struct relayed_call *call;
    struct arena *arena;
    const struct adapter *adapter;
    struct credential_question question;
    bool has_turn, is_known; /* known: nothing is to be made or recorded any more */

    struct credential_order order;
    struct credential_minting minting;
    struct standing standing; /* of what is made: all that its order stands on, and itself */
    struct text *stands_on;
    size_t stands_on_count;
    struct store_lease lease;
    struct store_cutoff refused; /* ends what the upstream does not take any more */
    bool is_reserved, is_recorded;
    struct ledger_entry reservation, entry;
    struct credential_withdrawal withdrawal;
};

static bool has_effects(const struct supplying *x)
{
    return x->adapter->has_outside_effects != NULL && x->adapter->has_outside_effects(x->adapter);
}

static enum flow_step_result fail(struct supplying *x, enum fault fault)
{
    if (x->asked->fault == FAULT_NONE)
        x->asked->fault =
            ladder_fail(&x->call->call.ladder, "upstream_credential", fault, TEXT_NONE, x->adapter->name);
    return FLOW_SKIP;
}

/* -- whose turn it is */

static void start_asking(struct supplying *x)
{
    if (!has_effects(x)) { /* nothing that is made is shared */
        flow_wait_done(&x->question.wait);
        return;
    }
    /* What would be over before the call is done is not begun with. */
    x->question.until_s = x->call->call.now_s + SPARE_S;
    x->question.refused = x->asked->refused;
    credential_book_ask(&x->question);
}

static enum flow_step_result take_turn(struct flow *flow)
{
    struct supplying *x = (struct supplying *)flow;
    FLOW_AWAIT(flow, &x->question.wait, start_asking(x));
    if (!has_effects(x))
        return FLOW_NEXT;
    x->has_turn = x->question.turn == CREDENTIAL_TURN;
    x->is_known = x->question.turn == CREDENTIAL_FOUND;
    if (!x->has_turn && !x->is_known)
        return fail(x, FAULT_ADAPTER_BUSY);
    return x->is_known ? FLOW_SKIP : FLOW_NEXT;
}

/* -- what is to be made */

static void add_stand(struct supplying *x, struct text thing)
{
    if (x->stands_on_count < STANDS_ON_MAX)
        x->stands_on[x->stands_on_count++] = thing;
}

/* The lease that calls, and whatever it stands on beside what its record says anyway. */
static void list_stands(struct supplying *x)
{
    const struct json_value *list = json_member(x->call->credential.record, TEXT("stands_on"));
    x->stands_on = ARENA_ARRAY(x->arena, struct text, STANDS_ON_MAX);
    add_stand(x, arena_print(x->arena, "lease %.*s", TEXT_ARGUMENTS(x->call->credential.id)));
    for (const struct json_value *one = list == NULL ? NULL : list->first; one != NULL; one = one->next)
        add_stand(x, json_string(one));
}

static void list_chain(struct supplying *x)
{
    const struct json_value *chain = json_member(x->call->credential.record, TEXT("chain"));
    size_t count = chain == NULL ? 0 : chain->count;
    struct credential_identity *actors = ARENA_ARRAY(x->arena, struct credential_identity, count + 1);
    for (const struct json_value *one = chain == NULL ? NULL : chain->first; one != NULL; one = one->next)
        actors[x->order.chain_length++] =
            (struct credential_identity){json_text_of(one, "iss"), json_text_of(one, "sub")};
    x->order.chain = actors;
}

static int64_t expiry_of(const struct supplying *x)
{
    const struct relayed_call *call = x->call;
    int64_t most_s = call->call.now_s + call->target->document->target.maximum_lifetime_s;
    return call->credential.claims.expires_at_s < most_s ? call->credential.claims.expires_at_s : most_s;
}

static enum flow_step_result write_order(struct flow *flow)
{
    struct supplying *x = (struct supplying *)flow;
    const struct call *call = &x->call->call;
    const struct json_value *record = x->call->credential.record,
                            *subject = json_member(record, TEXT("subject"));
    const struct target_document *target = &x->call->target->document->target;
    char *id = arena_allocate(x->arena, IDENTIFIER_SIZE);
    identifier_make(clock_wall_us(), id);
    x->order = (struct credential_order){
        .id = {id, IDENTIFIER_LENGTH},
        .issuer = call->world->issuer,
        .target = target_for_adapter(x->call->target->document),
        .subject = {json_text_of(subject, "iss"), json_text_of(subject, "sub")},
        .client_id = call->caller->client_id,
        .audiences = target->audiences.items,
        .audience_count = 1,
        .scope = json_text_of(record, "scope_given"),
        .root = json_text_of(record, "root"),
        .task = json_text_of(record, "task"),
        .purpose = json_text_of(record, "purpose"),
        .issued_at_s = call->now_s,
        .expires_at_s = expiry_of(x),
        .is_fresh = x->asked->refused.length != 0,
        .algorithm = x->call->target->algorithm,
        .type = target->type,
        .keys = call->keys,
    };
    x->order.target.settings = target->egress.settings;
    list_chain(x);
    list_stands(x);
    x->order.ancestry = x->stands_on;
    x->order.ancestry_count = x->stands_on_count;
    return FLOW_NEXT;
}

/* -- reserve, mint, record */

static void guard(struct supplying *x, struct ledger_entry *entry)
{
    entry->transaction.guards = x->standing.things;
    entry->transaction.guard_count = x->standing.count;
}

static void describe_lease(struct supplying *x)
{
    struct standing *standing = &x->standing;
    *standing = (struct standing){.arena = x->arena, .world = x->call->call.world};
    standing_add_record(standing, x->call->credential.record);
    standing_add(standing, TEXT("lease"), x->order.id, 0);
    standing_add(standing, TEXT("adapter"), x->adapter->name, x->call->call.now_us);
    x->lease = (struct store_lease){
        .id = x->order.id,
        .state = TEXT("pending"),
        .adapter = x->adapter->name,
        .target = x->order.target.name,
        .issued_at_us = x->call->call.now_us,
        .expires_at_s = x->order.expires_at_s,
        .kept_until_s = x->order.expires_at_s + STORE_LEASE_KEPT_S,
        .next_attempt_at_s = x->call->call.now_s + x->call->call.world->gateway->lease_pending_s,
        .stands_on = standing->things,
        .stands_on_count = standing->count,
    };
}

static void write_lease(struct supplying *x, struct ledger_entry *entry)
{
    entry->transaction.leases = &x->lease;
    entry->transaction.lease_count = 1;
}

static void start_reserving(struct supplying *x)
{
    describe_lease(x);
    if (!has_effects(x)) {
        flow_wait_done(&x->reservation.wait);
        return;
    }
    ledger_entry_begin(&x->reservation, x->arena, NULL);
    guard(x, &x->reservation);
    write_lease(x, &x->reservation);
    x->is_reserved = true; /* also if it is not known whether it was stored: then it comes due by itself */
    ledger_append(x->call->call.gateway->store, &x->reservation);
}

static enum flow_step_result reserve(struct flow *flow)
{
    struct supplying *x = (struct supplying *)flow;
    FLOW_AWAIT(flow, &x->reservation.wait, start_reserving(x));
    if (!x->is_reserved)
        return FLOW_NEXT;
    x->is_reserved = x->reservation.fault == FAULT_NONE;
    x->lease.revision = 1;
    return x->is_reserved ? FLOW_NEXT : fail(x, x->reservation.fault);
}

static void start_minting(struct supplying *x)
{
    x->minting.arena = x->arena;
    x->adapter->mint(x->adapter, &x->order, &x->minting);
}

/* An adapter may narrow what was decided, never widen it. */
static enum flow_step_result mint(struct flow *flow)
{
    struct supplying *x = (struct supplying *)flow;
    FLOW_AWAIT(flow, &x->minting.wait, start_minting(x));
    struct call *call = &x->call->call;
    if (x->minting.fault != FAULT_NONE) {
        call->public_reason = x->minting.public_reason;
        call->retry_after_s = x->minting.retry_after_s;
        return fail(x, x->minting.fault);
    }
    if (x->minting.expires_at_s > x->order.expires_at_s)
        return fail(x, FAULT_ADAPTER_FAILED);
    x->asked->supply = (struct kept_credential){.credential = x->minting.credential,
                                       .presentation = x->minting.presentation,
                                       .fingerprint = x->minting.fingerprint,
                                       .lease = x->order.id,
                                       .expires_at_s = x->minting.expires_at_s,
                                       .is_replacement = x->asked->refused.length != 0};
    return FLOW_NEXT;
}

/* Made anew for each call, but the same as before: that is recorded already. */
static enum flow_step_result compare(struct flow *flow)
{
    struct supplying *x = (struct supplying *)flow;
    struct kept_credential before = {0};
    if (has_effects(x) || x->minting.fingerprint.length == 0)
        return FLOW_NEXT;
    const int64_t now_s = x->call->call.now_s;
    enum credential_turn turn = credential_book_enter(x->book, x->question.key, now_s, TEXT_NONE, x->arena, &before);
    x->is_known = turn == CREDENTIAL_FOUND && text_equal(before.fingerprint, x->minting.fingerprint);
    if (x->is_known) {
        x->asked->supply.lease = before.lease;
        return FLOW_SKIP;
    }
    if (turn == CREDENTIAL_FOUND) /* it is another one now: this takes its place */
        turn = credential_book_enter(x->book, x->question.key, now_s, before.lease, x->arena, &before);
    x->has_turn = turn == CREDENTIAL_TURN; /* without it this one is recorded all the same, and the next again */
    return FLOW_NEXT;
}

static void settle_lease(struct supplying *x, struct ledger_entry *entry)
{
    bool is_good = x->asked->fault == FAULT_NONE;
    if (!x->is_reserved && (!is_good || x->minting.fingerprint.length == 0))
        return;
    x->lease.state = is_good ? TEXT("live") : TEXT("withdrawing");
    x->lease.next_attempt_at_s = is_good ? 0 : x->call->call.now_s;
    x->lease.handle = x->minting.handle;
    x->lease.fingerprint = x->minting.fingerprint;
    x->lease.expires_at_s = is_good ? x->minting.expires_at_s : x->order.expires_at_s;
    if (!x->is_reserved)
        x->lease.stands_on_count = 0; /* nobody has to withdraw it */
    write_lease(x, entry);
}

static void describe(struct supplying *x, struct record *record)
{
    relayed_call_describe(x->call, record);
    record->id = x->order.id;
    record->kind = TEXT("supply");
    record->outcome = x->asked->fault == FAULT_NONE ? TEXT("granted") : TEXT("refused");
    record->fault = x->asked->fault;
    record->stands_on = x->stands_on;
    record->stands_on_count = x->stands_on_count;
    if (x->asked->fault != FAULT_NONE)
        return;
    record->token_type = x->minting.issued_type;
    record->expires_at_s = x->minting.expires_at_s;
    record->key_id = x->minting.key_id;
}

/* What the upstream does not take any more is ended: its adapter withdraws it. */
static void end_refused(struct supplying *x)
{
    const struct call *call = &x->call->call;
    if (x->asked->refused.length == 0 || !has_effects(x))
        return;
    x->refused = (struct store_cutoff){.kind = TEXT("lease"),
                                       .id = x->asked->refused,
                                       .at_us = call->now_us,
                                       .expires_at_s = x->order.expires_at_s + STORE_LEASE_KEPT_S,
                                       .reason = TEXT("the upstream answered 401"),
                                       .record = x->order.id};
    x->entry.transaction.cutoffs = &x->refused;
    x->entry.transaction.cutoff_count = 1;
}

static void start_recording(struct supplying *x)
{
    bool is_nothing = x->is_known || (x->asked->fault != FAULT_NONE && !x->is_reserved);
    if (is_nothing) {
        flow_wait_done(&x->entry.wait);
        return;
    }
    struct record record = {0};
    describe(x, &record);
    ledger_entry_begin(&x->entry, x->arena, &record);
    if (x->asked->fault == FAULT_NONE) {
        guard(x, &x->entry);
        end_refused(x);
    }
    settle_lease(x, &x->entry);
    x->is_recorded = true;
    ledger_append(x->call->call.gateway->store, &x->entry);
}

static enum flow_step_result record_supply(struct flow *flow)
{
    struct supplying *x = (struct supplying *)flow;
    FLOW_AWAIT(flow, &x->entry.wait, start_recording(x));
    if (x->is_recorded && x->entry.fault != FAULT_NONE && x->asked->fault == FAULT_NONE)
        return fail(x, x->entry.fault == FAULT_TOKEN_REVOKED ? FAULT_CALL_CREDENTIAL_ENDED : x->entry.fault);
    return FLOW_NEXT;
}

static void start_taking_back(struct supplying *x)
{
    bool is_lost = x->is_reserved && x->minting.credential.length != 0 && x->asked->fault != FAULT_NONE;
    if (!is_lost || x->adapter->revoke == NULL) {
        flow_wait_done(&x->withdrawal.wait);
        return;
    }
    x->withdrawal.arena = x->arena;
    x->withdrawal.lease = x->order.id;
    x->withdrawal.target = x->order.target;
    x->withdrawal.handle = x->minting.handle;
    x->adapter->revoke(x->adapter, &x->withdrawal);
}

static enum flow_step_result take_back(struct flow *flow)
{
    struct supplying *x = (struct supplying *)flow;
    FLOW_AWAIT(flow, &x->withdrawal.wait, start_taking_back(x));
    return FLOW_NEXT;
}

static enum flow_step_result leave_turn(struct flow *flow)
{
    struct supplying *x = (struct supplying *)flow;
    if (!x->has_turn)
        return FLOW_NEXT;
    if (x->asked->fault != FAULT_NONE) {
        credential_book_give_up(x->book, x->question.key);
        return FLOW_NEXT;
    }
    struct kept_credential kept = x->asked->supply;
    if (!has_effects(x))
        kept.credential = TEXT_NONE;
    credential_book_keep(x->book, x->question.key, &kept);
    return FLOW_NEXT;
}

static const struct flow_step supply_steps[] = {
    FLOW_STEP(take_turn), /* waits: whoever is making it */
    FLOW_STEP(write_order),
    FLOW_STEP(reserve), /* waits: commit, where minting has effects outside */
    FLOW_STEP(mint),    /* waits: adapter */
    FLOW_STEP(compare),
    FLOW_STEP_ALWAYS(record_supply), /* waits: commit, unless it is recorded already */
    FLOW_STEP_ALWAYS(take_back),     /* waits: adapter, when something minted cannot be used */
    FLOW_STEP_ALWAYS(leave_turn),
    FLOW_STEP_LAST,
};

static void finish(struct flow *flow)
{
    flow_wait_done(&((struct supplying *)flow)->asked->wait);
}

void credential_supply_start(struct credential_book *book, struct credential_supply *supply)
{
    struct relayed_call *call = supply->call;
    struct supplying *x = ARENA_NEW(call->call.arena, struct supplying);
    const struct document *target = call->target->document;
    const struct text parts[] = {call->credential.id, target->name, target->target.egress.adapter};
    x->book = book;
    x->asked = supply;
    x->call = call;
    x->arena = call->call.arena;
    x->adapter = call->target->egress_adapter;
    x->question.book = book;
    x->question.arena = x->arena;
    x->question.supply = &supply->supply;
    digest_parts(parts, 3, x->question.key);
    flow_start(&x->flow, supply_steps, finish);
}

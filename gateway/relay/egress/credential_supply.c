/* One supply from the question to its record, as a flow of its own: the same order as in an exchange. What has
 * effects outside is reserved first, minted once for a lease and remembered, and so is what is to be kept; what
 * else has none is minted for each call and recorded when it is another than before (supply_keeping.h). What
 * leases share is found or made once for all of them, and recorded for each (exchange/credential_sharing.h). */
#include "relay/credential_supply.h"

#include "base/clock.h"
#include "base/random.h"
#include "exchange/assertion.h"
#include "exchange/credential_sharing.h"
#include "supply_keeping.h"
#include "supply_order.h"
#include "supply_purpose.h"

enum { REPLACED_FOR_MS = 60 * 1000 };

struct supplying {
    struct flow flow; /* first */
    struct credential_book *book;
    struct credential_supply *asked;
    struct relayed_call *call;
    struct arena *arena;
    const struct adapter *adapter;
    struct supply_keeping keeping;
    struct credential_sharing sharing;
    struct text id; /* of the supply's record and lease; the order's, unless the lease is shared */

    struct credential_order order;
    struct credential_minting assertion;
    struct credential_minting minting;
    struct standing standing; /* of what is made: all that its order stands on, and itself */
    struct supply_stands stands;
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

bool credential_is_for_call(const struct adapter *adapter)
{
    return adapter->confirms != NULL && adapter->confirms(adapter);
}

struct http_stream_header credential_header(struct arena *arena, struct text credential,
                                            const struct credential_presentation *presentation)
{
    struct text scheme = presentation->scheme;
    return (struct http_stream_header){
        presentation->header.length != 0 ? presentation->header : TEXT("authorization"),
        scheme.length == 0
            ? credential
            : arena_print(arena, "%.*s %.*s", TEXT_ARGUMENTS(scheme), TEXT_ARGUMENTS(credential))};
}

bool credential_supply_is_replaceable(const struct credential_supply *supply)
{
    const struct relayed_call *call = supply->call;
    const struct adapter *adapter = call->target->egress_adapter;
    const struct kept_credential *kept = &supply->supply;
    bool is_made_anew = (adapter->has_outside_effects != NULL && adapter->has_outside_effects(adapter)) ||
                        supply->is_for_call || supply->is_kept;
    int64_t made_at_ms = identifier_time_ms(kept->lease.base, kept->lease.length);
    bool is_just_made = kept->is_replacement && call->call.now_us / 1000 - made_at_ms < REPLACED_FOR_MS;
    return is_made_anew && !is_just_made;
}

static enum flow_step_result fail(struct supplying *x, enum fault fault)
{
    struct call *call = &x->call->call;
    const struct text parts[] = {x->adapter->name, TEXT(": "), x->minting.detail};
    struct text detail = arena_join(call->arena, parts, x->minting.detail.length != 0 ? 3 : 1);
    if (x->asked->fault == FAULT_NONE)
        x->asked->fault = ladder_fail(&call->ladder, "upstream_credential", fault, TEXT_NONE, detail);
    return FLOW_SKIP;
}

/* -- whose turn it is */

static void start_sharing(struct supplying *x)
{
    x->sharing.is_shared = shared_credential_is_wanted(x->call->target->egress_adapter);
    if (x->sharing.is_shared)
        supply_purpose_read(x->call, &x->sharing.purpose);
    if (x->asked->has_scope)
        x->sharing.purpose.scope = x->asked->scope;
    x->sharing.purpose.lifetime_s = x->asked->lifetime_s;
    credential_sharing_ask(&x->sharing, &x->call->call, x->asked->refused);
}

static enum flow_step_result share(struct flow *flow)
{
    struct supplying *x = (struct supplying *)flow;
    FLOW_AWAIT(flow, &x->sharing.question.wait, start_sharing(x));
    bool is_to_ask_again;
    enum fault fault = credential_sharing_complete(&x->sharing, &x->call->call, &is_to_ask_again);
    if (is_to_ask_again)
        return flow_go_back(flow, share);
    if (fault != FAULT_NONE && fault == x->sharing.kept.fault) /* a refusal that is remembered */
        x->call->call.public_reason = x->sharing.kept.public_reason;
    return fault == FAULT_NONE ? FLOW_NEXT : fail(x, fault);
}

/* Another will do: as if nothing had been made. The lease that was reserved comes due by itself. */
static enum flow_step_result share_again(struct supplying *x)
{
    supply_keeping_leave(&x->keeping);
    x->is_reserved = x->is_recorded = false;
    x->reservation = x->entry = (struct ledger_entry){0};
    x->minting = (struct credential_minting){0};
    x->asked->supply = (struct kept_credential){0};
    return flow_go_back(&x->flow, share);
}

static void start_asking(struct supplying *x)
{
    supply_keeping_begin(&x->keeping, x->book, x->asked, x->sharing.is_shared);
    supply_keeping_ask(&x->keeping);
}

static enum flow_step_result take_turn(struct flow *flow)
{
    struct supplying *x = (struct supplying *)flow;
    FLOW_AWAIT(flow, &x->keeping.question.wait, start_asking(x));
    bool is_to_ask_again;
    enum fault fault = supply_keeping_complete(&x->keeping, &is_to_ask_again);
    if (is_to_ask_again)
        return flow_go_back(flow, take_turn);
    if (fault != FAULT_NONE)
        return fail(x, fault);
    return x->keeping.is_known ? FLOW_SKIP : FLOW_NEXT;
}

/* -- what is to be made */

static enum flow_step_result write_order(struct flow *flow)
{
    struct supplying *x = (struct supplying *)flow;
    char *id = arena_allocate(x->arena, IDENTIFIER_SIZE);
    identifier_make(clock_wall_us(), id);
    x->id = (struct text){id, IDENTIFIER_LENGTH};
    supply_stands_list(x->call, &x->stands);
    supply_order_write(x->asked, x->sharing.is_shared ? x->sharing.lease : x->id, x->sharing.name, &x->stands,
                       &x->order);
    return FLOW_NEXT;
}

/* -- reserve, mint, record */

/* Where a lease is shared, that is one thing more, of its own time. */
static void guard(struct supplying *x, struct ledger_entry *entry)
{
    const struct standing *shared = &x->sharing.standing;
    for (size_t i = 0; i < (x->sharing.is_shared ? shared->count : 0); i++)
        standing_add(&x->standing, shared->things[i].kind, shared->things[i].id,
                     shared->things[i].issued_at_us);
    entry->transaction.guards = x->standing.things;
    entry->transaction.guard_count = x->standing.count;
}

static void describe_lease(struct supplying *x)
{
    struct standing *standing = &x->standing;
    *standing = (struct standing){.arena = x->arena, .world = x->call->call.world};
    standing_add_record(standing, x->call->credential.record);
    standing_add(standing, TEXT("lease"), x->id, 0);
    if (x->call->consent.id.length != 0)
        standing_add(standing, TEXT("lease"), x->call->consent.id, 0);
    standing_add(standing, TEXT("adapter"), x->adapter->name, x->call->call.now_us);
    const struct standing *reserved = x->sharing.is_shared ? &x->sharing.standing : standing;
    x->lease = (struct store_lease){
        .id = x->order.id,
        .state = TEXT("pending"),
        .adapter = x->adapter->name,
        .target = x->order.target.name,
        .issued_at_us = x->call->call.now_us,
        .expires_at_s = x->order.expires_at_s,
        .kept_until_s = x->order.expires_at_s + STORE_LEASE_KEPT_S,
        .next_attempt_at_s = x->call->call.now_s + x->call->call.world->gateway->lease_pending_s,
        .shared_as = x->sharing.name,
        .stands_on = reserved->things,
        .stands_on_count = reserved->count,
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
    if (!has_effects(x) || x->sharing.is_made_before) {
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

static void start_signing(struct supplying *x)
{
    const struct json_value *record = x->call->credential.record;
    if (!assertion_is_wanted(x->call->target)) {
        flow_wait_done(&x->assertion.wait);
        return;
    }
    const struct credential_identity *actor = x->order.chain;
    const struct identity caller = x->call->call.caller->identity,
                          acting = x->order.chain_length == 0
                                       ? caller
                                       : (struct identity){actor->issuer, actor->subject};
    const struct assertion_sources sources = {.root = x->order.root,
                                              .exchange = json_text_of(record, "id"),
                                              .client = x->order.client_id,
                                              .actor = identity_name(x->arena, &acting),
                                              .task = x->order.task};
    x->assertion.arena = x->arena;
    assertion_sign(x->call->call.world, x->call->target, &x->order, &sources, &x->assertion);
}

static enum flow_step_result sign_assertion(struct flow *flow)
{
    struct supplying *x = (struct supplying *)flow;
    FLOW_AWAIT(flow, &x->assertion.wait, start_signing(x));
    if (x->assertion.fault != FAULT_NONE)
        return fail(x, x->assertion.fault);
    x->order.assertion = x->assertion.credential;
    return FLOW_NEXT;
}

static void start_minting(struct supplying *x)
{
    x->minting.arena = x->arena;
    if (x->sharing.is_made_before) {
        shared_credential_give(&x->sharing.kept, x->order.expires_at_s, &x->minting);
        flow_wait_done(&x->minting.wait);
        return;
    }
    x->adapter->mint(x->adapter, &x->order, &x->minting);
}

/* What was found says whether it is a replacement; what was made is, where something was refused. */
static enum fault take_shared(struct supplying *x)
{
    struct credential_sharing *sharing = &x->sharing;
    if (!sharing->is_made_before)
        TRY(credential_sharing_take(sharing, &x->call->call, &x->order, &x->minting));
    struct kept_credential *supply = &x->asked->supply;
    supply->shares = sharing->lease;
    supply->is_replacement = sharing->kept.is_replacement;
    if (sharing->kept.expires_at_s < supply->expires_at_s)
        x->minting.expires_at_s = supply->expires_at_s = sharing->kept.expires_at_s;
    supply_stands_add(&x->stands, arena_print(x->arena, "lease %.*s", TEXT_ARGUMENTS(sharing->lease)));
    return FAULT_NONE;
}

/* What is shown in no header, such as keys by which each request is signed, would be shown to the upstream
 * whole. */
static bool is_shown_in_header(const struct credential_minting *minting)
{
    return minting->presentation.header.length != 0 || !text_is(minting->token_type, "N_A");
}

/* An adapter may narrow what was decided, never widen it. */
static enum flow_step_result mint(struct flow *flow)
{
    struct supplying *x = (struct supplying *)flow;
    FLOW_AWAIT(flow, &x->minting.wait, start_minting(x));
    struct call *call = &x->call->call;
    if (credential_sharing_falls_back(&x->sharing, &x->minting, call->now_s))
        return share_again(x);
    if (supply_keeping_falls_back(&x->keeping, &x->minting))
        return FLOW_SKIP;
    if (x->minting.fault != FAULT_NONE) {
        call->public_reason = x->minting.public_reason;
        call->retry_after_s = x->minting.retry_after_s;
        return fail(x, x->minting.fault);
    }
    if (x->minting.expires_at_s > x->order.expires_at_s)
        return fail(x, FAULT_ADAPTER_FAILED);
    if (!is_shown_in_header(&x->minting))
        return fail(x, FAULT_ADAPTER_MISCONFIGURED);
    if (credential_is_for_call(x->adapter) != x->asked->is_for_call)
        return fail(x, FAULT_ADAPTER_UNAVAILABLE); /* what it is was not known when it was asked */
    x->asked->confirmation = x->minting.confirmation;
    x->asked->supply = (struct kept_credential){.credential = x->minting.credential,
                                                .presentation = x->minting.presentation,
                                                .fingerprint = x->minting.fingerprint,
                                                .account = x->minting.account,
                                                .lease = x->id,
                                                .issued_at_us = call->now_us,
                                                .expires_at_s = x->minting.expires_at_s,
                                                .is_replacement = x->asked->refused.length != 0};
    enum fault fault = x->sharing.is_shared ? take_shared(x) : FAULT_NONE;
    return fault == FAULT_NONE ? FLOW_NEXT : fail(x, fault);
}

/* Made anew for each call, or shared, but the same as before: that is recorded already. */
static enum flow_step_result compare(struct flow *flow)
{
    struct supplying *x = (struct supplying *)flow;
    supply_keeping_compare(&x->keeping, x->minting.fingerprint);
    return x->keeping.is_known ? FLOW_SKIP : FLOW_NEXT;
}

static void settle_shared(struct supplying *x, struct ledger_entry *entry)
{
    struct store_lease own = x->lease;
    own.id = x->id;
    own.state = TEXT("live");
    own.expires_at_s = x->minting.expires_at_s;
    own.next_attempt_at_s = own.revision = 0;
    credential_sharing_write(&x->sharing, &own, &x->standing, x->order.root, x->is_reserved ? &x->lease : NULL,
                             &x->minting, entry);
}

static void settle_lease(struct supplying *x, struct ledger_entry *entry)
{
    bool is_good = x->asked->fault == FAULT_NONE;
    if (is_good && x->sharing.is_shared) {
        settle_shared(x, entry);
        return;
    }
    bool is_of_call = x->asked->is_for_call && !x->asked->is_again; /* which has a lease of its own */
    if (!x->is_reserved && (!is_good || x->minting.fingerprint.length == 0 || is_of_call))
        return;
    if (credential_sharing_leaves(&x->sharing, &x->minting))
        return;
    x->lease.state = is_good ? TEXT("live") : TEXT("withdrawing");
    x->lease.next_attempt_at_s = is_good ? 0 : x->call->call.now_s;
    x->lease.handle = x->minting.handle;
    x->lease.fingerprint = x->minting.fingerprint;
    x->lease.expires_at_s = is_good ? x->minting.expires_at_s : x->order.expires_at_s;
    if (!x->is_reserved)
        x->lease.stands_on_count = 0; /* nobody has to withdraw it */
    if (x->minting.made_for.length != 0)
        shared_credential_end_unmade(&x->lease);
    write_lease(x, entry);
}

static void describe(struct supplying *x, struct record *record)
{
    relayed_call_describe(x->call, record);
    record->id = x->id;
    record->kind = TEXT("supply");
    record->outcome = x->asked->fault == FAULT_NONE ? TEXT("granted") : TEXT("refused");
    record->fault = x->asked->fault;
    record->stands_on = x->stands.items;
    record->stands_on_count = x->stands.count;
    if (x->asked->has_scope)
        record->scope_given = x->asked->scope;
    if (x->asked->fault != FAULT_NONE)
        return;
    record->token_type = x->minting.issued_type;
    record->expires_at_s = x->minting.expires_at_s;
    record->key_id = x->minting.key_id;
    record->account = x->minting.account;
}

/* What the upstream does not take any more is ended: its adapter withdraws it. */
static void end_refused(struct supplying *x)
{
    const struct call *call = &x->call->call;
    if (x->asked->refused.length == 0 || !has_effects(x) || x->sharing.is_made_before)
        return;
    x->refused = (struct store_cutoff){.kind = TEXT("lease"),
                                       .id = x->asked->refused,
                                       .at_us = call->now_us,
                                       .expires_at_s = x->order.expires_at_s + STORE_LEASE_KEPT_S,
                                       .reason = TEXT("the upstream answered 401"),
                                       .record = x->id};
    x->entry.transaction.cutoffs = &x->refused;
    x->entry.transaction.cutoff_count = 1;
}

static void start_recording(struct supplying *x)
{
    bool is_nothing = x->keeping.is_known || (x->asked->fault != FAULT_NONE && !x->is_reserved);
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
    if (x->asked->fault == FAULT_NONE && credential_sharing_is_dead(&x->sharing, &x->entry, &x->minting))
        return share_again(x);
    enum fault fault = credential_sharing_fault(&x->entry, &x->minting);
    if (x->is_recorded && fault != FAULT_NONE && x->asked->fault == FAULT_NONE)
        return fail(x, fault == FAULT_TOKEN_REVOKED ? FAULT_CALL_CREDENTIAL_ENDED : fault);
    return FLOW_NEXT;
}

static void start_taking_back(struct supplying *x)
{
    bool is_lost = x->is_reserved && x->minting.credential.length != 0 && x->asked->fault != FAULT_NONE &&
                   !x->sharing.is_shared;
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
    bool is_good = x->asked->fault == FAULT_NONE;
    credential_sharing_end(&x->sharing, is_good && x->is_recorded, &x->minting, x->call->call.now_s);
    supply_keeping_end(&x->keeping, &x->minting, x->order.expires_at_s);
    return FLOW_NEXT;
}

static const struct flow_step supply_steps[] = {
    FLOW_STEP(share),     /* waits: whoever is making it, where leases share one */
    FLOW_STEP(take_turn), /* waits: whoever is making it for this lease */
    FLOW_STEP(write_order),
    FLOW_STEP(reserve),        /* waits: commit, where minting has effects outside */
    FLOW_STEP(sign_assertion), /* waits: signer, where the adapter is handed one */
    FLOW_STEP(mint),           /* waits: adapter */
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
    x->book = book;
    x->asked = supply;
    x->call = call;
    x->arena = call->call.arena;
    x->adapter = call->target->egress_adapter;
    flow_start(&x->flow, supply_steps, finish);
}

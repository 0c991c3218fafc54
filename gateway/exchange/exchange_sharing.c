/* Leases that share a credential, in an exchange. The exchange's own lease is stored with its record and stands
 * on what is its own; the shared one was reserved, minted and stored by whoever had the turn, and is extended
 * where this one would outlive it. What was found and turns out to be dead is forgotten, and asked for again.
 */
#include "exchange.h"

/* --- what the other side refused --- */

static bool is_shared(const struct exchange *x)
{
    return !x->request.is_dry_run && shared_credential_is_wanted(x->adapter);
}

void exchange_find_refused(struct exchange *x)
{
    struct exchange_refusal *refusal = &x->refusal;
    if (!is_shared(x) || x->request.refused_exchange.length == 0) {
        flow_wait_done(&refusal->wait);
        return;
    }
    refusal->query = (struct store_query){
        .kind = STORE_QUERY_LEASE, .id = x->request.refused_exchange, .limit = 1, .arena = x->call.arena};
    store_find_awaited(x->call.gateway->store, &refusal->query, &refusal->wait);
}

/* Whose lease that is needs no look: only a credential that is kept for this caller and this purpose, and is
 * shared by that lease, is taken for refused. */
enum fault exchange_complete_refused(struct exchange *x)
{
    const struct store_query *query = &x->refusal.query;
    if (query->fault != FAULT_NONE)
        return ladder_fail(&x->call.ladder, "refused_exchange", query->fault, TEXT_NONE,
                           x->request.refused_exchange);
    if (query->lease_count == 1)
        x->refusal.lease = query->leases[0].shares;
    return FAULT_NONE;
}

/* --- whether there is one --- */

static void describe_purpose(struct exchange *x)
{
    const struct call *call = &x->call;
    const struct credential_target *target = &x->order.target;
    bool shows_root = target->assertion_audience.length != 0;
    x->sharing.purpose = (struct shared_purpose){
        .target = x->target,
        .adapter = x->adapter,
        .subject = x->subject.token.identity,
        .actors = x->chain,
        .actor_count = x->chain_length,
        .client_id = call->caller->client_id,
        .account = call->caller->account,
        .caller = call->caller->identity,
        .scope = x->scope_text,
        .requested_type = x->request.requested_type,
        .details = x->details,
        .claims = x->order.claims,
        .claim_count = x->order.claim_count,
        .root = shows_root ? x->root : TEXT_NONE,
        .task = shows_root ? x->request.task : TEXT_NONE,
        .token_fingerprint = target->is_subject_token_handed_over ? x->subject.token.fingerprint : TEXT_NONE,
        .channel_binding = x->request.channel_binding,
        .handed_attributes = x->order.handed_attributes,
        .consent = x->consent_id,
    };
}

void exchange_share(struct exchange *x)
{
    x->sharing.is_shared = is_shared(x);
    if (x->sharing.is_shared) {
        stage_clock_enter(&x->clock, STAGE_ADAPTER);
        x->unshared.ancestry_count = x->ancestry.count;
        x->unshared.expires_at_s = x->expires_at_s;
        x->unshared.scope = x->scope_text;
        describe_purpose(x);
    }
    credential_sharing_ask(&x->sharing, &x->call, x->refusal.lease);
}

static void add_things(struct standing *guards, const struct standing *from)
{
    for (size_t i = 0; i < from->count; i++)
        standing_add(guards, from->things[i].kind, from->things[i].id, from->things[i].issued_at_us);
}

/* All that the exchange stands on, and then what the shared lease does as of its own time: who was killed since
 * may have a new token, but not this credential. */
static void guard_shared(struct exchange *x)
{
    struct standing *guards = &x->sharing_guards;
    *guards = (struct standing){.arena = x->call.arena, .world = x->call.world};
    for (size_t i = 0; i < x->standing.count; i++) {
        const struct store_guard *thing = &x->standing.things[i];
        guards->fault = x->standing.faults[i];
        standing_add(guards, thing->kind, thing->id, thing->issued_at_us);
    }
    guards->fault = FAULT_TOKEN_REVOKED;
    standing_add(guards, TEXT("lease"), x->call.id, 0); /* it may be killed before it is whole */
    guards->fault = FAULT_STORE_CONFLICT;               /* another try finds another */
    add_things(guards, &x->sharing.standing);
}

/* As before the question, of which sharing is already. What an earlier reservation has used up stays used up;
 * the lease of one for which nothing was made comes due by itself. */
static void start_over(struct exchange *x)
{
    x->ancestry.count = x->unshared.ancestry_count;
    x->ancestry.is_too_long = false;
    x->expires_at_s = x->unshared.expires_at_s;
    x->scope_text = x->unshared.scope;
    x->order.id = x->call.id;
    x->order.sharing = TEXT_NONE;
    x->order.is_fresh = x->is_minted = x->is_reserved = false;
    x->reservation = (struct ledger_entry){0};
    x->assertion = x->minting = (struct credential_minting){0};
    x->entry = (struct ledger_entry){0};
    x->sharing_guards = (struct standing){0};
}

static void prepare_order(struct exchange *x)
{
    x->order.id = x->sharing.lease;
    x->order.ancestry_count = 0;
    x->order.sharing = x->sharing.name;
    x->order.is_fresh = x->sharing.kept.is_replacement;
}

static enum fault refuse(struct exchange *x, enum fault fault)
{
    const struct kept_credential *kept = &x->sharing.kept;
    const struct text label = document_label(x->target->document);
    if (kept->fault != FAULT_NONE) {
        x->call.public_reason = oauth_error_quotable(x->call.arena, kept->public_reason);
        return ladder_fail(&x->call.ladder, "mint", fault, label, kept->public_reason);
    }
    bool is_busy = fault == FAULT_ADAPTER_BUSY;
    return ladder_fail(&x->call.ladder, "shared", fault, is_busy ? label : TEXT_NONE,
                       is_busy ? TEXT_NONE : kept->lease);
}

enum fault exchange_complete_share(struct exchange *x, bool *is_to_ask_again)
{
    struct credential_sharing *sharing = &x->sharing;
    enum fault fault = credential_sharing_complete(sharing, &x->call, is_to_ask_again);
    if (fault != FAULT_NONE)
        return refuse(x, fault);
    if (*is_to_ask_again)
        start_over(x);
    else if (sharing->is_shared)
        guard_shared(x);
    if (sharing->is_made_before)
        shared_credential_give(&sharing->kept, x->expires_at_s, &x->minting);
    else if (sharing->is_shared)
        prepare_order(x);
    return FAULT_NONE;
}

/* --- what the adapter made --- */

bool exchange_falls_back(struct exchange *x)
{
    bool falls_back = credential_sharing_falls_back(&x->sharing, &x->minting, x->call.now_s);
    if (falls_back)
        start_over(x);
    return falls_back;
}

static enum fault take_made(struct exchange *x)
{
    enum fault fault = credential_sharing_take(&x->sharing, &x->call, &x->order, &x->minting);
    if (fault != FAULT_NONE)
        return ladder_fail(&x->call.ladder, "mint", fault, document_label(x->target->document),
                           x->minting.made_for);
    if (x->minting.made_for.length != 0) {
        guard_shared(x);
        x->checked_epoch = (struct store_counter){0}; /* nobody has looked whether it was ended */
    }
    return FAULT_NONE;
}

enum fault exchange_take_shared(struct exchange *x)
{
    struct credential_sharing *sharing = &x->sharing;
    if (!sharing->is_shared)
        return FAULT_NONE;
    if (!sharing->is_made_before)
        TRY(take_made(x));
    if (sharing->kept.expires_at_s < x->expires_at_s)
        x->expires_at_s = sharing->kept.expires_at_s;
    ancestry_add(&x->ancestry, "lease", sharing->lease);
    if (x->ancestry.is_too_long)
        return ladder_fail(&x->call.ladder, "ancestry", FAULT_ANCESTRY_TOO_LONG, TEXT_NONE, sharing->lease);
    return FAULT_NONE;
}

/* --- what is stored, and what became of it --- */

/* Ends the one that the other side refused: its adapter withdraws it. */
static void end_refused(struct exchange *x, struct ledger_entry *entry)
{
    if (!x->order.is_fresh)
        return;
    x->refusal.end = (struct store_cutoff){.kind = TEXT("lease"),
                                           .id = x->refusal.lease,
                                           .at_us = x->call.now_us,
                                           .expires_at_s = x->order.expires_at_s + STORE_LEASE_KEPT_S,
                                           .reason = TEXT("the other side answered 401"),
                                           .record = x->call.id};
    entry->transaction.cutoffs = &x->refusal.end;
    entry->transaction.cutoff_count = 1;
}

void exchange_write_shared(struct exchange *x, struct ledger_entry *entry)
{
    const struct store_lease own = {
        .id = x->call.id,
        .state = TEXT("live"),
        .adapter = x->adapter->name,
        .target = x->target->document->name,
        .issued_at_us = x->call.now_us,
        .expires_at_s = x->expires_at_s,
        .kept_until_s = x->expires_at_s + STORE_LEASE_KEPT_S,
    };
    credential_sharing_write(&x->sharing, &own, &x->standing, x->root, x->is_reserved ? &x->lease : NULL,
                             &x->minting, entry);
    end_refused(x, entry);
}

bool exchange_shares_again(struct exchange *x, const struct ledger_entry *entry)
{
    bool is_dead = x->call.fault == FAULT_NONE && credential_sharing_is_dead(&x->sharing, entry, &x->minting);
    if (is_dead)
        start_over(x);
    return is_dead;
}

void exchange_end_sharing(struct exchange *x)
{
    bool is_stored = x->call.fault == FAULT_NONE && x->entry.fault == FAULT_NONE && x->is_minted;
    credential_sharing_end(&x->sharing, is_stored, &x->minting, x->call.now_s);
}

void exchange_forget_sharing(struct exchange *x)
{
    if (!x->sharing.is_shared) {
        x->sharing.question.wait = (struct flow_wait){0};
        return;
    }
    credential_sharing_start_over(&x->sharing, x->call.now_s);
    start_over(x);
}

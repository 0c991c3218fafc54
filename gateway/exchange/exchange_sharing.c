/* Leases that share a credential, in an exchange. The exchange's own lease is stored with its record and stands
 * on what is its own; the shared one was reserved, minted and stored by whoever had the turn, and is extended
 * where this one would outlive it. What was found and turns out to be dead is forgotten, and asked for again.
 */
#include "exchange.h"

#include "base/random.h"
#include "runtime/metrics.h"

/* --- what the other side refused --- */

static bool is_shared(const struct exchange *x)
{
    return !x->request.is_dry_run && shared_credential_is_wanted(x->adapter);
}

void exchange_find_refused(struct exchange *x)
{
    struct exchange_sharing *sharing = &x->sharing;
    if (!is_shared(x) || x->request.refused_exchange.length == 0) {
        flow_wait_done(&sharing->refused_wait);
        return;
    }
    sharing->refused_query = (struct store_query){
        .kind = STORE_QUERY_LEASE, .id = x->request.refused_exchange, .limit = 1, .arena = x->call.arena};
    store_find_awaited(x->call.gateway->store, &sharing->refused_query, &sharing->refused_wait);
}

/* Whose lease that is needs no look: only a credential that is kept for this caller and this purpose, and is
 * shared by that lease, is taken for refused. */
enum fault exchange_complete_refused(struct exchange *x)
{
    const struct store_query *query = &x->sharing.refused_query;
    if (query->fault != FAULT_NONE)
        return ladder_fail(&x->call.ladder, "refused_exchange", query->fault, TEXT_NONE,
                           x->request.refused_exchange);
    if (query->lease_count == 1)
        x->sharing.refused = query->leases[0].shares;
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
        .consent = x->consent_id,
    };
}

void exchange_share(struct exchange *x)
{
    struct exchange_sharing *sharing = &x->sharing;
    struct credential_question *question = &sharing->question;
    sharing->is_shared = is_shared(x);
    if (!sharing->is_shared) {
        flow_wait_done(&question->wait);
        return;
    }
    sharing->ancestry_before = x->ancestry.count;
    sharing->expires_before_s = x->expires_at_s;
    sharing->scope_before = x->scope_text;
    describe_purpose(x);
    question->book = x->call.gateway->credentials;
    question->arena = x->call.arena;
    question->kept = &sharing->kept;
    question->search = (struct credential_search){
        .now_s = x->call.now_s, .until_s = x->call.now_s + SHARED_SPARE_S, .refused = sharing->refused};
    shared_credential_key(x->call.arena, &sharing->purpose, question->search.key);
    credential_book_ask(question);
}

/* All that the exchange stands on, and then what the shared lease does as of its own time: who was killed since
 * may have a new token, but not this credential. */
static void stand_on_lease(struct exchange *x, struct text lease, int64_t issued_at_us)
{
    struct exchange_sharing *sharing = &x->sharing;
    struct standing *guards = &sharing->guards;
    sharing->lease = lease;
    shared_credential_stand(&sharing->purpose, x->call.arena, x->call.world, lease, issued_at_us,
                            &sharing->standing);
    *guards = (struct standing){.arena = x->call.arena, .world = x->call.world};
    for (size_t i = 0; i < x->standing.count; i++) {
        guards->fault = x->standing.faults[i];
        standing_add(guards, x->standing.things[i].kind, x->standing.things[i].id,
                     x->standing.things[i].issued_at_us);
    }
    guards->fault = FAULT_TOKEN_REVOKED;
    standing_add(guards, TEXT("lease"), x->call.id, 0); /* it may be killed before it is whole */
    guards->fault = FAULT_STORE_CONFLICT;               /* another try finds another */
    for (size_t i = 0; i < sharing->standing.count; i++)
        standing_add(guards, sharing->standing.things[i].kind, sharing->standing.things[i].id,
                     sharing->standing.things[i].issued_at_us);
}

static void leave_turn(struct exchange *x, int64_t again_from_s)
{
    struct exchange_sharing *sharing = &x->sharing;
    if (sharing->has_turn)
        credential_book_give_up(sharing->question.book, sharing->question.search.key, again_from_s);
    sharing->has_turn = false;
}

/* As before the question. What an earlier reservation has used up stays used up; the lease of one for which
 * nothing was made comes due by itself. */
static void start_over(struct exchange *x)
{
    struct exchange_sharing *sharing = &x->sharing;
    leave_turn(x, x->call.now_s);
    x->ancestry.count = sharing->ancestry_before;
    x->ancestry.is_too_long = false;
    x->expires_at_s = sharing->expires_before_s;
    x->scope_text = sharing->scope_before;
    x->order.id = x->call.id;
    x->order.sharing = TEXT_NONE;
    x->order.is_fresh = x->is_minted = x->is_reserved = false;
    x->reservation = (struct ledger_entry){0};
    x->assertion = x->minting = (struct credential_minting){0};
    x->entry = (struct ledger_entry){0};
    *sharing = (struct exchange_sharing){
        .refused_wait = sharing->refused_wait, .refused = sharing->refused, .rounds = sharing->rounds};
}

static enum fault take_found(struct exchange *x, bool *is_to_ask_again)
{
    struct exchange_sharing *sharing = &x->sharing;
    const struct kept_credential *kept = &sharing->kept;
    if (kept->fault != FAULT_NONE) {
        x->call.public_reason = oauth_error_quotable(x->call.arena, kept->public_reason);
        return ladder_fail(&x->call.ladder, "mint", kept->fault, document_label(x->target->document),
                           kept->public_reason);
    }
    stand_on_lease(x, kept->lease, kept->issued_at_us);
    const struct cutoff_book *book = cutoff_keeper_book(x->call.gateway->cutoffs);
    const struct standing *standing = &sharing->standing;
    if (cutoff_book_find(book, standing->things, standing->count) == NULL) {
        sharing->is_made_before = true;
        shared_credential_give(kept, x->expires_at_s, &x->minting);
        metric_add(METRIC_SHARED_FOUND, 1);
        return FAULT_NONE;
    }
    credential_book_forget(sharing->question.book, sharing->question.search.key, kept->lease);
    *is_to_ask_again = sharing->rounds++ < SHARED_ROUNDS_MAX;
    if (!*is_to_ask_again)
        return ladder_fail(&x->call.ladder, "shared", FAULT_STORE_CONFLICT, TEXT_NONE, kept->lease);
    start_over(x);
    return FAULT_NONE;
}

/* A lease of its own, which nobody's tree and no shown token is part of. */
static void prepare_lease(struct exchange *x)
{
    char *id = arena_allocate(x->call.arena, IDENTIFIER_SIZE);
    identifier_make(x->call.now_us, id);
    x->order.id = (struct text){id, IDENTIFIER_LENGTH};
    x->order.ancestry_count = 0;
    x->order.sharing = shared_credential_name(x->call.arena, x->sharing.question.search.key);
    x->order.is_fresh = x->sharing.kept.is_replacement;
    stand_on_lease(x, x->order.id, x->call.now_us);
}

enum fault exchange_complete_share(struct exchange *x, bool *is_to_ask_again)
{
    struct exchange_sharing *sharing = &x->sharing;
    const struct credential_question *question = &sharing->question;
    *is_to_ask_again = false;
    if (!sharing->is_shared)
        return FAULT_NONE;
    sharing->has_turn = question->turn == CREDENTIAL_TURN;
    if (question->turn == CREDENTIAL_FOUND)
        return take_found(x, is_to_ask_again);
    if (!sharing->has_turn && question->looked != 0) /* waited in vain */
        return ladder_fail(&x->call.ladder, "shared", FAULT_ADAPTER_BUSY, document_label(x->target->document),
                           TEXT_NONE);
    prepare_lease(x); /* also where there is no room: for this exchange alone */
    return FAULT_NONE;
}

/* --- what the adapter made --- */

bool exchange_falls_back(struct exchange *x)
{
    struct exchange_sharing *sharing = &x->sharing;
    bool is_early = sharing->has_turn && sharing->kept.lease.length != 0;
    if (!is_early || !shared_credential_is_setback(x->minting.fault))
        return false;
    leave_turn(x, x->call.now_s + SHARED_AGAIN_S);
    start_over(x);
    return true;
}

/* The adapter had it already: for another lease, of another gateway. */
static enum fault take_made_for(struct exchange *x)
{
    struct exchange_sharing *sharing = &x->sharing;
    struct text lease = x->minting.made_for;
    int64_t made_at_ms = identifier_time_ms(lease.base, lease.length);
    if (made_at_ms < 0 || (x->order.is_fresh && text_equal(lease, sharing->refused)))
        return ladder_fail(&x->call.ladder, "mint", FAULT_ADAPTER_FAILED, document_label(x->target->document),
                           lease);
    stand_on_lease(x, lease, made_at_ms * 1000);
    x->checked_epoch = (struct store_counter){0}; /* nobody has looked whether it was ended */
    shared_credential_describe(&x->minting, lease, made_at_ms * 1000, made_at_ms / 1000, &sharing->kept);
    return FAULT_NONE;
}

enum fault exchange_take_shared(struct exchange *x)
{
    struct exchange_sharing *sharing = &x->sharing;
    if (!sharing->is_shared)
        return FAULT_NONE;
    if (x->minting.made_for.length != 0)
        TRY(take_made_for(x));
    else if (!sharing->is_made_before)
        shared_credential_describe(&x->minting, x->order.id, x->call.now_us, x->order.expires_at_s,
                                   &sharing->kept);
    if (!sharing->is_made_before)
        sharing->kept.is_replacement = x->order.is_fresh;
    if (sharing->kept.expires_at_s < x->expires_at_s)
        x->expires_at_s = sharing->kept.expires_at_s;
    ancestry_add(&x->ancestry, "lease", sharing->lease);
    if (x->ancestry.is_too_long)
        return ladder_fail(&x->call.ladder, "ancestry", FAULT_ANCESTRY_TOO_LONG, TEXT_NONE, sharing->lease);
    return FAULT_NONE;
}

/* --- what is stored --- */

static void describe_own_lease(struct exchange *x, struct store_lease *lease)
{
    struct exchange_sharing *sharing = &x->sharing;
    struct standing rest;
    shared_credential_rest(&sharing->standing, &x->standing, x->call.id, x->root, &rest);
    *lease = (struct store_lease){
        .id = x->call.id,
        .state = TEXT("live"),
        .adapter = x->adapter->name,
        .target = x->target->document->name,
        .issued_at_us = x->call.now_us,
        .expires_at_s = x->expires_at_s,
        .kept_until_s = x->expires_at_s + STORE_LEASE_KEPT_S,
        .shares = sharing->lease,
        .stands_on = rest.things,
        .stands_on_count = rest.count,
    };
}

/* Live now, or ended where another serves. */
static void settle_shared_lease(struct exchange *x, int64_t due_s)
{
    const struct exchange_sharing *sharing = &x->sharing;
    x->lease.state = TEXT("live");
    x->lease.next_attempt_at_s = due_s;
    x->lease.handle = x->minting.handle;
    x->lease.fingerprint = x->minting.fingerprint;
    x->lease.expires_at_s = sharing->kept.expires_at_s;
    if (x->minting.made_for.length != 0)
        shared_credential_end_unmade(&x->lease);
}

/* Ends the one that the other side refused: its adapter withdraws it. */
static void end_refused(struct exchange *x, struct ledger_entry *entry)
{
    if (!x->order.is_fresh)
        return;
    x->sharing.ended = (struct store_cutoff){.kind = TEXT("lease"),
                                             .id = x->sharing.refused,
                                             .at_us = x->call.now_us,
                                             .expires_at_s = x->order.expires_at_s + STORE_LEASE_KEPT_S,
                                             .reason = TEXT("the other side answered 401"),
                                             .record = x->call.id};
    entry->transaction.cutoffs = &x->sharing.ended;
    entry->transaction.cutoff_count = 1;
}

void exchange_write_shared(struct exchange *x, struct ledger_entry *entry)
{
    struct exchange_sharing *sharing = &x->sharing;
    int64_t due_s = x->expires_at_s + SHARED_KEPT_S;
    describe_own_lease(x, &sharing->leases[0]);
    entry->transaction.leases = sharing->leases;
    entry->transaction.lease_count = 1;
    if (x->is_reserved) {
        settle_shared_lease(x, due_s);
        sharing->leases[1] = x->lease;
        entry->transaction.lease_count = 2;
    }
    end_refused(x, entry);
    bool is_own = x->is_reserved && x->minting.made_for.length == 0;
    if (due_s <= sharing->kept.due_s)
        return;
    sharing->kept.due_s = due_s;
    if (is_own)
        return;
    sharing->share = (struct store_share){sharing->lease, due_s};
    entry->transaction.shares = &sharing->share;
    entry->transaction.share_count = 1;
}

/* --- what became of it --- */

bool exchange_shares_again(struct exchange *x, const struct ledger_entry *entry)
{
    struct exchange_sharing *sharing = &x->sharing;
    const struct store_transaction *transaction = &entry->transaction;
    bool is_anothers = sharing->is_made_before || x->minting.made_for.length != 0;
    bool is_dead = transaction->is_share_stale || (transaction->cut_off_by != NULL &&
                                                   standing_has(&sharing->standing, transaction->cut_off_by));
    if (!sharing->is_shared || x->call.fault != FAULT_NONE || !is_anothers || !is_dead)
        return false;
    credential_book_forget(sharing->question.book, sharing->question.search.key, sharing->lease);
    if (sharing->rounds++ >= SHARED_ROUNDS_MAX)
        return false;
    start_over(x);
    return true;
}

static void keep_refusal(struct exchange *x)
{
    struct exchange_sharing *sharing = &x->sharing;
    const struct kept_credential refusal = {.fault = x->minting.fault,
                                            .public_reason = x->minting.public_reason,
                                            .expires_at_s = x->call.now_s + SHARED_REFUSAL_S};
    credential_book_keep(sharing->question.book, sharing->question.search.key, &refusal);
    sharing->has_turn = false;
}

void exchange_end_sharing(struct exchange *x)
{
    struct exchange_sharing *sharing = &x->sharing;
    const struct credential_question *question = &sharing->question;
    bool is_stored = x->call.fault == FAULT_NONE && x->entry.fault == FAULT_NONE && x->is_minted;
    if (is_stored && x->is_reserved && sharing->has_turn && x->minting.made_for.length == 0)
        metric_add(METRIC_SHARED_MADE, 1);
    if (is_stored && sharing->has_turn) {
        credential_book_keep(question->book, question->search.key, &sharing->kept);
        sharing->has_turn = false;
    } else if (is_stored && sharing->share.until_s != 0) {
        credential_book_extend(question->book, question->search.key, sharing->lease, sharing->share.until_s);
    } else if (sharing->has_turn && x->minting.fault == FAULT_ADAPTER_REFUSED) {
        keep_refusal(x);
    } else if (sharing->has_turn && x->minting.fault == FAULT_CONNECTION_MISSING) {
        credential_book_forget(question->book, question->search.key, sharing->kept.lease);
    }
    leave_turn(x, x->call.now_s + SHARED_AGAIN_S);
}

void exchange_forget_sharing(struct exchange *x)
{
    if (x->sharing.is_shared)
        start_over(x);
    else
        x->sharing.question.wait = (struct flow_wait){0};
}

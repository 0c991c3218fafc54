/* The rules are shared_credential.c's; here is the walk. What was found and turns out to be dead is forgotten,
 * and asked for again. */
#include "exchange/credential_sharing.h"

#include "base/random.h"
#include "runtime/metrics.h"

void credential_sharing_ask(struct credential_sharing *sharing, const struct call *call, struct text refused)
{
    struct credential_question *question = &sharing->question;
    if (!sharing->is_shared) {
        flow_wait_done(&question->wait);
        return;
    }
    question->book = call->gateway->credentials;
    question->arena = call->arena;
    question->kept = &sharing->kept;
    question->search = (struct credential_search){
        .now_s = call->now_s, .until_s = call->now_s + SHARED_SPARE_S, .refused = refused};
    shared_credential_key(call->arena, &sharing->purpose, question->search.key);
    sharing->name = shared_credential_name(call->arena, question->search.key);
    credential_book_ask(question);
}

static void leave_turn(struct credential_sharing *sharing, int64_t again_from_s)
{
    if (sharing->has_turn)
        credential_book_give_up(sharing->question.book, sharing->question.search.key, again_from_s);
    sharing->has_turn = false;
}

void credential_sharing_start_over(struct credential_sharing *sharing, int64_t again_from_s)
{
    leave_turn(sharing, again_from_s);
    *sharing = (struct credential_sharing){.rounds = sharing->rounds};
}

static void stand_on_lease(struct credential_sharing *sharing, const struct call *call, struct text lease,
                           int64_t issued_at_us)
{
    sharing->lease = lease;
    shared_credential_stand(&sharing->purpose, call->arena, call->world, lease, issued_at_us,
                            &sharing->standing);
}

static enum fault take_found(struct credential_sharing *sharing, const struct call *call, bool *is_to_ask_again)
{
    const struct kept_credential *kept = &sharing->kept;
    if (kept->fault != FAULT_NONE)
        return kept->fault;
    stand_on_lease(sharing, call, kept->lease, kept->issued_at_us);
    const struct cutoff_book *book = cutoff_keeper_book(call->gateway->cutoffs);
    if (cutoff_book_find(book, sharing->standing.things, sharing->standing.count) == NULL) {
        sharing->is_made_before = true;
        metric_add(METRIC_SHARED_FOUND, 1);
        return FAULT_NONE;
    }
    credential_book_forget(sharing->question.book, sharing->question.search.key, kept->lease);
    *is_to_ask_again = sharing->rounds++ < SHARED_ROUNDS_MAX;
    if (!*is_to_ask_again)
        return FAULT_STORE_CONFLICT;
    credential_sharing_start_over(sharing, call->now_s);
    return FAULT_NONE;
}

/* A new lease is one of its own, which nobody's tree and no shown token is part of. */
enum fault credential_sharing_complete(struct credential_sharing *sharing, const struct call *call,
                                       bool *is_to_ask_again)
{
    const struct credential_question *question = &sharing->question;
    *is_to_ask_again = false;
    if (!sharing->is_shared)
        return FAULT_NONE;
    sharing->has_turn = question->turn == CREDENTIAL_TURN;
    if (question->turn == CREDENTIAL_FOUND)
        return take_found(sharing, call, is_to_ask_again);
    if (!sharing->has_turn && question->looked != 0) /* waited in vain */
        return FAULT_ADAPTER_BUSY;
    /* Also where there is no room: then for this use alone. */
    char *id = arena_allocate(call->arena, IDENTIFIER_SIZE);
    identifier_make(call->now_us, id);
    stand_on_lease(sharing, call, (struct text){id, IDENTIFIER_LENGTH}, call->now_us);
    return FAULT_NONE;
}

bool credential_sharing_falls_back(struct credential_sharing *sharing, const struct credential_minting *minting,
                                   int64_t now_s)
{
    bool is_early = sharing->has_turn && sharing->kept.lease.length != 0;
    if (!is_early || !shared_credential_is_setback(minting->fault))
        return false;
    credential_sharing_start_over(sharing, now_s + SHARED_AGAIN_S);
    return true;
}

enum fault credential_sharing_take(struct credential_sharing *sharing, const struct call *call,
                                   const struct credential_order *order,
                                   const struct credential_minting *minting)
{
    struct text lease = sharing->lease;
    int64_t issued_at_us = call->now_us, reserved_until_s = order->expires_at_s;
    if (minting->made_for.length != 0) { /* the adapter had it already: for another lease, of another gateway */
        lease = minting->made_for;
        int64_t made_at_ms = identifier_time_ms(lease.base, lease.length);
        if (made_at_ms < 0 || (order->is_fresh && text_equal(lease, sharing->question.search.refused)))
            return FAULT_ADAPTER_FAILED;
        issued_at_us = made_at_ms * 1000;
        reserved_until_s = made_at_ms / 1000;
        stand_on_lease(sharing, call, lease, issued_at_us);
    }
    shared_credential_describe(minting, lease, issued_at_us, reserved_until_s, &sharing->kept);
    sharing->kept.is_replacement = order->is_fresh;
    return FAULT_NONE;
}

/* --- what is stored --- */

/* Live now, or ended where another serves. */
static void settle_reserved(const struct credential_sharing *sharing, const struct credential_minting *minting,
                            int64_t due_s, struct store_lease *shared)
{
    shared->state = TEXT("live");
    shared->next_attempt_at_s = due_s;
    shared->handle = minting->handle;
    shared->fingerprint = minting->fingerprint;
    shared->expires_at_s = sharing->kept.expires_at_s;
    if (minting->made_for.length != 0)
        shared_credential_end_unmade(shared);
}

void credential_sharing_write(struct credential_sharing *sharing, const struct store_lease *own,
                              const struct standing *standing, struct text root,
                              const struct store_lease *reserved, const struct credential_minting *minting,
                              struct ledger_entry *entry)
{
    int64_t due_s = own->expires_at_s + SHARED_KEPT_S;
    struct standing rest;
    shared_credential_rest(&sharing->standing, standing, own->id, root, &rest);
    sharing->leases[0] = *own;
    sharing->leases[0].shares = sharing->lease;
    sharing->leases[0].stands_on = rest.things;
    sharing->leases[0].stands_on_count = rest.count;
    entry->transaction.leases = sharing->leases;
    entry->transaction.lease_count = 1;
    if (reserved != NULL) {
        sharing->leases[1] = *reserved;
        settle_reserved(sharing, minting, due_s, &sharing->leases[1]);
        entry->transaction.lease_count = 2;
    }
    if (due_s <= sharing->kept.due_s)
        return;
    sharing->kept.due_s = due_s;
    if (reserved != NULL && minting->made_for.length == 0)
        return;
    sharing->share = (struct store_share){sharing->lease, sharing->name, due_s};
    entry->transaction.shares = &sharing->share;
    entry->transaction.share_count = 1;
}

bool credential_sharing_leaves(const struct credential_sharing *sharing,
                               const struct credential_minting *minting)
{
    return sharing->is_shared && minting->made_for.length == 0;
}

/* --- what became of it --- */

bool credential_sharing_is_dead(struct credential_sharing *sharing, const struct ledger_entry *entry,
                                const struct credential_minting *minting)
{
    const struct store_transaction *transaction = &entry->transaction;
    bool is_anothers = sharing->is_made_before || minting->made_for.length != 0;
    bool is_dead = transaction->is_share_stale || (transaction->cut_off_by != NULL &&
                                                   standing_has(&sharing->standing, transaction->cut_off_by));
    if (!sharing->is_shared || !is_anothers || !is_dead)
        return false;
    credential_book_forget(sharing->question.book, sharing->question.search.key, sharing->lease);
    if (sharing->rounds++ >= SHARED_ROUNDS_MAX)
        return false;
    credential_sharing_start_over(sharing, 0);
    return true;
}

enum fault credential_sharing_fault(const struct ledger_entry *entry, const struct credential_minting *minting)
{
    bool is_of_another = entry->transaction.is_share_stale && minting->made_for.length != 0;
    return is_of_another ? FAULT_ADAPTER_FAILED : entry->fault;
}

static void keep_refusal(struct credential_sharing *sharing, const struct credential_minting *minting,
                         int64_t now_s)
{
    const struct kept_credential refusal = {.fault = minting->fault,
                                            .public_reason = minting->public_reason,
                                            .expires_at_s = now_s + SHARED_REFUSAL_S};
    credential_book_keep(sharing->question.book, sharing->question.search.key, &refusal);
    sharing->has_turn = false;
}

void credential_sharing_end(struct credential_sharing *sharing, bool is_stored,
                            const struct credential_minting *minting, int64_t now_s)
{
    const struct credential_question *question = &sharing->question;
    if (is_stored && sharing->has_turn) {
        metric_add(METRIC_SHARED_MADE, minting->made_for.length == 0 ? 1 : 0);
        credential_book_keep(question->book, question->search.key, &sharing->kept);
        sharing->has_turn = false;
    } else if (is_stored && sharing->share.until_s != 0) {
        credential_book_extend(question->book, question->search.key, sharing->lease, sharing->share.until_s);
    } else if (sharing->has_turn && credential_is_refused(minting->fault)) {
        keep_refusal(sharing, minting, now_s);
    } else if (sharing->has_turn && minting->fault == FAULT_CONNECTION_MISSING) {
        credential_book_forget(question->book, question->search.key, sharing->kept.lease);
    }
    leave_turn(sharing, now_s + SHARED_AGAIN_S);
}

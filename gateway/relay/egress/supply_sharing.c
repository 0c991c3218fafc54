/* The rules are those of an exchange (exchange/shared_credential.h); the purpose is read from the record of the
 * credential that calls. */
#include "supply_sharing.h"

#include "base/random.h"
#include "relay/recorded_claims.h"
#include "runtime/metrics.h"

static void describe_purpose(struct supply_sharing *sharing, const struct relayed_call *x)
{
    const struct call *call = &x->call;
    const struct json_value *record = x->credential.record, *chain = json_member(record, TEXT("chain"));
    size_t count = chain == NULL ? 0 : chain->count;
    struct identity *actors = ARENA_ARRAY(call->arena, struct identity, count + 1);
    size_t i = 0;
    for (const struct json_value *one = chain == NULL ? NULL : chain->first; one != NULL; one = one->next)
        actors[i++] = identity_read(one);
    bool shows_root = x->target->document->target.hand_over.assertion_audience.length != 0;
    sharing->purpose = (struct shared_purpose){
        .target = x->target,
        .adapter = x->target->egress_adapter,
        .is_egress = true,
        .subject = identity_read(json_member(record, TEXT("subject"))),
        .actors = actors,
        .actor_count = count,
        .client_id = call->caller->client_id,
        .account = call->caller->account,
        .caller = call->caller->identity,
        .scope = json_text_of(record, "scope_given"),
        .details = recorded_details(record),
        .root = shows_root ? json_text_of(record, "root") : TEXT_NONE,
        .task = shows_root ? json_text_of(record, "task") : TEXT_NONE,
        .consent = x->consent.id,
    };
}

void supply_sharing_ask(struct supply_sharing *sharing, const struct relayed_call *x, struct text refused)
{
    struct credential_question *question = &sharing->question;
    sharing->is_shared = shared_credential_is_wanted(x->target->egress_adapter);
    if (!sharing->is_shared) {
        flow_wait_done(&question->wait);
        return;
    }
    describe_purpose(sharing, x);
    question->book = x->call.gateway->credentials;
    question->arena = x->call.arena;
    question->kept = &sharing->kept;
    question->search = (struct credential_search){
        .now_s = x->call.now_s, .until_s = x->call.now_s + SHARED_SPARE_S, .refused = refused};
    shared_credential_key(x->call.arena, &sharing->purpose, question->search.key);
    credential_book_ask(question);
}

static void leave_turn(struct supply_sharing *sharing, int64_t again_from_s)
{
    if (sharing->has_turn)
        credential_book_give_up(sharing->question.book, sharing->question.search.key, again_from_s);
    sharing->has_turn = false;
}

static void start_over(struct supply_sharing *sharing)
{
    *sharing = (struct supply_sharing){.rounds = sharing->rounds};
}

static void stand_on_lease(struct supply_sharing *sharing, const struct relayed_call *x, struct text lease,
                           int64_t issued_at_us)
{
    sharing->lease = lease;
    shared_credential_stand(&sharing->purpose, x->call.arena, x->call.world, lease, issued_at_us,
                            &sharing->standing);
}

static enum fault take_found(struct supply_sharing *sharing, struct relayed_call *x, bool *is_to_ask_again)
{
    const struct kept_credential *kept = &sharing->kept;
    if (kept->fault != FAULT_NONE) {
        x->call.public_reason = kept->public_reason;
        return kept->fault;
    }
    stand_on_lease(sharing, x, kept->lease, kept->issued_at_us);
    const struct cutoff_book *book = cutoff_keeper_book(x->call.gateway->cutoffs);
    if (cutoff_book_find(book, sharing->standing.things, sharing->standing.count) == NULL) {
        sharing->is_made_before = true;
        metric_add(METRIC_SHARED_FOUND, 1);
        return FAULT_NONE;
    }
    credential_book_forget(sharing->question.book, sharing->question.search.key, kept->lease);
    *is_to_ask_again = sharing->rounds++ < SHARED_ROUNDS_MAX;
    if (!*is_to_ask_again)
        return FAULT_STORE_CONFLICT;
    start_over(sharing);
    return FAULT_NONE;
}

enum fault supply_sharing_complete(struct supply_sharing *sharing, struct relayed_call *x,
                                   bool *is_to_ask_again)
{
    const struct credential_question *question = &sharing->question;
    *is_to_ask_again = false;
    if (!sharing->is_shared)
        return FAULT_NONE;
    sharing->has_turn = question->turn == CREDENTIAL_TURN;
    if (question->turn == CREDENTIAL_FOUND)
        return take_found(sharing, x, is_to_ask_again);
    if (!sharing->has_turn && question->looked != 0)
        return FAULT_ADAPTER_BUSY;
    char *id = arena_allocate(x->call.arena, IDENTIFIER_SIZE);
    identifier_make(x->call.now_us, id);
    stand_on_lease(sharing, x, (struct text){id, IDENTIFIER_LENGTH}, x->call.now_us);
    return FAULT_NONE;
}

bool supply_sharing_falls_back(struct supply_sharing *sharing, const struct credential_minting *minting,
                               int64_t now_s)
{
    bool is_early = sharing->has_turn && sharing->kept.lease.length != 0;
    if (!is_early || !shared_credential_is_setback(minting->fault))
        return false;
    leave_turn(sharing, now_s + SHARED_AGAIN_S);
    start_over(sharing);
    return true;
}

enum fault supply_sharing_take(struct supply_sharing *sharing, const struct relayed_call *x,
                               const struct credential_order *order, const struct credential_minting *minting)
{
    struct text lease = minting->made_for.length != 0 ? minting->made_for : sharing->lease;
    int64_t issued_at_us = x->call.now_us, reserved_until_s = order->expires_at_s;
    if (minting->made_for.length != 0) {
        issued_at_us = identifier_time_ms(lease.base, lease.length) * 1000;
        if (issued_at_us < 0 || text_equal(lease, sharing->question.search.refused))
            return FAULT_ADAPTER_FAILED;
        reserved_until_s = issued_at_us / 1000000;
        stand_on_lease(sharing, x, lease, issued_at_us);
    }
    shared_credential_describe(minting, lease, issued_at_us, reserved_until_s, &sharing->kept);
    sharing->kept.is_replacement = order->is_fresh;
    return FAULT_NONE;
}

/* --- what is stored --- */

void supply_sharing_write(struct supply_sharing *sharing, const struct store_lease *own,
                          const struct standing *standing, struct text root, const struct store_lease *reserved,
                          const struct credential_minting *minting, struct ledger_entry *entry)
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
        struct store_lease *shared = &sharing->leases[1];
        *shared = *reserved;
        shared->state = TEXT("live");
        shared->next_attempt_at_s = due_s;
        shared->handle = minting->handle;
        shared->fingerprint = minting->fingerprint;
        shared->expires_at_s = sharing->kept.expires_at_s;
        if (minting->made_for.length != 0)
            shared_credential_end_unmade(shared);
        entry->transaction.lease_count = 2;
    }
    if (due_s <= sharing->kept.due_s)
        return;
    sharing->kept.due_s = due_s;
    if (reserved != NULL && minting->made_for.length == 0)
        return;
    sharing->share = (struct store_share){sharing->lease, due_s};
    entry->transaction.shares = &sharing->share;
    entry->transaction.share_count = 1;
}

/* --- what became of it --- */

bool supply_sharing_is_dead(struct supply_sharing *sharing, const struct ledger_entry *entry,
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
    leave_turn(sharing, 0);
    start_over(sharing);
    return true;
}

void supply_sharing_end(struct supply_sharing *sharing, bool is_stored,
                        const struct credential_minting *minting, int64_t now_s)
{
    const struct credential_question *question = &sharing->question;
    if (is_stored && sharing->has_turn) {
        metric_add(METRIC_SHARED_MADE, minting->made_for.length == 0 ? 1 : 0);
        credential_book_keep(question->book, question->search.key, &sharing->kept);
        sharing->has_turn = false;
    } else if (is_stored && sharing->share.until_s != 0) {
        credential_book_extend(question->book, question->search.key, sharing->lease, sharing->share.until_s);
    } else if (sharing->has_turn && minting->fault == FAULT_ADAPTER_REFUSED) {
        const struct kept_credential refusal = {.fault = minting->fault,
                                                .public_reason = minting->public_reason,
                                                .expires_at_s = now_s + SHARED_REFUSAL_S};
        credential_book_keep(question->book, question->search.key, &refusal);
        sharing->has_turn = false;
    } else if (sharing->has_turn && minting->fault == FAULT_CONNECTION_MISSING) {
        credential_book_forget(question->book, question->search.key, sharing->kept.lease);
    }
    leave_turn(sharing, now_s + SHARED_AGAIN_S);
}

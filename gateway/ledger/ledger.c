/* Puts a record and what must become durable with it into one store transaction, and says in faults what came
 * of it. Called by the exchange, by revocation and by every administrative change. */
#include "ledger/ledger.h"

#include "runtime/metrics.h"
#include "waiting_record.h"

static enum fault fault_of(const struct store_transaction *transaction)
{
    if (transaction->fault != FAULT_NONE)
        return transaction->fault;
    switch (transaction->outcome) {
    case STORE_STORED:
        return FAULT_NONE;
    case STORE_REPLAYED:
        return FAULT_ASSERTION_REPLAYED;
    case STORE_CUT_OFF:
        return FAULT_TOKEN_REVOKED;
    case STORE_STALE:
        return FAULT_STORE_CONFLICT;
    }
    return FAULT_INTERNAL;
}

void ledger_entry_begin(struct ledger_entry *entry, struct arena *arena, const struct record *record)
{
    if (record != NULL) {
        entry->sealed = record_seal(arena, record);
        entry->transaction.records = &entry->sealed;
        entry->transaction.record_count = 1;
    }
    entry->transaction.single_uses = entry->single_uses;
}

void ledger_entry_use_once(struct ledger_entry *entry, struct text kind, struct text issuer, struct text client,
                           struct text value, int64_t expires_at_s)
{
    INVARIANT(entry->transaction.single_use_count < LEDGER_SINGLE_USES_MAX);
    struct store_single_use *use = &entry->single_uses[entry->transaction.single_use_count++];
    const struct text key[] = {kind, issuer, client, value};
    digest_parts(key, sizeof(key) / sizeof(key[0]), use->digest);
    use->expires_at_s = expires_at_s + LEDGER_SINGLE_USE_KEPT_S;
}

void ledger_entry_take_turn(struct ledger_entry *entry, const struct store_single_use *turn)
{
    INVARIANT(entry->transaction.single_use_count < LEDGER_SINGLE_USES_MAX);
    entry->single_uses[entry->transaction.single_use_count++] = *turn;
}

static void count(const struct store_transaction *transaction)
{
    bool has_failed = transaction->fault != FAULT_NONE;
    if (has_failed && transaction->record_count != 0)
        metric_add(METRIC_RECORD_WRITE_FAILURES, 1);
    if (!has_failed && transaction->outcome == STORE_REPLAYED)
        metric_add(METRIC_REPLAYS_REJECTED, 1);
}

static void finish_append(struct store_transaction *transaction)
{
    struct ledger_entry *entry = transaction->context;
    waiting_record_end(&entry->waiting);
    count(transaction);
    entry->fault = fault_of(transaction);
    flow_wait_done(&entry->wait);
}

void ledger_append(struct store *store, struct ledger_entry *entry)
{
    entry->transaction.done = finish_append;
    entry->transaction.context = entry;
    if (entry->transaction.record_count != 0)
        waiting_record_begin(&entry->waiting);
    store_submit(store, &entry->transaction);
}

enum fault ledger_append_and_wait(struct store *store, struct ledger_entry *entry)
{
    store_submit_and_wait(store, &entry->transaction);
    entry->fault = fault_of(&entry->transaction);
    return entry->fault;
}

static void finish_liveness(struct store_query *query)
{
    struct ledger_liveness *liveness = query->context;
    liveness->fault = query->fault;
    liveness->is_cut_off = query->is_cut_off;
    flow_wait_done(&liveness->wait);
}

void ledger_check_liveness(struct store *store, const struct cutoff_keeper *keeper,
                           const struct store_guard *guards, size_t count, struct ledger_liveness *liveness)
{
    const struct cutoff_book *book = cutoff_keeper_book(keeper);
    if (cutoff_book_epoch(book).number != 0 && cutoff_keeper_is_fresh(keeper)) {
        liveness->is_cut_off = cutoff_book_find(book, guards, count) != NULL;
        flow_wait_done(&liveness->wait);
        return;
    }
    liveness->query = (struct store_query){.kind = STORE_QUERY_CUT_OFF,
                                           .guards = guards,
                                           .guard_count = count,
                                           .done = finish_liveness,
                                           .context = liveness};
    store_find(store, &liveness->query);
}

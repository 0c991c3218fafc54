/* Writes store transactions into one database transaction. Order within one: what may refuse it first (guards,
 * then expectations and single-use values), and the counters last, so that nothing can fail behind their
 * change. */
#include "sqlite/batch.h"

#include <string.h>

#include "base/log.h"
#include "base/random.h"
#include "engine.h"

static const char *const batch_sql[BATCH_STATEMENTS] = {
    /* The write lock is taken at the start: one that is only asked for at the first write can fail half way. */
    [BATCH_BEGIN] = "BEGIN IMMEDIATE",
    [BATCH_COMMIT] = "COMMIT",
    [BATCH_SAVEPOINT] = "SAVEPOINT item",
    [BATCH_UNDO] = "ROLLBACK TO item",
    [BATCH_RELEASE] = "RELEASE item",
    [BATCH_FIND_CUTOFF] = "SELECT 1 FROM cutoff WHERE kind = ?1 AND id = ?2 AND (stands = 1 OR at_us >= ?3)",
    [BATCH_USE_ONCE] = "INSERT INTO single_use (digest, expires_at) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
    [BATCH_ADD_RECORD] =
        "INSERT INTO record (period, id, at_us, kind, outcome, reason, root, parent, team, client,"
        " actor, subject, target, expires_at, hash, canonical)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
    [BATCH_ADD_TO_PERIOD] = "INSERT INTO period (period, records) VALUES (?1, ?2)"
                            " ON CONFLICT (period) DO UPDATE SET records = records + excluded.records",
    [BATCH_CUT_OFF] =
        "INSERT INTO cutoff (kind, id, killed_epoch, at_us, expires_at, stands, reason, record, epoch, mark)"
        " VALUES (?1, ?2, ?8, ?3, iif(?5 = 1, 0, ?4), ?5, ?6, ?7, ?8, ?9)",
    [BATCH_LIFT] =
        "UPDATE cutoff SET stands = 0, expires_at = ?3, lift_reason = ?4, lift_record = ?5, epoch = ?6,"
        " mark = ?7 WHERE kind = ?1 AND id = ?2 AND stands = 1",
    [BATCH_FIND_DOCUMENT] = "SELECT generation FROM document WHERE kind = ?1 AND name = ?2",
    [BATCH_PUT_DOCUMENT] =
        "INSERT INTO document (kind, name, team, body, generation) VALUES (?1, ?2, ?3, ?4, ?5)"
        " ON CONFLICT (kind, name) DO UPDATE SET team = excluded.team, body = excluded.body,"
        " generation = excluded.generation",
    [BATCH_DELETE_DOCUMENT] = "DELETE FROM document WHERE kind = ?1 AND name = ?2",
    [BATCH_PUT_KEY] =
        "INSERT INTO signing_key (id, algorithm, state, sealed, public_jwk, created_at,"
        " activate_at, retire_at, remove_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
        " ON CONFLICT (id) DO UPDATE SET algorithm = excluded.algorithm, state = excluded.state,"
        " sealed = excluded.sealed, public_jwk = excluded.public_jwk, created_at = excluded.created_at,"
        " activate_at = excluded.activate_at, retire_at = excluded.retire_at, remove_at = excluded.remove_at"
        " WHERE signing_key.state <> 'revoked'", /* what was revoked never comes back */
    [BATCH_READ_COUNTERS] =
        "SELECT value, generation_mark, epoch, epoch_mark, key_revision, key_mark FROM generation",
    [BATCH_SET_COUNTERS] =
        "UPDATE generation SET value = ?1, generation_mark = ?2, epoch = ?3, epoch_mark = ?4,"
        " key_revision = ?5, key_mark = ?6",
};

enum fault batch_prepare(struct batch *batch, struct database *database)
{
    *batch = (struct batch){.database = database, .clock = expiry_clock_start()};
    TRY(database_prepare(database, batch_sql, BATCH_STATEMENTS, batch->statements));
    TRY(held_rows_prepare(&batch->held, database));
    TRY(state_rows_prepare(&batch->states, database));
    return lease_rows_prepare(&batch->leases, database);
}

void batch_dispose(struct batch *batch)
{
    database_finalize(batch->statements, BATCH_STATEMENTS);
    held_rows_dispose(&batch->held);
    state_rows_dispose(&batch->states);
    lease_rows_dispose(&batch->leases);
}

static enum fault run(struct batch *batch, enum batch_statement statement)
{
    return database_run(batch->database, batch->statements[statement]);
}

enum fault batch_begin(struct batch *batch)
{
    batch->period_records = 0;
    TRY(run(batch, BATCH_BEGIN));
    SCOPED_STATEMENT counters = batch->statements[BATCH_READ_COUNTERS];
    bool has_row;
    TRY(database_step(batch->database, counters, &has_row));
    batch->counters =
        (struct store_counters){statement_column_counter(counters, 0), statement_column_counter(counters, 2),
                                statement_column_counter(counters, 4)};
    batch->begun_with = batch->counters;
    batch->now_s = expiry_clock_now_s(&batch->clock);
    return FAULT_NONE;
}

static enum fault check_guard(struct batch *batch, const struct store_guard *guard,
                              struct store_transaction *transaction)
{
    SCOPED_STATEMENT statement = batch->statements[BATCH_FIND_CUTOFF];
    statement_bind_text(statement, 1, guard->kind);
    statement_bind_text(statement, 2, guard->id);
    statement_bind_integer(statement, 3, guard->issued_at_us);
    bool is_cut_off;
    TRY(database_step(batch->database, statement, &is_cut_off));
    if (is_cut_off) {
        transaction->outcome = STORE_CUT_OFF;
        transaction->cut_off_by = guard;
    }
    return FAULT_NONE;
}

/* A value past its time may have been used and forgotten, whatever its submitter's clock said: by the clock
 * that forgets it is used. */
static enum fault use_once(struct batch *batch, const struct store_single_use *use, enum store_outcome *outcome)
{
    SCOPED_STATEMENT statement = batch->statements[BATCH_USE_ONCE];
    statement_bind_blob(statement, 1, use->digest, sizeof(use->digest));
    statement_bind_integer(statement, 2, use->expires_at_s);
    TRY(database_run(batch->database, statement));
    if (sqlite3_changes(batch->database->handle) == 0 || use->expires_at_s < batch->now_s)
        *outcome = STORE_REPLAYED;
    return FAULT_NONE;
}

static enum fault add_record(struct batch *batch, const struct store_record *record)
{
    SCOPED_STATEMENT statement = batch->statements[BATCH_ADD_RECORD];
    const struct text texts[] = {record->kind,    record->outcome, record->reason, record->root,
                                 record->parent,  record->team,    record->client, record->actor,
                                 record->subject, record->target};
    int64_t period = store_period(record->id);
    if (period >= 0) /* otherwise NULL, which the table refuses */
        statement_bind_integer(statement, 1, period);
    statement_bind_text(statement, 2, record->id);
    statement_bind_integer(statement, 3, record->at_us);
    for (int i = 0; i < (int)(sizeof(texts) / sizeof(texts[0])); i++)
        statement_bind_text(statement, 4 + i, texts[i]);
    statement_bind_integer(statement, 14, record->expires_at_s);
    statement_bind_blob(statement, 15, record->hash, sizeof(record->hash));
    statement_bind_blob(statement, 16, record->canonical.base, record->canonical.length);
    return database_run(batch->database, statement);
}

static enum fault lift(struct batch *batch, const struct store_cutoff *cutoff, enum store_outcome *outcome)
{
    SCOPED_STATEMENT statement = batch->statements[BATCH_LIFT];
    statement_bind_text(statement, 1, cutoff->kind);
    statement_bind_text(statement, 2, cutoff->id);
    statement_bind_integer(statement, 3, cutoff->expires_at_s);
    statement_bind_text(statement, 4, cutoff->reason);
    statement_bind_text(statement, 5, cutoff->record);
    statement_bind_counter(statement, 6, batch->next.epoch);
    TRY(database_run(batch->database, statement));
    if (sqlite3_changes(batch->database->handle) == 0)
        *outcome = STORE_STALE;
    return FAULT_NONE;
}

static enum fault cut_off(struct batch *batch, const struct store_cutoff *cutoff)
{
    SCOPED_STATEMENT statement = batch->statements[BATCH_CUT_OFF];
    statement_bind_text(statement, 1, cutoff->kind);
    statement_bind_text(statement, 2, cutoff->id);
    statement_bind_integer(statement, 3, cutoff->at_us);
    statement_bind_integer(statement, 4, cutoff->expires_at_s);
    statement_bind_integer(statement, 5, cutoff->stands);
    statement_bind_text(statement, 6, cutoff->reason);
    statement_bind_text(statement, 7, cutoff->record);
    statement_bind_counter(statement, 8, batch->next.epoch);
    return database_run(batch->database, statement);
}

/* Compare-and-swap: whoever changes a document says which one they have seen. */
static enum fault expect_document(struct batch *batch, const struct store_document *document,
                                  enum store_outcome *outcome)
{
    if (document->expected_generation < 0)
        return FAULT_NONE;
    SCOPED_STATEMENT statement = batch->statements[BATCH_FIND_DOCUMENT];
    statement_bind_text(statement, 1, document->kind);
    statement_bind_text(statement, 2, document->name);
    bool exists;
    TRY(database_step(batch->database, statement, &exists));
    int64_t generation = exists ? sqlite3_column_int64(statement, 0) : 0;
    if (generation != document->expected_generation)
        *outcome = STORE_STALE;
    return FAULT_NONE;
}

static enum fault change_document(struct batch *batch, const struct store_document *document)
{
    bool is_deletion = document->body.base == NULL;
    SCOPED_STATEMENT statement = batch->statements[is_deletion ? BATCH_DELETE_DOCUMENT : BATCH_PUT_DOCUMENT];
    statement_bind_text(statement, 1, document->kind);
    statement_bind_text(statement, 2, document->name);
    if (!is_deletion) {
        statement_bind_text(statement, 3, document->team);
        statement_bind_text(statement, 4, document->body);
        statement_bind_integer(statement, 5, batch->next.generation.number);
    }
    return database_run(batch->database, statement);
}

static enum fault put_key(struct batch *batch, const struct store_key *key)
{
    SCOPED_STATEMENT statement = batch->statements[BATCH_PUT_KEY];
    statement_bind_text(statement, 1, key->id);
    statement_bind_text(statement, 2, key->algorithm);
    statement_bind_text(statement, 3, key->state);
    statement_bind_blob(statement, 4, key->sealed.base, key->sealed.length);
    statement_bind_text(statement, 5, key->public_jwk);
    statement_bind_integer(statement, 6, key->created_at_s);
    statement_bind_integer(statement, 7, key->activate_at_s);
    statement_bind_integer(statement, 8, key->retire_at_s);
    statement_bind_integer(statement, 9, key->remove_at_s);
    return database_run(batch->database, statement);
}

/* What can refuse the transaction. It stops at the first refusal; versions, states, leases, single-use values
 * and lifts written before it are undone. */
static enum fault check(struct batch *batch, struct store_transaction *transaction)
{
    enum store_outcome *outcome = &transaction->outcome;
    *outcome = STORE_STORED;
    bool knows_cutoffs = store_counter_equal(transaction->checked_epoch, batch->counters.epoch);
    for (size_t i = 0; !knows_cutoffs && i < transaction->guard_count && *outcome == STORE_STORED; i++)
        TRY(check_guard(batch, &transaction->guards[i], transaction));
    for (size_t i = 0; i < transaction->version_count && *outcome == STORE_STORED; i++)
        TRY(held_rows_bump(&batch->held, transaction, &transaction->versions[i], batch->now_s));
    for (size_t i = 0; i < transaction->state_count && *outcome == STORE_STORED; i++)
        TRY(state_rows_change(&batch->states, transaction, &transaction->states[i], batch->now_s));
    for (size_t i = 0; i < transaction->share_count && *outcome == STORE_STORED; i++) {
        TRY(lease_rows_keep(&batch->leases, &transaction->shares[i], outcome));
        transaction->is_share_stale = *outcome == STORE_STALE;
    }
    for (size_t i = 0; i < transaction->lease_count && *outcome == STORE_STORED; i++)
        TRY(lease_rows_write(&batch->leases, &transaction->leases[i], outcome));
    for (size_t i = 0; i < transaction->document_count && *outcome == STORE_STORED; i++)
        TRY(expect_document(batch, &transaction->documents[i], outcome));
    for (size_t i = 0; i < transaction->single_use_count && *outcome == STORE_STORED; i++)
        TRY(use_once(batch, &transaction->single_uses[i], outcome));
    for (size_t i = 0; i < transaction->cutoff_count && *outcome == STORE_STORED; i++)
        if (transaction->cutoffs[i].is_lift)
            TRY(lift(batch, &transaction->cutoffs[i], outcome));
    return FAULT_NONE;
}

static size_t count_counted(const struct store_transaction *transaction)
{
    return transaction->document_count + transaction->cutoff_count + transaction->key_count;
}

static struct store_counter counter_after(struct store_counter now, bool moves)
{
    if (!moves)
        return now;
    struct store_counter next = {.number = now.number + 1};
    random_bytes(&next.mark, sizeof(next.mark));
    return next;
}

/* What the counters will be, for the rows that bear them. */
static void plan_counters(struct batch *batch, const struct store_transaction *transaction)
{
    batch->next.generation = counter_after(batch->counters.generation, transaction->document_count != 0);
    batch->next.epoch = counter_after(batch->counters.epoch, transaction->cutoff_count != 0);
    batch->next.key_revision = counter_after(batch->counters.key_revision, transaction->key_count != 0);
}

static enum fault move_counters(struct batch *batch, const struct store_transaction *transaction)
{
    if (count_counted(transaction) == 0)
        return FAULT_NONE;
    SCOPED_STATEMENT statement = batch->statements[BATCH_SET_COUNTERS];
    statement_bind_counter(statement, 1, batch->next.generation);
    statement_bind_counter(statement, 3, batch->next.epoch);
    statement_bind_counter(statement, 5, batch->next.key_revision);
    TRY(database_run(batch->database, statement));
    batch->counters = batch->next;
    return FAULT_NONE;
}

static enum fault write_rows(struct batch *batch, const struct store_transaction *transaction)
{
    for (size_t i = 0; i < transaction->record_count; i++)
        TRY(add_record(batch, &transaction->records[i]));
    TRY(held_rows_write(&batch->held, transaction));
    for (size_t i = 0; i < transaction->use_count; i++)
        TRY(state_rows_add_use(&batch->states, &transaction->uses[i]));
    for (size_t i = 0; i < transaction->cutoff_count; i++)
        if (!transaction->cutoffs[i].is_lift)
            TRY(cut_off(batch, &transaction->cutoffs[i]));
    for (size_t i = 0; i < transaction->key_count; i++)
        TRY(put_key(batch, &transaction->keys[i]));
    for (size_t i = 0; i < transaction->document_count; i++)
        TRY(change_document(batch, &transaction->documents[i]));
    return move_counters(batch, transaction);
}

static size_t count_plain(const struct store_transaction *transaction)
{
    return transaction->record_count + transaction->single_use_count + transaction->version_count +
           transaction->holding_count + transaction->tally_count + transaction->state_count +
           transaction->use_count + transaction->share_count;
}

/* A new lease beside at most one record, as an API key leaves: taken back by hand if the record is refused. A
 * savepoint copies every page that is written after it, which costs as much as all the rest of the lease. */
static bool has_lease_to_take_back(const struct store_transaction *transaction)
{
    return transaction->lease_count == 1 && transaction->leases[0].revision == 0 &&
           transaction->leases[0].stands_on_count == 0 && count_counted(transaction) == 0 &&
           count_plain(transaction) == transaction->record_count && transaction->record_count <= 1;
}

static enum fault store_whole(struct batch *batch, struct store_transaction *transaction)
{
    plan_counters(batch, transaction);
    TRY(check(batch, transaction));
    if (transaction->outcome != STORE_STORED)
        return FAULT_NONE;
    enum fault fault = write_rows(batch, transaction);
    bool is_undone_by_hand = has_lease_to_take_back(transaction) && database_refused_row(batch->database);
    if (fault != FAULT_NONE && is_undone_by_hand)
        TRY(lease_rows_take_back(&batch->leases, &transaction->leases[0]));
    return fault;
}

/* A failed statement leaves no trace of its own, so only what writes several rows needs a way back. */
static bool needs_savepoint(const struct store_transaction *transaction)
{
    return !has_lease_to_take_back(transaction) &&
           count_plain(transaction) + 2 * (count_counted(transaction) + transaction->lease_count) > 1;
}

static enum fault flush_period(struct batch *batch)
{
    if (batch->period_records == 0)
        return FAULT_NONE;
    SCOPED_STATEMENT statement = batch->statements[BATCH_ADD_TO_PERIOD];
    statement_bind_integer(statement, 1, batch->period);
    statement_bind_integer(statement, 2, batch->period_records);
    batch->period_records = 0;
    return database_run(batch->database, statement);
}

/* Counted once per batch and period rather than per record; around midnight a batch has two. */
static enum fault count_record(struct batch *batch, int64_t period)
{
    if (period != batch->period)
        TRY(flush_period(batch));
    batch->period = period;
    batch->period_records++;
    return FAULT_NONE;
}

enum fault batch_add(struct batch *batch, struct store_transaction *transaction)
{
    bool has_savepoint = needs_savepoint(transaction);
    if (has_savepoint)
        TRY(run(batch, BATCH_SAVEPOINT));
    enum fault fault = store_whole(batch, transaction);
    if (fault != FAULT_NONE && !database_refused_row(batch->database))
        return fault;
    if (fault != FAULT_NONE)
        LOG(LOG_ERROR, "store_row_refused", log_text("reason", text_of(database_message(batch->database))));
    bool is_stored = fault == FAULT_NONE && transaction->outcome == STORE_STORED;
    if (has_savepoint && !is_stored)
        TRY(run(batch, BATCH_UNDO));
    if (has_savepoint)
        TRY(run(batch, BATCH_RELEASE));
    for (size_t i = 0; is_stored && i < transaction->record_count; i++)
        TRY(count_record(batch, store_period(transaction->records[i].id)));
    transaction->fault = fault;
    transaction->counters = batch->counters;
    return FAULT_NONE;
}

enum fault batch_commit(struct batch *batch)
{
    TRY(flush_period(batch));
    return run(batch, BATCH_COMMIT);
}

void batch_abandon(struct batch *batch)
{
    if (sqlite3_get_autocommit(batch->database->handle) == 0)
        sqlite3_exec(batch->database->handle, "ROLLBACK", NULL, NULL, NULL);
}

bool batch_moved_counters(const struct batch *batch)
{
    return memcmp(&batch->begun_with, &batch->counters, sizeof(batch->counters)) != 0;
}

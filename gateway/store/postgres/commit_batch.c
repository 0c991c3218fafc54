/* Writes transactions into the arrays of one call to commit_records, or a single one that changes documents,
 * cutoffs, leases, keys or states into commit_change (schema/postgres), and reads the answer. Each of the two
 * has a form with what is held, and one with that and what adapters need, so that who brings nothing of it pays
 * nothing for who does. */
#include "postgres/commit_batch.h"

#include <endian.h>
#include <stdio.h>
#include <string.h>

#include "engine.h"
#include "postgres/commit_rows.h"

/* A transaction with more than these goes alone, through the function that has no limit. */
enum { RECORDS_MAX = BATCH_TRANSACTIONS_MAX, SINGLE_USES_MAX = 64, VERSIONS_MAX = 64, LEASES_MAX = 1 };

/* Behind the arrays of the first three types stands the epoch: its number and its mark. */
enum { EPOCH_AT = ROW_GUARD + 1, EPOCH_PARAMETERS = 2, PARAMETERS_MAX = ROW_TYPES + EPOCH_PARAMETERS };

#define COUNTER_COLUMNS                                                                                        \
    "(counters).generation, (counters).generation_mark, (counters).epoch, (counters).epoch_mark,"              \
    " (counters).key_revision, (counters).key_mark"
#define FIRST_PARAMETERS                                                                                       \
    "$1::record_row[], $2::single_use_row[], $3::guard_row[], $4::int8, $5::int8, $6::cutoff_row[]"

struct commit_statement {
    const char *name, *sql;
    size_t count; /* of arrays */
    enum row_type arrays[ROW_TYPES];
};

static const struct commit_statement commit_records = {
    "commit_records",
    "SELECT has_moved, cut_off, cut_off_by, replayed, " COUNTER_COLUMNS " FROM commit_records(" FIRST_PARAMETERS
    ")",
    4,
    {ROW_RECORD, ROW_SINGLE_USE, ROW_GUARD, ROW_CUTOFF}};

static const struct commit_statement commit_decided = {
    "commit_decided",
    "SELECT has_moved, cut_off, cut_off_by, replayed, " COUNTER_COLUMNS
    ", stale FROM commit_decided(" FIRST_PARAMETERS ", $7::bump_row[], $8::holding_row[], $9::tally_row[])",
    7,
    {ROW_RECORD, ROW_SINGLE_USE, ROW_GUARD, ROW_CUTOFF, ROW_BUMP, ROW_HOLDING, ROW_TALLY}};

static const struct commit_statement commit_issued = {
    "commit_issued",
    "SELECT has_moved, cut_off, cut_off_by, replayed, " COUNTER_COLUMNS
    ", stale, doubled FROM commit_issued(" FIRST_PARAMETERS
    ", $7::bump_row[], $8::holding_row[], $9::tally_row[], $10::issued_row[], $11::issued_thing_row[],"
    " $12::use_row[])",
    10,
    {ROW_RECORD, ROW_SINGLE_USE, ROW_GUARD, ROW_CUTOFF, ROW_BUMP, ROW_HOLDING, ROW_TALLY, ROW_ISSUED,
     ROW_ISSUED_THING, ROW_USE}};

static const struct commit_statement commit_shared = {
    "commit_shared",
    "SELECT has_moved, cut_off, cut_off_by, replayed, " COUNTER_COLUMNS
    ", stale, doubled, ended FROM commit_shared(" FIRST_PARAMETERS
    ", $7::bump_row[], $8::holding_row[], $9::tally_row[], $10::issued_row[], $11::issued_thing_row[],"
    " $12::use_row[], $13::share_row[])",
    11,
    {ROW_RECORD, ROW_SINGLE_USE, ROW_GUARD, ROW_CUTOFF, ROW_BUMP, ROW_HOLDING, ROW_TALLY, ROW_ISSUED,
     ROW_ISSUED_THING, ROW_USE, ROW_SHARE}};

static const struct commit_statement commit_change = {
    "commit_change",
    "SELECT outcome, cut_off_by, " COUNTER_COLUMNS " FROM commit_change(" FIRST_PARAMETERS
    ", NULL, $7::lease_row[], $8::lease_thing_row[], $9::document_row[], $10::signing_key_row[])",
    8,
    {ROW_RECORD, ROW_SINGLE_USE, ROW_GUARD, ROW_CUTOFF, ROW_LEASE, ROW_LEASE_THING, ROW_DOCUMENT,
     ROW_SIGNING_KEY}};

static const struct commit_statement change_decided = {
    "change_decided",
    "SELECT outcome, cut_off_by, " COUNTER_COLUMNS ", is_version_stale FROM change_decided(" FIRST_PARAMETERS
    ", $7::lease_row[], $8::lease_thing_row[], $9::document_row[], $10::signing_key_row[], $11::bump_row[],"
    " $12::holding_row[], $13::tally_row[])",
    11,
    {ROW_RECORD, ROW_SINGLE_USE, ROW_GUARD, ROW_CUTOFF, ROW_LEASE, ROW_LEASE_THING, ROW_DOCUMENT,
     ROW_SIGNING_KEY, ROW_BUMP, ROW_HOLDING, ROW_TALLY}};

static const struct commit_statement change_adapters = {
    "change_adapters",
    "SELECT outcome, cut_off_by, " COUNTER_COLUMNS ", is_version_stale, stale_state, versions, fences"
    " FROM change_adapters(" FIRST_PARAMETERS
    ", $7::lease_row[], $8::lease_thing_row[], $9::document_row[], $10::signing_key_row[], $11::bump_row[],"
    " $12::holding_row[], $13::tally_row[], $14::state_row[], $15::use_row[])",
    13,
    {ROW_RECORD, ROW_SINGLE_USE, ROW_GUARD, ROW_CUTOFF, ROW_LEASE, ROW_LEASE_THING, ROW_DOCUMENT,
     ROW_SIGNING_KEY, ROW_BUMP, ROW_HOLDING, ROW_TALLY, ROW_STATE, ROW_USE}};

static const struct commit_statement change_shared = {
    "change_shared",
    "SELECT outcome, cut_off_by, " COUNTER_COLUMNS ", is_version_stale, stale_state, versions, fences,"
    " is_share_stale FROM change_shared(" FIRST_PARAMETERS
    ", $7::lease_row[], $8::lease_thing_row[], $9::document_row[], $10::signing_key_row[], $11::bump_row[],"
    " $12::holding_row[], $13::tally_row[], $14::state_row[], $15::use_row[], $16::share_row[])",
    14,
    {ROW_RECORD, ROW_SINGLE_USE, ROW_GUARD, ROW_CUTOFF, ROW_LEASE, ROW_LEASE_THING, ROW_DOCUMENT,
     ROW_SIGNING_KEY, ROW_BUMP, ROW_HOLDING, ROW_TALLY, ROW_STATE, ROW_USE, ROW_SHARE}};

enum {
    COLUMN_HAS_MOVED,
    COLUMN_CUT_OFF,
    COLUMN_CUT_OFF_BY,
    COLUMN_REPLAYED,
    COLUMN_COUNTERS,
    COLUMN_STALE = COLUMN_COUNTERS + 6,
    COLUMN_DOUBLED,
    COLUMN_ENDED
};
enum {
    CHANGE_COLUMN_OUTCOME,
    CHANGE_COLUMN_CUT_OFF_BY,
    CHANGE_COLUMN_COUNTERS,
    CHANGE_COLUMN_STALE = CHANGE_COLUMN_COUNTERS + 6,
    CHANGE_COLUMN_STALE_STATE,
    CHANGE_COLUMN_VERSIONS,
    CHANGE_COLUMN_FENCES,
    CHANGE_COLUMN_SHARE_STALE
};

bool commit_batch_prepare(PGconn *server)
{
    const struct commit_statement *const statements[] = {&commit_records,  &commit_decided, &commit_issued,
                                                         &commit_shared,   &commit_change,  &change_decided,
                                                         &change_adapters, &change_shared};
    if (PQsendPrepare(server, "open_period", "SELECT open_period($1::int4)", 1, NULL) != 1)
        return false;
    for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++)
        if (PQsendPrepare(server, statements[i]->name, statements[i]->sql,
                          (int)statements[i]->count + EPOCH_PARAMETERS, NULL) != 1)
            return false;
    return true;
}

/* Ends one thing that nothing has ended yet. Of those the server can say for many at once who comes too late:
 * an earlier one of the batch that is refused itself was refused because the thing had ended before. */
static bool is_revocation(const struct store_transaction *transaction)
{
    if (transaction->cutoff_count != 1 || transaction->guard_count != 1 || transaction->single_use_count != 0)
        return false;
    const struct store_cutoff *cutoff = transaction->cutoffs;
    const struct store_guard *guard = transaction->guards;
    return !cutoff->stands && !cutoff->is_lift && guard->issued_at_us == 0 &&
           text_equal(cutoff->kind, guard->kind) && text_equal(cutoff->id, guard->id);
}

/* New leases stand together with other transactions; one that is changed is somebody's who waits for it. */
static bool changes_lease(const struct store_transaction *transaction)
{
    for (size_t i = 0; i < transaction->lease_count; i++)
        if (transaction->leases[i].revision != 0)
            return true;
    return transaction->lease_count > LEASES_MAX;
}

static bool is_change(const struct store_transaction *transaction)
{
    return (transaction->cutoff_count != 0 && !is_revocation(transaction)) ||
           transaction->document_count + transaction->key_count + transaction->state_count != 0 ||
           changes_lease(transaction) || transaction->record_count > RECORDS_MAX ||
           transaction->single_use_count > SINGLE_USES_MAX || transaction->version_count > VERSIONS_MAX;
}

static bool uses_a_value_twice(const struct store_transaction *transaction)
{
    for (size_t i = 1; i < transaction->single_use_count; i++)
        for (size_t j = 0; j < i; j++)
            if (memcmp(transaction->single_uses[i].digest, transaction->single_uses[j].digest,
                       STORE_HASH_SIZE) == 0)
                return true;
    return false;
}

static bool bumps_a_scope_twice(const struct store_transaction *transaction)
{
    for (size_t i = 1; i < transaction->version_count; i++)
        for (size_t j = 0; j < i; j++)
            if (text_equal(transaction->versions[i].scope, transaction->versions[j].scope))
                return true;
    return false;
}

enum fault commit_batch_check(struct store_transaction *transaction)
{
    for (size_t i = 0; i < transaction->record_count; i++) {
        int64_t period = store_period(transaction->records[i].id);
        if (period < 0 || period > INT32_MAX)
            return FAULT_STORE_UNAVAILABLE;
    }
    if (transaction->single_use_count <= SINGLE_USES_MAX && uses_a_value_twice(transaction))
        transaction->outcome = STORE_REPLAYED;
    if (bumps_a_scope_twice(transaction)) {
        transaction->outcome = STORE_STALE;
        transaction->is_version_stale = true;
    }
    return FAULT_NONE;
}

void commit_batch_begin(struct commit_batch *batch, const struct server_link *connection)
{
    claims_begin(&batch->values);
    claims_begin(&batch->scopes);
    batch->count = batch->follower_count = batch->bytes = 0;
    batch->is_change = batch->has_answer = batch->has_moved = batch->omits_guards = false;
    batch->state[0] = batch->message[0] = '\0';
    batch->syncs = 0;
    batch->periods.length = 0;
    for (enum row_type type = 0; type < ROW_TYPES; type++)
        row_array_begin(&batch->arrays[type], server_link_type(connection, type));
}

void commit_batch_dispose(struct commit_batch *batch)
{
    for (enum row_type type = 0; type < ROW_TYPES; type++)
        row_array_dispose(&batch->arrays[type]);
    buffer_dispose(&batch->periods);
}

/* --- values used once, scopes bumped once --- */

static struct text value_of(const struct store_single_use *use)
{
    return (struct text){(const char *)use->digest, STORE_HASH_SIZE};
}

static bool find_leader(const struct commit_batch *batch, const struct store_transaction *transaction,
                        struct commit_follower *follower)
{
    for (size_t i = 0; i < transaction->single_use_count; i++)
        if (claims_find(&batch->values, value_of(&transaction->single_uses[i]), &follower->leader))
            return true;
    follower->wants_scope = true;
    for (size_t i = 0; i < transaction->version_count; i++)
        if (claims_find(&batch->scopes, transaction->versions[i].scope, &follower->leader))
            return true;
    return false;
}

static void note_claims(struct commit_batch *batch, const struct store_transaction *transaction)
{
    for (size_t i = 0; i < transaction->single_use_count; i++)
        claims_add(&batch->values, value_of(&transaction->single_uses[i]), batch->count);
    for (size_t i = 0; i < transaction->version_count; i++)
        claims_add(&batch->scopes, transaction->versions[i].scope, batch->count);
}

static bool is_full(const struct commit_batch *batch, const struct store_transaction *transaction)
{
    return batch->is_change || is_change(transaction) || batch->count == BATCH_TRANSACTIONS_MAX ||
           batch->follower_count == BATCH_TRANSACTIONS_MAX || batch->bytes >= BATCH_BYTES_MAX ||
           batch->arrays[ROW_RECORD].rows + transaction->record_count > RECORDS_MAX ||
           batch->values.count + transaction->single_use_count > CLAIMS_MAX ||
           batch->scopes.count + transaction->version_count > CLAIMS_MAX;
}

bool commit_batch_add(struct commit_batch *batch, struct waiting waiting)
{
    struct store_transaction *transaction = waiting.item;
    struct commit_follower follower = {.waiting = waiting};
    if (batch->count != 0 && is_full(batch, transaction))
        return false;
    if (find_leader(batch, transaction, &follower)) {
        batch->followers[batch->follower_count++] = follower;
        return true;
    }
    transaction->outcome = STORE_STORED; /* it may have been refused in a batch that was given up */
    transaction->is_version_stale = transaction->is_share_stale = false;
    transaction->cut_off_by = NULL;
    transaction->stale_state = NULL;
    batch->is_change = is_change(transaction);
    if (!batch->is_change)
        note_claims(batch, transaction);
    commit_rows_write(batch, transaction);
    batch->transactions[batch->count++] = waiting;
    return true;
}

/* --- there and back --- */

static bool is_known(const struct commit_batch *batch, int32_t period)
{
    for (size_t i = 0; i < BATCH_PERIODS_KNOWN; i++)
        if (batch->known_periods[i] == period + 1)
            return true;
    return false;
}

/* In a transaction of its own in front of the batch: it waits for nobody and is there once and for all. */
static bool send_period(struct commit_batch *batch, struct server_link *connection, int32_t period)
{
    uint32_t number = htobe32((uint32_t)period);
    const char *value = (const char *)&number;
    int length = sizeof(number), format = 1;
    PGconn *server = server_link_server(connection);
    if (PQsendQueryPrepared(server, "open_period", 1, &value, &length, &format, 1) != 1)
        return false;
    batch->known_periods[batch->next_known++ % BATCH_PERIODS_KNOWN] = period + 1;
    batch->syncs++;
    server_link_sync(connection);
    return server_link_is_open(connection);
}

static bool send_periods(struct commit_batch *batch, struct server_link *connection)
{
    for (size_t i = 0; i < batch->periods.length; i += sizeof(int32_t)) {
        int32_t period;
        memcpy(&period, batch->periods.base + i, sizeof(period));
        if (!is_known(batch, period) && !send_period(batch, connection, period))
            return false;
    }
    return true;
}

static bool has_decided(const struct commit_batch *batch)
{
    return batch->arrays[ROW_BUMP].rows + batch->arrays[ROW_HOLDING].rows + batch->arrays[ROW_TALLY].rows != 0;
}

static bool has_shares(const struct commit_batch *batch)
{
    return batch->arrays[ROW_SHARE].rows != 0;
}

static bool has_adapters(const struct commit_batch *batch)
{
    return has_shares(batch) ||
           batch->arrays[ROW_ISSUED].rows + batch->arrays[ROW_USE].rows + batch->arrays[ROW_STATE].rows != 0;
}

static const struct commit_statement *statement_of(const struct commit_batch *batch)
{
    if (has_shares(batch))
        return batch->is_change ? &change_shared : &commit_shared;
    if (has_adapters(batch))
        return batch->is_change ? &change_adapters : &commit_issued;
    if (batch->is_change)
        return has_decided(batch) ? &change_decided : &commit_change;
    return has_decided(batch) ? &commit_decided : &commit_records;
}

bool commit_batch_send(struct commit_batch *batch, struct server_link *connection)
{
    const char *values[PARAMETERS_MAX];
    int lengths[PARAMETERS_MAX] = {0}, formats[PARAMETERS_MAX];
    const struct commit_statement *statement = statement_of(batch);
    const struct store_transaction *first = batch->transactions[0].item;
    struct store_counter epoch = batch->is_change ? first->checked_epoch : batch->counters.epoch;
    uint64_t epoch_bytes[EPOCH_PARAMETERS] = {htobe64((uint64_t)epoch.number), htobe64((uint64_t)epoch.mark)};
    bool asks_epoch = batch->is_change || batch->omits_guards;
    if (!send_periods(batch, connection))
        return false;
    for (size_t i = 0; i < statement->count; i++) {
        size_t at = i < EPOCH_AT ? i : i + EPOCH_PARAMETERS;
        values[at] = row_array_value(&batch->arrays[statement->arrays[i]], &lengths[at]);
    }
    for (int i = 0; i < EPOCH_PARAMETERS; i++) {
        values[EPOCH_AT + i] = asks_epoch ? (const char *)&epoch_bytes[i] : NULL;
        lengths[EPOCH_AT + i] = sizeof(epoch_bytes[i]);
    }
    int count = (int)statement->count + EPOCH_PARAMETERS;
    for (int i = 0; i < count; i++)
        formats[i] = 1;
    if (PQsendQueryPrepared(server_link_server(connection), statement->name, count, values, lengths, formats,
                            1) != 1)
        return false;
    batch->syncs++;
    server_link_sync(connection);
    return true;
}

static uint32_t number_at(const char *bytes)
{
    uint32_t number;
    memcpy(&number, bytes, sizeof(number));
    return be32toh(number);
}

static bool is_true(const PGresult *result, int column)
{
    return !PQgetisnull(result, 0, column) && PQgetvalue(result, 0, column)[0] != 0;
}

static struct store_counter counter_at(const PGresult *result, int column)
{
    uint64_t number, mark;
    memcpy(&number, PQgetvalue(result, 0, column), sizeof(number));
    memcpy(&mark, PQgetvalue(result, 0, column + 1), sizeof(mark));
    return (struct store_counter){(int64_t)be64toh(number), (int64_t)be64toh(mark)};
}

/* An element of integer[]: behind 20 bytes of header each is its length, 4, and its 4 bytes. */
enum { ARRAY_HEADER_SIZE = 20, ARRAY_STEP = 8 };

static size_t array_length(const PGresult *result, int column)
{
    int length = PQgetisnull(result, 0, column) ? 0 : PQgetlength(result, 0, column);
    return length <= ARRAY_HEADER_SIZE ? 0 : (size_t)(length - ARRAY_HEADER_SIZE) / ARRAY_STEP;
}

static uint32_t array_item(const PGresult *result, int column, size_t item)
{
    return number_at(PQgetvalue(result, 0, column) + ARRAY_HEADER_SIZE + ARRAY_STEP * item + 4);
}

static struct store_transaction *transaction_at(struct commit_batch *batch, uint32_t position)
{
    INVARIANT(position < batch->count);
    return batch->transactions[position].item;
}

static void refuse_guarded(struct store_transaction *transaction, uint32_t guard)
{
    INVARIANT(guard < transaction->guard_count);
    transaction->outcome = STORE_CUT_OFF;
    transaction->cut_off_by = &transaction->guards[guard];
}

static void take_counters(struct commit_batch *batch, const PGresult *result, int column)
{
    batch->counters = (struct store_counters){counter_at(result, column), counter_at(result, column + 2),
                                              counter_at(result, column + 4)};
}

static void take_records(struct commit_batch *batch, const PGresult *result)
{
    take_counters(batch, result, COLUMN_COUNTERS);
    batch->has_moved = is_true(result, COLUMN_HAS_MOVED);
    batch->sends_all_guards = batch->has_moved;
    for (size_t i = 0; i < array_length(result, COLUMN_CUT_OFF); i++)
        refuse_guarded(transaction_at(batch, array_item(result, COLUMN_CUT_OFF, i)),
                       array_item(result, COLUMN_CUT_OFF_BY, i));
    for (size_t i = 0; i < array_length(result, COLUMN_REPLAYED); i++)
        transaction_at(batch, array_item(result, COLUMN_REPLAYED, i))->outcome = STORE_REPLAYED;
    bool has_stale = has_decided(batch) || has_adapters(batch);
    for (size_t i = 0; has_adapters(batch) && i < array_length(result, COLUMN_DOUBLED); i++)
        transaction_at(batch, array_item(result, COLUMN_DOUBLED, i))->outcome = STORE_STALE;
    for (size_t i = 0; has_shares(batch) && i < array_length(result, COLUMN_ENDED); i++) {
        struct store_transaction *ended = transaction_at(batch, array_item(result, COLUMN_ENDED, i));
        ended->outcome = STORE_STALE;
        ended->is_share_stale = true;
    }
    for (size_t i = 0; has_stale && i < array_length(result, COLUMN_STALE); i++) {
        struct store_transaction *stale = transaction_at(batch, array_item(result, COLUMN_STALE, i));
        stale->outcome = STORE_STALE;
        stale->is_version_stale = true;
        stale->is_share_stale = false; /* that is looked at behind it */
    }
}

/* An element of bigint[]: its length, 4, and its 8 bytes. */
static int64_t big_array_item(const PGresult *result, int column, size_t item)
{
    uint64_t number;
    size_t at = ARRAY_HEADER_SIZE + item * (4 + sizeof(number)) + 4;
    INVARIANT((size_t)PQgetlength(result, 0, column) >= at + sizeof(number));
    memcpy(&number, PQgetvalue(result, 0, column) + at, sizeof(number));
    return (int64_t)be64toh(number);
}

static void take_states(struct store_transaction *transaction, const PGresult *result)
{
    if (!PQgetisnull(result, 0, CHANGE_COLUMN_STALE_STATE)) {
        uint32_t position = number_at(PQgetvalue(result, 0, CHANGE_COLUMN_STALE_STATE));
        INVARIANT(position < transaction->state_count);
        transaction->stale_state = &transaction->states[position];
    }
    for (size_t i = 0; transaction->outcome == STORE_STORED && i < transaction->state_count; i++) {
        transaction->states[i].version = big_array_item(result, CHANGE_COLUMN_VERSIONS, i);
        transaction->states[i].new_fence = big_array_item(result, CHANGE_COLUMN_FENCES, i);
    }
}

static void take_change(struct commit_batch *batch, const PGresult *result)
{
    struct store_transaction *transaction = transaction_at(batch, 0);
    take_counters(batch, result, CHANGE_COLUMN_COUNTERS);
    transaction->outcome = (enum store_outcome)number_at(PQgetvalue(result, 0, CHANGE_COLUMN_OUTCOME));
    bool has_stale = has_decided(batch) || has_adapters(batch);
    transaction->is_version_stale = has_stale && is_true(result, CHANGE_COLUMN_STALE);
    transaction->is_share_stale = has_shares(batch) && is_true(result, CHANGE_COLUMN_SHARE_STALE);
    if (has_adapters(batch))
        take_states(transaction, result);
    if (transaction->outcome == STORE_CUT_OFF)
        refuse_guarded(transaction, number_at(PQgetvalue(result, 0, CHANGE_COLUMN_CUT_OFF_BY)));
}

static void take_answer(struct commit_batch *batch, const PGresult *result)
{
    if (batch->is_change)
        take_change(batch, result);
    else
        take_records(batch, result);
    batch->has_answer = true;
}

/* The first thing that failed is the reason for what fails behind it. */
static void note_failure(struct commit_batch *batch, const PGresult *result)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    if (batch->state[0] != '\0' || PQresultStatus(result) == PGRES_PIPELINE_ABORTED)
        return;
    snprintf(batch->state, sizeof(batch->state), "%s", state != NULL ? state : "XX000");
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    snprintf(batch->message, sizeof(batch->message), "%s", message != NULL ? message : "");
}

bool commit_batch_take(struct commit_batch *batch, const PGresult *result)
{
    switch (PQresultStatus(result)) {
    case PGRES_PIPELINE_SYNC:
        return --batch->syncs == 0;
    case PGRES_TUPLES_OK:
        if (batch->syncs == 1) /* those before are of periods */
            take_answer(batch, result);
        return false;
    default:
        note_failure(batch, result);
        return false;
    }
}

bool commit_batch_failed(const struct commit_batch *batch)
{
    return batch->state[0] != '\0' || !batch->has_answer;
}

void commit_batch_forget_periods(struct commit_batch *batch)
{
    memset(batch->known_periods, 0, sizeof(batch->known_periods));
}

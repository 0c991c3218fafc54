/* Writes transactions into the arrays of one call to commit_records, or a single one that changes documents,
 * cutoffs or keys into commit_change (schema/postgres), and reads the answer. */
#include "postgres/commit_batch.h"

#include <endian.h>
#include <stdio.h>
#include <string.h>

#include "engine.h"
#include "postgres/commit_rows.h"

/* A transaction with more than these goes alone, through the function that has no limit. */
enum { RECORDS_MAX = BATCH_TRANSACTIONS_MAX, SINGLE_USES_MAX = 64 };

/* The parameters are the arrays in the order of enum row_type, but for the epoch behind the guards: its number
 * and its mark. */
enum {
    EPOCH_AT = ROW_GUARD + 1,
    EPOCH_PARAMETERS = 2,
    RECORDS_PARAMETERS = ROW_CUTOFF + 1 + EPOCH_PARAMETERS,
    CHANGE_PARAMETERS = ROW_TYPES + EPOCH_PARAMETERS
};

#define COUNTER_COLUMNS                                                                                        \
    "(counters).generation, (counters).generation_mark, (counters).epoch, (counters).epoch_mark,"              \
    " (counters).key_revision, (counters).key_mark"

static const struct {
    const char *name, *sql;
    int parameters;
} statements[] = {
    {"open_period", "SELECT open_period($1::int4)", 1},
    {"commit_records",
     "SELECT has_moved, cut_off, cut_off_by, replayed, " COUNTER_COLUMNS
     " FROM commit_records($1::record_row[], $2::single_use_row[], $3::guard_row[], $4::int8, $5::int8,"
     " $6::cutoff_row[])",
     RECORDS_PARAMETERS},
    {"commit_change",
     "SELECT outcome, cut_off_by, " COUNTER_COLUMNS
     " FROM commit_change($1::record_row[], $2::single_use_row[], $3::guard_row[], $4::int8, $5::int8,"
     " $6::cutoff_row[], $7::version_row[], $8::lease_row[], $9::lease_thing_row[], $10::document_row[],"
     " $11::signing_key_row[])",
     CHANGE_PARAMETERS},
};

enum { COLUMN_HAS_MOVED, COLUMN_CUT_OFF, COLUMN_CUT_OFF_BY, COLUMN_REPLAYED, COLUMN_COUNTERS };
enum { CHANGE_COLUMN_OUTCOME, CHANGE_COLUMN_CUT_OFF_BY, CHANGE_COLUMN_COUNTERS };

bool commit_batch_prepare(PGconn *server)
{
    for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++)
        if (PQsendPrepare(server, statements[i].name, statements[i].sql, statements[i].parameters, NULL) != 1)
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

static bool is_change(const struct store_transaction *transaction)
{
    return (transaction->cutoff_count != 0 && !is_revocation(transaction)) ||
           transaction->document_count + transaction->key_count + transaction->version_count +
                   transaction->lease_count !=
               0 ||
           transaction->record_count > RECORDS_MAX || transaction->single_use_count > SINGLE_USES_MAX;
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

enum fault commit_batch_check(const struct store_transaction *transaction, enum store_outcome *outcome)
{
    *outcome = STORE_STORED;
    for (size_t i = 0; i < transaction->record_count; i++) {
        int64_t period = store_period(transaction->records[i].id);
        if (period < 0 || period > INT32_MAX)
            return FAULT_STORE_UNAVAILABLE;
    }
    if (transaction->single_use_count <= SINGLE_USES_MAX && uses_a_value_twice(transaction))
        *outcome = STORE_REPLAYED;
    return FAULT_NONE;
}

void commit_batch_begin(struct commit_batch *batch, const struct server_link *connection)
{
    if (batch->digest_count != 0)
        memset(batch->slots, 0, sizeof(batch->slots));
    batch->count = batch->follower_count = batch->digest_count = batch->bytes = 0;
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

/* --- values used once --- */

/* Where the digest is, or would be. They are hashes, so their first bytes are as good as any hash of them. */
static uint16_t *find_slot(struct commit_batch *batch, const unsigned char *digest)
{
    uint32_t start;
    memcpy(&start, digest, sizeof(start));
    for (size_t i = start % BATCH_SLOTS;; i = (i + 1) % BATCH_SLOTS) {
        uint16_t *slot = &batch->slots[i];
        if (*slot == 0 || memcmp(batch->digests[*slot - 1], digest, STORE_HASH_SIZE) == 0)
            return slot;
    }
}

static bool find_leader(struct commit_batch *batch, const struct store_transaction *transaction, size_t *leader)
{
    for (size_t i = 0; i < transaction->single_use_count; i++) {
        uint16_t slot = *find_slot(batch, transaction->single_uses[i].digest);
        if (slot == 0)
            continue;
        *leader = batch->users[slot - 1];
        return true;
    }
    return false;
}

static void note_uses(struct commit_batch *batch, const struct store_transaction *transaction)
{
    for (size_t i = 0; i < transaction->single_use_count; i++) {
        const unsigned char *digest = transaction->single_uses[i].digest;
        batch->digests[batch->digest_count] = digest;
        batch->users[batch->digest_count] = (uint16_t)batch->count;
        *find_slot(batch, digest) = (uint16_t)++batch->digest_count;
    }
}

static bool is_full(const struct commit_batch *batch, const struct store_transaction *transaction)
{
    return batch->is_change || is_change(transaction) || batch->count == BATCH_TRANSACTIONS_MAX ||
           batch->follower_count == BATCH_TRANSACTIONS_MAX || batch->bytes >= BATCH_BYTES_MAX ||
           batch->arrays[ROW_RECORD].rows + transaction->record_count > RECORDS_MAX ||
           batch->digest_count + transaction->single_use_count > BATCH_SINGLE_USES_MAX;
}

bool commit_batch_add(struct commit_batch *batch, struct waiting waiting)
{
    struct store_transaction *transaction = waiting.item;
    size_t leader;
    if (batch->count != 0 && is_full(batch, transaction))
        return false;
    if (find_leader(batch, transaction, &leader)) {
        batch->followers[batch->follower_count++] = (struct commit_follower){waiting, leader};
        return true;
    }
    transaction->outcome = STORE_STORED; /* it may have been refused in a batch that was given up */
    transaction->cut_off_by = NULL;
    batch->is_change = is_change(transaction);
    if (!batch->is_change)
        note_uses(batch, transaction);
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

bool commit_batch_send(struct commit_batch *batch, struct server_link *connection)
{
    const char *values[CHANGE_PARAMETERS];
    int lengths[CHANGE_PARAMETERS] = {0}, formats[CHANGE_PARAMETERS];
    const struct store_transaction *first = batch->transactions[0].item;
    struct store_counter epoch = batch->is_change ? first->checked_epoch : batch->counters.epoch;
    uint64_t epoch_bytes[EPOCH_PARAMETERS] = {htobe64((uint64_t)epoch.number), htobe64((uint64_t)epoch.mark)};
    bool asks_epoch = batch->is_change || batch->omits_guards;
    if (!send_periods(batch, connection))
        return false;
    for (int i = 0; i < CHANGE_PARAMETERS; i++) {
        formats[i] = 1;
        if (i < EPOCH_AT || i >= EPOCH_AT + EPOCH_PARAMETERS)
            values[i] = row_array_value(&batch->arrays[i < EPOCH_AT ? i : i - EPOCH_PARAMETERS], &lengths[i]);
    }
    for (int i = 0; i < EPOCH_PARAMETERS; i++) {
        values[EPOCH_AT + i] = asks_epoch ? (const char *)&epoch_bytes[i] : NULL;
        lengths[EPOCH_AT + i] = sizeof(epoch_bytes[i]);
    }
    if (PQsendQueryPrepared(
            server_link_server(connection), batch->is_change ? "commit_change" : "commit_records",
            batch->is_change ? CHANGE_PARAMETERS : RECORDS_PARAMETERS, values, lengths, formats, 1) != 1)
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
    batch->has_moved =
        !PQgetisnull(result, 0, COLUMN_HAS_MOVED) && PQgetvalue(result, 0, COLUMN_HAS_MOVED)[0] != 0;
    batch->sends_all_guards = batch->has_moved;
    for (size_t i = 0; i < array_length(result, COLUMN_CUT_OFF); i++)
        refuse_guarded(transaction_at(batch, array_item(result, COLUMN_CUT_OFF, i)),
                       array_item(result, COLUMN_CUT_OFF_BY, i));
    for (size_t i = 0; i < array_length(result, COLUMN_REPLAYED); i++)
        transaction_at(batch, array_item(result, COLUMN_REPLAYED, i))->outcome = STORE_REPLAYED;
}

static void take_change(struct commit_batch *batch, const PGresult *result)
{
    struct store_transaction *transaction = transaction_at(batch, 0);
    take_counters(batch, result, CHANGE_COLUMN_COUNTERS);
    transaction->outcome = (enum store_outcome)number_at(PQgetvalue(result, 0, CHANGE_COLUMN_OUTCOME));
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

/* One database transaction over everything that waited for it. Each store transaction in it is stored as a
 * whole or not at all; one that is refused leaves the others alone. Not a thread and not a queue: those are
 * writer.c's. */
#ifndef STORE_SQLITE_BATCH_H
#define STORE_SQLITE_BATCH_H

#include "expiry_clock.h"
#include "sqlite/held_rows.h"
#include "sqlite/lease_rows.h"
#include "sqlite/state_rows.h"

enum batch_statement {
    BATCH_BEGIN,
    BATCH_COMMIT,
    BATCH_SAVEPOINT,
    BATCH_UNDO,
    BATCH_RELEASE,
    BATCH_FIND_CUTOFF,
    BATCH_USE_ONCE,
    BATCH_ADD_RECORD,
    BATCH_ADD_TO_PERIOD,
    BATCH_CUT_OFF,
    BATCH_LIFT,
    BATCH_FIND_DOCUMENT,
    BATCH_PUT_DOCUMENT,
    BATCH_DELETE_DOCUMENT,
    BATCH_PUT_KEY,
    BATCH_READ_COUNTERS,
    BATCH_SET_COUNTERS,
    BATCH_STATEMENTS
};

struct batch {
    struct database *database;
    sqlite3_stmt *statements[BATCH_STATEMENTS];
    struct lease_rows leases;
    struct held_rows held;
    struct state_rows states;
    struct store_counters begun_with, counters; /* as the batch found them, and with what is in it so far */
    struct store_counters next;                 /* with the transaction that is being added */
    struct expiry_clock clock;
    int64_t now_s;  /* as the batch found it */
    int64_t period; /* records added to this period are not counted in the database yet */
    int64_t period_records;
};

MUST_USE enum fault batch_prepare(struct batch *batch, struct database *database);
void batch_dispose(struct batch *batch);

/* STORE_UNAVAILABLE from any of these ends the whole batch: batch_abandon, and nothing of it is stored. */
MUST_USE enum fault batch_begin(struct batch *batch);
/* Sets the transaction's fault, outcome and counters; they hold if batch_commit succeeds. */
MUST_USE enum fault batch_add(struct batch *batch, struct store_transaction *transaction);
MUST_USE enum fault batch_commit(struct batch *batch);
void batch_abandon(struct batch *batch);
/* Whether anything in it moved a counter. */
bool batch_moved_counters(const struct batch *batch);

#endif

/* The writer thread: takes all that waits, commits it as one, hands everything back, then does the work nobody
 * waits for (checkpoint, a bite of forgetting). A batch that fails is never tried again: its submitters answer
 * that nothing was recorded, and after a failed sync nothing is written any more until the store is opened
 * anew. */
#include "sqlite/writer.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "engine.h"
#include "runtime/metrics.h"
#include "sqlite/batch.h"
#include "sqlite/inbox.h"
#include "sqlite/migration.h"
#include "sqlite/retention.h"
#include "sqlite/waker.h"
#include "state.h"
#include "store_errors.h"

/* Pages in the log: above the first a checkpoint copies what no reader needs any more; above the second it
 * waits for readers, so that the log cannot grow without end. */
enum { CHECKPOINT_PAGES = 1000, CHECKPOINT_HARD_PAGES = 16000 };

enum { NOTHING_TO_DROP = -1 };

struct writer {
    struct store *store;
    struct inbox inbox;
    struct waker waker;
    pthread_t thread;
    atomic_llong drop_before; /* a period, or NOTHING_TO_DROP */
    /* The thread's own. */
    struct database database;
    struct batch batch;
    struct retention retention;
    int log_pages;
    bool is_failing; /* said once, not for every batch */
    bool is_broken;
};

static struct store_transaction *transaction_of(struct loop_message *message)
{
    return (struct store_transaction *)((char *)message - offsetof(struct store_transaction, message));
}

static int note_log_pages(void *context, sqlite3 *handle, const char *name, int pages)
{
    (void)handle;
    (void)name;
    ((struct writer *)context)->log_pages = pages;
    return SQLITE_OK;
}

static void note_failure(struct writer *writer, const char *what)
{
    metric_add(store_error_of_code(writer->database.code), 1);
    if (database_is_broken(&writer->database))
        writer->is_broken = true;
    if (writer->is_failing)
        return;
    writer->is_failing = true;
    LOG(LOG_ERROR, "store_failing", log_text("doing", text_of(what)),
        log_text("reason", text_of(database_message(&writer->database))),
        log_number("code", writer->database.code),
        log_text("until", text_of(writer->is_broken ? "the gateway is restarted" : "it works again")));
}

static void note_success(struct writer *writer)
{
    if (writer->is_failing)
        LOG(LOG_INFO, "store_working", log_number("code", writer->database.code));
    writer->is_failing = false;
}

static enum fault commit(struct writer *writer, struct loop_message *messages)
{
    if (writer->is_broken)
        return FAULT_STORE_UNAVAILABLE;
    TRY(batch_begin(&writer->batch));
    for (struct loop_message *message = messages; message != NULL; message = message->next)
        TRY(batch_add(&writer->batch, transaction_of(message)));
    return batch_commit(&writer->batch);
}

/* Before anything is handed back, so that whoever sees an answer sees it counted. */
static void count(struct loop_message *messages)
{
    int64_t stored = 0, failed = 0;
    for (struct loop_message *message = messages; message != NULL; message = message->next) {
        const struct store_transaction *transaction = transaction_of(message);
        stored += transaction->fault == FAULT_NONE && transaction->outcome == STORE_STORED;
        failed += transaction->fault != FAULT_NONE;
    }
    metric_add(METRIC_STORE_COMMITS, stored > 0);
    metric_add(METRIC_STORE_ITEMS, stored);
    metric_add(METRIC_STORE_FAILURES, failed);
}

static void hand_back(struct loop_message *messages)
{
    for (struct loop_message *next; messages != NULL; messages = next) {
        struct store_transaction *transaction = transaction_of(messages);
        if (transaction->fault == FAULT_NONE && transaction->outcome == STORE_STORED)
            state_tell(transaction);
        next = messages->next; /* whoever it is handed to may free it */
        store_transaction_complete(transaction);
    }
}

static void work_off(struct writer *writer, struct loop_message *messages)
{
    enum fault fault = commit(writer, messages);
    if (fault == FAULT_NONE) {
        note_success(writer);
    } else if (!writer->is_broken) {
        note_failure(writer, "commit");
        batch_abandon(&writer->batch);
    }
    for (struct loop_message *message = messages; fault != FAULT_NONE && message != NULL;
         message = message->next)
        transaction_of(message)->fault = fault;
    count(messages);
    if (fault == FAULT_NONE && batch_moved_counters(&writer->batch))
        store_note_change(writer->store);
    hand_back(messages);
}

static void checkpoint(struct writer *writer)
{
    if (writer->is_broken || writer->log_pages < CHECKPOINT_PAGES)
        return;
    int mode =
        writer->log_pages < CHECKPOINT_HARD_PAGES ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_RESTART;
    int code = sqlite3_wal_checkpoint_v2(writer->database.handle, NULL, mode, NULL, NULL);
    writer->log_pages = 0; /* the next commit tells */
    if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY) {
        writer->database.code = code;
        note_failure(writer, "checkpoint");
    }
}

static bool has_to_drop(const struct writer *writer)
{
    return !writer->is_broken && atomic_load(&writer->drop_before) != NOTHING_TO_DROP;
}

static void drop(struct writer *writer)
{
    long long period = atomic_load(&writer->drop_before);
    bool is_done;
    if (retention_bite(&writer->retention, period, &is_done) != FAULT_NONE) {
        note_failure(writer, "drop");
        is_done = true; /* until it is asked for again */
    }
    if (is_done)
        atomic_compare_exchange_strong(&writer->drop_before, &period, NOTHING_TO_DROP);
}

static void *run(void *argument)
{
    struct writer *writer = argument;
    struct loop_message *messages;
    while (inbox_take(&writer->inbox, !has_to_drop(writer), &messages)) {
        if (messages != NULL)
            work_off(writer, messages);
        if (has_to_drop(writer))
            drop(writer);
        checkpoint(writer);
    }
    return NULL;
}

static void destroy(struct writer *writer)
{
    batch_dispose(&writer->batch);
    retention_dispose(&writer->retention);
    database_close(&writer->database);
    inbox_dispose(&writer->inbox);
    free(writer);
}

static enum fault prepare(struct writer *writer, char *detail)
{
    if (batch_prepare(&writer->batch, &writer->database) == FAULT_NONE &&
        retention_prepare(&writer->retention, &writer->database) == FAULT_NONE)
        return FAULT_NONE;
    snprintf(detail, STORE_DETAIL_SIZE, "preparing statements: %.150s",
             sqlite3_errmsg(writer->database.handle));
    return FAULT_STORE_UNAVAILABLE;
}

/* Signals are for the threads of the program, not for this one. */
static bool start_thread(struct writer *writer)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failure = pthread_create(&writer->thread, NULL, run, writer);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failure == 0;
}

enum fault writer_start(struct store *store, const struct store_options *options, bool migrate,
                        struct writer **out, char *detail)
{
    struct writer *writer = calloc(1, sizeof(*writer));
    INVARIANT(writer != NULL);
    writer->store = store;
    inbox_init(&writer->inbox, options->queue_limit);
    waker_init(&writer->waker, &writer->inbox);
    atomic_init(&writer->drop_before, NOTHING_TO_DROP);
    enum fault fault = database_open(&writer->database, options->sqlite_path,
                                     migrate ? DATABASE_WRITER : DATABASE_VERIFIER, detail);
    if (fault == FAULT_NONE)
        fault = migration_run(&writer->database, sqlite_migrations, sqlite_migration_count, migrate, detail);
    if (fault == FAULT_NONE)
        fault = prepare(writer, detail);
    if (fault != FAULT_NONE) {
        destroy(writer);
        return fault;
    }
    sqlite3_wal_hook(writer->database.handle, note_log_pages, writer);
    INVARIANT(start_thread(writer));
    *out = writer;
    return FAULT_NONE;
}

void writer_stop(struct writer *writer)
{
    waker_dispose(&writer->waker);
    inbox_close(&writer->inbox);
    pthread_join(writer->thread, NULL);
    destroy(writer);
}

void writer_submit(struct writer *writer, struct store_transaction *transaction)
{
    if (inbox_add(&writer->inbox, &transaction->message)) {
        waker_wake_after_turn(&writer->waker, transaction->loop);
        return;
    }
    transaction->fault = FAULT_STORE_UNAVAILABLE;
    metric_add(METRIC_STORE_FAILURES, 1);
    store_transaction_complete(transaction);
}

void writer_drop_before(struct writer *writer, int64_t period)
{
    atomic_store(&writer->drop_before, period);
    inbox_poke(&writer->inbox);
}

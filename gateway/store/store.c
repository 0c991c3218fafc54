/* The store's front: presets, the way back to the submitter, and the blocking forms. What makes things durable
 * is an engine's (engine.h). Called by the ledger, the key ring and everything that reads. */
#include "store/store.h"

#include <pthread.h>
#include <stddef.h>

#include "base/random.h"
#include "engine.h"
#include "postgres/postgres_store.h"
#include "runtime/metrics.h"
#include "sqlite/sqlite_store.h"

enum { MILLISECONDS_PER_DAY = 24 * 60 * 60 * 1000 };

struct waiter {
    pthread_mutex_t lock;
    pthread_cond_t signal;
    bool is_done;
};

#define WAITER_INITIALIZER                                                                                     \
    {                                                                                                          \
        PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false                                             \
    }

enum fault store_open(const struct store_options *options, bool migrate, struct store **store, char *detail)
{
    return options->postgres != NULL ? postgres_store_open(options, migrate, store, detail)
                                     : sqlite_store_open(options, migrate, store, detail);
}

void store_close(struct store *store)
{
    if (store == NULL)
        return;
    store_watch_end(store);
    store->engine->close(store);
}

int64_t store_period(struct text id)
{
    int64_t milliseconds = identifier_time_ms(id.base, id.length);
    return milliseconds < 0 ? -1 : milliseconds / MILLISECONDS_PER_DAY;
}

void store_transaction_finish(struct store_transaction *transaction)
{
    metric_add(METRIC_STORE_WAITING, -1);
    transaction->done(transaction);
}

void store_query_finish(struct store_query *query)
{
    metric_add(METRIC_STORE_WAITING, -1);
    query->done(query);
}

static void run_transaction_done(struct loop_message *message)
{
    struct store_transaction *transaction =
        (struct store_transaction *)((char *)message - offsetof(struct store_transaction, message));
    store_transaction_finish(transaction);
}

static void run_query_done(struct loop_message *message)
{
    struct store_query *query = (struct store_query *)((char *)message - offsetof(struct store_query, message));
    store_query_finish(query);
}

/* Without a loop the submitter waits in this room and done is its wake-up. */
static void hand_back(struct loop *loop, struct loop_message *message,
                      void (*run)(struct loop_message *message))
{
    message->run = run;
    if (loop != NULL)
        loop_post(loop, message);
    else
        run(message);
}

void store_transaction_complete(struct store_transaction *transaction)
{
    hand_back(transaction->loop, &transaction->message, run_transaction_done);
}

void store_query_complete(struct store_query *query)
{
    hand_back(query->loop, &query->message, run_query_done);
}

static void submit(struct store *store, struct store_transaction *transaction, struct loop *loop)
{
    metric_add(METRIC_STORE_WAITING, 1);
    transaction->loop = loop;
    transaction->fault = FAULT_NONE;
    transaction->outcome = STORE_STORED;
    transaction->is_version_stale = transaction->is_share_stale = false;
    transaction->cut_off_by = NULL;
    transaction->stale_state = NULL;
    transaction->counters = (struct store_counters){0};
    store->engine->submit(store, transaction);
}

static void find(struct store *store, struct store_query *query, struct loop *loop)
{
    metric_add(METRIC_STORE_WAITING, 1);
    query->loop = loop;
    query->fault = FAULT_NONE;
    query->record_count = query->document_count = query->key_count = query->cutoff_count = query->lease_count =
        query->holding_count = query->state_count = query->use_count = 0;
    query->used = (struct store_use){0};
    query->counters = (struct store_counters){0};
    query->is_cut_off = query->is_whole = false;
    query->scanned = 0;
    query->last = TEXT_NONE;
    store->engine->find(store, query);
}

void store_submit(struct store *store, struct store_transaction *transaction)
{
    struct loop *loop = loop_current();
    INVARIANT(loop != NULL && transaction->done != NULL);
    submit(store, transaction, loop);
}

void store_find(struct store *store, struct store_query *query)
{
    struct loop *loop = loop_current();
    INVARIANT(loop != NULL && query->done != NULL);
    find(store, query, loop);
}

static void end_wait(struct store_query *query)
{
    flow_wait_done(query->context);
}

void store_find_awaited(struct store *store, struct store_query *query, struct flow_wait *wait)
{
    query->done = end_wait;
    query->context = wait;
    store_find(store, query);
}

static void wake(struct waiter *waiter)
{
    pthread_mutex_lock(&waiter->lock);
    waiter->is_done = true;
    pthread_cond_signal(&waiter->signal);
    pthread_mutex_unlock(&waiter->lock);
}

static void wait_for(struct waiter *waiter)
{
    pthread_mutex_lock(&waiter->lock);
    while (!waiter->is_done)
        pthread_cond_wait(&waiter->signal, &waiter->lock);
    pthread_mutex_unlock(&waiter->lock);
    pthread_cond_destroy(&waiter->signal);
    pthread_mutex_destroy(&waiter->lock);
}

static void wake_submitter(struct store_transaction *transaction)
{
    wake(transaction->context);
}

static void wake_finder(struct store_query *query)
{
    wake(query->context);
}

void store_submit_and_wait(struct store *store, struct store_transaction *transaction)
{
    struct waiter waiter = WAITER_INITIALIZER;
    void (*done)(struct store_transaction *) = transaction->done;
    void *context = transaction->context;
    transaction->done = wake_submitter;
    transaction->context = &waiter;
    submit(store, transaction, NULL);
    wait_for(&waiter);
    transaction->done = done;
    transaction->context = context;
}

void store_find_and_wait(struct store *store, struct store_query *query)
{
    struct waiter waiter = WAITER_INITIALIZER;
    void (*done)(struct store_query *) = query->done;
    void *context = query->context;
    query->done = wake_finder;
    query->context = &waiter;
    find(store, query, NULL);
    wait_for(&waiter);
    query->done = done;
    query->context = context;
}

void store_drop_before(struct store *store, int64_t period)
{
    store->engine->drop_before(store, period);
}

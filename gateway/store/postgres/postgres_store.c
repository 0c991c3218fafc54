/* Puts the engine together: a lane for each loop that uses the store, and one with a loop of its own for those
 * who wait without one. No thread: everything runs on the loops it is for. */
#include "postgres/postgres_store.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "engine.h"
#include "postgres/lane.h"
#include "postgres/schema.h"

/* More loops than any gateway has threads; ended ones make room. */
enum { LANES_MAX = 320, IDLE_CHECK_MS = 2 };

struct postgres_store {
    struct store store; /* first: the engine's functions get this back */
    struct postgres_server *server;
    struct expiry_clock clock;
    size_t queue_limit;
    pthread_mutex_t lanes_lock; /* for making one; finding one takes none */
    atomic_size_t lane_count;
    struct lane *lanes[LANES_MAX];
    pthread_mutex_t desk_lock; /* one at a time waits without a loop */
    struct loop *desk_loop;
    struct lane *desk;
    struct loop_timer idle_check; /* on the desk's loop, while closing */
};

static struct lane *make_lane(struct postgres_store *postgres)
{
    struct lane *lane = calloc(1, sizeof(*lane));
    INVARIANT(lane != NULL);
    lane->store = &postgres->store;
    lane->server = postgres->server;
    lane->clock = &postgres->clock;
    lane->queue_limit = postgres->queue_limit;
    return lane;
}

static struct lane *find_lane(struct postgres_store *postgres, const struct loop *loop)
{
    size_t count = atomic_load_explicit(&postgres->lane_count, memory_order_acquire);
    for (size_t i = 0; i < count; i++)
        if (atomic_load_explicit(&postgres->lanes[i]->loop, memory_order_acquire) == loop)
            return postgres->lanes[i];
    return NULL;
}

/* Only its own thread asks for a loop's lane, so nobody else makes it meanwhile. */
static struct lane *lane_of(struct postgres_store *postgres, struct loop *loop)
{
    struct lane *lane = find_lane(postgres, loop);
    if (lane != NULL)
        return lane;
    pthread_mutex_lock(&postgres->lanes_lock);
    lane = find_lane(postgres, NULL);
    if (lane == NULL) {
        size_t count = atomic_load(&postgres->lane_count);
        INVARIANT(count < LANES_MAX);
        lane = postgres->lanes[count] = make_lane(postgres);
        atomic_store_explicit(&postgres->lane_count, count + 1, memory_order_release);
    }
    lane_open(lane, loop);
    pthread_mutex_unlock(&postgres->lanes_lock);
    return lane;
}

static void submit(struct store *store, struct store_transaction *transaction)
{
    struct postgres_store *postgres = (struct postgres_store *)store;
    if (transaction->loop != NULL)
        return lane_submit(lane_of(postgres, transaction->loop), transaction);
    pthread_mutex_lock(&postgres->desk_lock);
    lane_submit(postgres->desk, transaction);
    loop_run(postgres->desk_loop); /* until it is finished */
    pthread_mutex_unlock(&postgres->desk_lock);
}

static void find(struct store *store, struct store_query *query)
{
    struct postgres_store *postgres = (struct postgres_store *)store;
    if (query->loop != NULL)
        return lane_find(lane_of(postgres, query->loop), query);
    pthread_mutex_lock(&postgres->desk_lock);
    lane_find(postgres->desk, query);
    loop_run(postgres->desk_loop);
    pthread_mutex_unlock(&postgres->desk_lock);
}

static void ignore_forgotten(struct store_query *query)
{
    (void)query; /* who waits looks at it */
}

static void drop_before(struct store *store, int64_t period)
{
    struct postgres_store *postgres = (struct postgres_store *)store;
    struct loop *loop = loop_current();
    if (loop != NULL)
        return lane_forget(lane_of(postgres, loop), period);
    struct store_query bite;
    do {
        lane_fill_forget(postgres->desk, period, &bite);
        bite.done = ignore_forgotten;
        find(store, &bite);
    } while (bite.fault == FAULT_NONE && bite.scanned != 0);
}

static void listen_for_changes(struct store *store)
{
    lane_listen(lane_of((struct postgres_store *)store, loop_current()));
}

/* --- closing --- */

static bool is_idle(const struct postgres_store *postgres)
{
    for (size_t i = 0; i < atomic_load(&postgres->lane_count); i++)
        if (!lane_is_idle(postgres->lanes[i]))
            return false;
    return true;
}

static void stop_when_idle(struct loop_timer *timer)
{
    struct postgres_store *postgres =
        (struct postgres_store *)((char *)timer - offsetof(struct postgres_store, idle_check));
    if (is_idle(postgres))
        loop_stop(postgres->desk_loop);
    else
        loop_timer_start(postgres->desk_loop, timer, IDLE_CHECK_MS);
}

/* The loops run no more, so what they left is brought to its end on this thread; nothing takes longer than the
 * answerTimeout. */
static void finish_work(struct postgres_store *postgres)
{
    if (is_idle(postgres))
        return;
    for (size_t i = 0; i < atomic_load(&postgres->lane_count); i++)
        if (!lane_is_idle(postgres->lanes[i]))
            lane_move_work(postgres->lanes[i], postgres->desk_loop);
    postgres->idle_check.run = stop_when_idle;
    loop_timer_start(postgres->desk_loop, &postgres->idle_check, 0);
    loop_run(postgres->desk_loop);
}

static void destroy(struct postgres_store *postgres)
{
    for (size_t i = 0; i < atomic_load(&postgres->lane_count); i++) {
        lane_close(postgres->lanes[i]);
        free(postgres->lanes[i]);
    }
    if (postgres->desk_loop != NULL) {
        lane_close(postgres->desk);
        free(postgres->desk);
        loop_destroy(postgres->desk_loop);
    }
    postgres_server_destroy(postgres->server);
    pthread_mutex_destroy(&postgres->lanes_lock);
    pthread_mutex_destroy(&postgres->desk_lock);
    free(postgres);
}

static void close_store(struct store *store)
{
    struct postgres_store *postgres = (struct postgres_store *)store;
    finish_work(postgres);
    destroy(postgres);
}

static const struct store_engine postgres_engine = {submit, find, drop_before, close_store, listen_for_changes};

enum fault postgres_store_open(const struct store_options *options, bool migrate, struct store **store,
                               char *detail)
{
    struct postgres_store *postgres = calloc(1, sizeof(*postgres));
    INVARIANT(postgres != NULL);
    postgres->store.engine = &postgres_engine;
    postgres->clock = expiry_clock_start();
    postgres->queue_limit = options->queue_limit;
    pthread_mutex_init(&postgres->lanes_lock, NULL);
    pthread_mutex_init(&postgres->desk_lock, NULL);
    enum fault fault = postgres_server_create(options->postgres, &postgres->server, detail);
    if (fault == FAULT_NONE)
        fault = schema_run(postgres->server, postgres_migrations, postgres_migration_count, migrate, detail);
    if (fault != FAULT_NONE) {
        destroy(postgres);
        return fault;
    }
    postgres->desk_loop = loop_create();
    postgres->desk = make_lane(postgres);
    lane_open(postgres->desk, postgres->desk_loop);
    *store = &postgres->store;
    return FAULT_NONE;
}

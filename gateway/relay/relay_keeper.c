/* Keeps the books of calls, and brings uses to the store. What a gateway that dies has not written is lost: at
 * most a minute of numbers that no decision is made by. */
#include "relay/relay_keeper.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "exchange/world.h"
#include "runtime/broadcast.h"

enum { RECORDS_PER_LOOP = 4096, USES = 65536, WRITE_MS = 60 * 1000, WRITTEN_AT_ONCE = 1000 };

struct writing {
    struct arena *arena; /* NULL: nothing is being written */
    struct store_use *uses;
    size_t count;
    struct store_transaction transaction;
};

struct relay_keeper {
    struct store *store;
    struct loop *loop;
    struct broadcast loops;
    struct record_book *records[BROADCAST_LOOPS_MAX];
    struct watch_list *watches[BROADCAST_LOOPS_MAX];
    const struct cutoff_keeper *cutoffs;
    const struct world_keeper *worlds;
    struct use_book *uses;
    struct loop_timer timer;
    struct writing writing;
    bool is_closed;
};

/* False if there is nothing to write. */
static bool take(struct relay_keeper *keeper, struct writing *writing, int64_t minute)
{
    writing->arena = arena_create();
    writing->uses = ARENA_ARRAY(writing->arena, struct store_use, WRITTEN_AT_ONCE);
    writing->count = use_book_take(keeper->uses, writing->arena, minute, writing->uses, WRITTEN_AT_ONCE);
    writing->transaction = (struct store_transaction){.uses = writing->uses, .use_count = writing->count};
    if (writing->count != 0)
        return true;
    arena_destroy(writing->arena);
    writing->arena = NULL;
    return false;
}

/* Whether it was written down; what was not is tried again the next time. */
static bool settle(struct relay_keeper *keeper, struct writing *writing)
{
    bool is_written = writing->transaction.fault == FAULT_NONE && writing->transaction.outcome == STORE_STORED;
    if (!is_written) {
        LOG(LOG_WARNING, "uses_not_written", log_number("leases", (int64_t)writing->count));
        use_book_put_back(keeper->uses, writing->uses, writing->count);
    }
    arena_destroy(writing->arena);
    writing->arena = NULL;
    return is_written;
}

static void write_some(struct relay_keeper *keeper);

static void written(struct store_transaction *transaction)
{
    struct relay_keeper *keeper = transaction->context;
    bool may_be_more = keeper->writing.count == WRITTEN_AT_ONCE;
    bool is_written = settle(keeper, &keeper->writing);
    if (keeper->is_closed)
        return;
    if (is_written && may_be_more)
        write_some(keeper);
    else
        loop_timer_start(keeper->loop, &keeper->timer, WRITE_MS);
}

static void write_some(struct relay_keeper *keeper)
{
    if (!take(keeper, &keeper->writing, clock_wall_s() / 60)) {
        loop_timer_start(keeper->loop, &keeper->timer, WRITE_MS);
        return;
    }
    keeper->writing.transaction.done = written;
    keeper->writing.transaction.context = keeper;
    store_submit(keeper->store, &keeper->writing.transaction);
}

static void run(struct loop_timer *timer)
{
    write_some((struct relay_keeper *)((char *)timer - offsetof(struct relay_keeper, timer)));
}

/* As the calling loop has them. */
static struct watch_signs read_signs(const void *context)
{
    const struct relay_keeper *keeper = context;
    struct store_counter epoch = cutoff_book_epoch(cutoff_keeper_book(keeper->cutoffs));
    return (struct watch_signs){epoch.number, epoch.mark, world_keeper_swaps(keeper->worlds)};
}

struct relay_keeper *relay_keeper_create(struct store *store, struct loop *const *loops, size_t count,
                                         const struct cutoff_keeper *cutoffs, const struct world_keeper *worlds)
{
    struct relay_keeper *keeper = calloc(1, sizeof(*keeper));
    INVARIANT(keeper != NULL);
    keeper->store = store;
    keeper->loop = loops[0];
    broadcast_open(&keeper->loops, loops, count);
    keeper->cutoffs = cutoffs;
    keeper->worlds = worlds;
    for (size_t i = 0; i < count; i++) {
        keeper->records[i] = record_book_create(RECORDS_PER_LOOP);
        keeper->watches[i] = watch_list_create(loops[i], read_signs, keeper);
    }
    keeper->uses = use_book_create(USES);
    keeper->timer.run = run;
    loop_timer_start(keeper->loop, &keeper->timer, WRITE_MS);
    return keeper;
}

void relay_keeper_close(struct relay_keeper *keeper)
{
    struct writing rest;
    broadcast_close(&keeper->loops);
    keeper->is_closed = true;
    loop_timer_stop(keeper->loop, &keeper->timer);
    while (take(keeper, &rest, INT64_MAX)) {
        store_submit_and_wait(keeper->store, &rest.transaction);
        if (!settle(keeper, &rest))
            return;
    }
}

void relay_keeper_destroy(struct relay_keeper *keeper)
{
    if (keeper == NULL)
        return;
    for (size_t i = 0; i < keeper->loops.count; i++) {
        record_book_destroy(keeper->records[i]);
        watch_list_destroy(keeper->watches[i]);
    }
    use_book_destroy(keeper->uses);
    free(keeper);
}

struct record_book *relay_keeper_records(struct relay_keeper *keeper)
{
    return keeper->records[broadcast_place(&keeper->loops)];
}

struct watch_list *relay_keeper_watches(struct relay_keeper *keeper)
{
    return keeper->watches[broadcast_place(&keeper->loops)];
}

struct use_book *relay_keeper_uses(struct relay_keeper *keeper)
{
    return keeper->uses;
}

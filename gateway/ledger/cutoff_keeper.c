/* A book per loop; a change is one copy of the rows, brought to each. */
#include "ledger/cutoff_keeper.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/fault.h"
#include "runtime/broadcast.h"

struct cutoff_keeper {
    _Atomic int64_t confirmed_at_us; /* 0: never */
    struct broadcast broadcast;
    struct cutoff_book *books[];
};

struct change {
    struct cutoff_keeper *keeper;
    struct arena *arena; /* of all of this */
    struct store_cutoff *cutoffs;
    size_t count;
    struct store_counter epoch;
    bool is_whole;
    void (*done)(void *context);
    void *context;
};

struct cutoff_keeper *cutoff_keeper_create(struct loop *const *loops, size_t count, size_t limit)
{
    struct cutoff_keeper *keeper = calloc(1, sizeof(*keeper) + count * sizeof(keeper->books[0]));
    INVARIANT(keeper != NULL);
    broadcast_open(&keeper->broadcast, loops, count);
    for (size_t i = 0; i < count; i++)
        keeper->books[i] = cutoff_book_create(limit);
    return keeper;
}

void cutoff_keeper_close(struct cutoff_keeper *keeper)
{
    broadcast_close(&keeper->broadcast);
}

void cutoff_keeper_destroy(struct cutoff_keeper *keeper)
{
    for (size_t i = 0; i < keeper->broadcast.count; i++)
        cutoff_book_destroy(keeper->books[i]);
    free(keeper);
}

void cutoff_keeper_fill(struct cutoff_keeper *keeper, const struct store_cutoff *cutoffs, size_t count,
                        struct store_counter epoch)
{
    for (size_t i = 0; i < keeper->broadcast.count; i++)
        cutoff_book_update(keeper->books[i], cutoffs, count, epoch, true);
}

static void install(void *context, size_t loop)
{
    const struct change *change = context;
    cutoff_book_update(change->keeper->books[loop], change->cutoffs, change->count, change->epoch,
                       change->is_whole);
}

static void finish(void *context, bool is_everywhere)
{
    struct change *change = context;
    if (is_everywhere)
        change->done(change->context);
    arena_destroy(change->arena);
}

static struct change *copy_change(const struct store_cutoff *cutoffs, size_t count)
{
    struct arena *arena = arena_create();
    struct change *change = ARENA_NEW(arena, struct change);
    change->arena = arena;
    change->cutoffs = ARENA_ARRAY(arena, struct store_cutoff, count + 1);
    change->count = count;
    for (size_t i = 0; i < count; i++)
        change->cutoffs[i] = (struct store_cutoff){.kind = arena_copy(arena, cutoffs[i].kind),
                                                   .id = arena_copy(arena, cutoffs[i].id),
                                                   .record = arena_copy(arena, cutoffs[i].record),
                                                   .killed_epoch = cutoffs[i].killed_epoch,
                                                   .at_us = cutoffs[i].at_us,
                                                   .stands = cutoffs[i].stands};
    return change;
}

void cutoff_keeper_update(struct cutoff_keeper *keeper, const struct store_cutoff *cutoffs, size_t count,
                          struct store_counter epoch, bool is_whole, void (*done)(void *context), void *context)
{
    struct change *change = copy_change(cutoffs, count);
    change->keeper = keeper;
    change->epoch = epoch;
    change->is_whole = is_whole;
    change->done = done;
    change->context = context;
    broadcast_send(&keeper->broadcast, install, finish, change);
}

void cutoff_keeper_confirm(struct cutoff_keeper *keeper, int64_t at_us)
{
    atomic_store(&keeper->confirmed_at_us, at_us);
}

bool cutoff_keeper_is_fresh(const struct cutoff_keeper *keeper)
{
    int64_t at_us = atomic_load(&keeper->confirmed_at_us);
    return at_us != 0 && clock_monotonic_us() - at_us <= CUTOFFS_FRESH_MS * 1000;
}

const struct cutoff_book *cutoff_keeper_book(const struct cutoff_keeper *keeper)
{
    return keeper->books[broadcast_place(&keeper->broadcast)];
}

/* One slot per loop, as the worlds have; a change is one copy of the rows and a message to each. */
#include "ledger/cutoff_keeper.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/fault.h"

struct slot {
    struct loop *loop;
    struct cutoff_book *book;
};

struct cutoff_keeper {
    _Atomic int64_t confirmed_at_us; /* 0: never */
    _Atomic bool is_closed;
    size_t count;
    struct slot slots[];
};

/* Posted to every loop, and by the last of them back to where it came from. */
struct delivery {
    struct loop_message message;
    struct change *change;
    struct slot *slot;
};

struct change {
    struct cutoff_keeper *keeper;
    struct arena *arena; /* of the rows */
    struct store_cutoff *cutoffs;
    size_t count;
    int64_t epoch;
    bool is_whole;
    _Atomic size_t missing;
    void (*done)(void *context);
    void *context;
    struct loop *origin;
    struct loop_message finished;
    struct delivery deliveries[];
};

struct cutoff_keeper *cutoff_keeper_create(struct loop *const *loops, size_t count, size_t limit)
{
    struct cutoff_keeper *keeper = calloc(1, sizeof(*keeper) + count * sizeof(keeper->slots[0]));
    INVARIANT(keeper != NULL);
    keeper->count = count;
    for (size_t i = 0; i < count; i++)
        keeper->slots[i] = (struct slot){loops[i], cutoff_book_create(limit)};
    return keeper;
}

void cutoff_keeper_close(struct cutoff_keeper *keeper)
{
    atomic_store(&keeper->is_closed, true);
}

void cutoff_keeper_destroy(struct cutoff_keeper *keeper)
{
    for (size_t i = 0; i < keeper->count; i++)
        cutoff_book_destroy(keeper->slots[i].book);
    free(keeper);
}

void cutoff_keeper_fill(struct cutoff_keeper *keeper, const struct store_cutoff *cutoffs, size_t count,
                        int64_t epoch)
{
    for (size_t i = 0; i < keeper->count; i++)
        cutoff_book_update(keeper->slots[i].book, cutoffs, count, epoch, true);
}

static void destroy_change(struct change *change)
{
    arena_destroy(change->arena);
    free(change);
}

static void finish(struct loop_message *message)
{
    struct change *change = (struct change *)((char *)message - offsetof(struct change, finished));
    if (!atomic_load(&change->keeper->is_closed))
        change->done(change->context);
    destroy_change(change);
}

static void deliver(struct loop_message *message)
{
    struct delivery *delivery = (struct delivery *)message;
    struct change *change = delivery->change;
    cutoff_book_update(delivery->slot->book, change->cutoffs, change->count, change->epoch, change->is_whole);
    if (atomic_fetch_sub(&change->missing, 1) != 1)
        return;
    if (atomic_load(&change->keeper->is_closed))
        destroy_change(change); /* the loop it came from may be gone */
    else
        loop_post(change->origin, &change->finished);
}

static struct change *copy_change(size_t loops, const struct store_cutoff *cutoffs, size_t count)
{
    struct change *change = calloc(1, sizeof(*change) + loops * sizeof(change->deliveries[0]));
    INVARIANT(change != NULL);
    change->arena = arena_create();
    change->cutoffs = ARENA_ARRAY(change->arena, struct store_cutoff, count + 1);
    change->count = count;
    for (size_t i = 0; i < count; i++)
        change->cutoffs[i] = (struct store_cutoff){.kind = arena_copy(change->arena, cutoffs[i].kind),
                                                   .id = arena_copy(change->arena, cutoffs[i].id),
                                                   .at_us = cutoffs[i].at_us,
                                                   .stands = cutoffs[i].stands};
    return change;
}

void cutoff_keeper_update(struct cutoff_keeper *keeper, const struct store_cutoff *cutoffs, size_t count,
                          int64_t epoch, bool is_whole, void (*done)(void *context), void *context)
{
    struct change *change = copy_change(keeper->count, cutoffs, count);
    change->keeper = keeper;
    change->epoch = epoch;
    change->is_whole = is_whole;
    change->done = done;
    change->context = context;
    change->origin = loop_current();
    change->finished.run = finish;
    atomic_init(&change->missing, keeper->count);
    for (size_t i = 0; i < keeper->count; i++) {
        change->deliveries[i] = (struct delivery){{.run = deliver}, change, &keeper->slots[i]};
        loop_post(keeper->slots[i].loop, &change->deliveries[i].message);
    }
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
    const struct loop *loop = loop_current();
    for (size_t i = 0; i < keeper->count; i++)
        if (keeper->slots[i].loop == loop)
            return keeper->slots[i].book;
    fault_invariant_broken("a book of cutoffs is asked on a loop of the keeper", __FILE__, __LINE__);
}

/* A world per loop, which only that loop takes or changes, so that neither needs a lock. */
#include <stdlib.h>

#include "exchange/world.h"
#include "runtime/broadcast.h"

struct world_keeper {
    struct broadcast broadcast;
    struct place {
        struct world *world;
        int64_t swaps;
    } places[];
};

struct swap {
    struct world_keeper *keeper;
    struct world *next;
    void (*done)(void *context, bool is_everywhere);
    void *context;
};

struct world_keeper *world_keeper_create(struct loop *const *loops, size_t count, struct world *first)
{
    struct world_keeper *keeper = calloc(1, sizeof(*keeper) + count * sizeof(keeper->places[0]));
    INVARIANT(keeper != NULL);
    world_policies_warn(NULL, first);
    broadcast_open(&keeper->broadcast, loops, count);
    for (size_t i = 0; i < count; i++) {
        keeper->places[i].world = first;
        world_retain(first);
    }
    world_release(first);
    return keeper;
}

void world_keeper_close(struct world_keeper *keeper)
{
    broadcast_close(&keeper->broadcast);
}

void world_keeper_destroy(struct world_keeper *keeper)
{
    for (size_t i = 0; i < keeper->broadcast.count; i++)
        world_release(keeper->places[i].world);
    free(keeper);
}

struct world *world_keeper_take(struct world_keeper *keeper)
{
    struct world *world = keeper->places[broadcast_place(&keeper->broadcast)].world;
    world_retain(world);
    return world;
}

int64_t world_keeper_swaps(const struct world_keeper *keeper)
{
    return keeper->places[broadcast_place(&keeper->broadcast)].swaps;
}

static void install(void *context, size_t loop)
{
    const struct swap *swap = context;
    struct place *place = &swap->keeper->places[loop];
    world_release(place->world);
    place->world = swap->next;
    place->swaps++;
    world_retain(swap->next);
}

static void finish(void *context, bool is_everywhere)
{
    struct swap *swap = context;
    swap->done(swap->context, is_everywhere);
    world_release(swap->next);
    free(swap);
}

void world_keeper_swap(struct world_keeper *keeper, struct world *next,
                       void (*done)(void *context, bool is_everywhere), void *context)
{
    struct swap *swap = calloc(1, sizeof(*swap));
    INVARIANT(swap != NULL);
    world_policies_warn(keeper->places[broadcast_place(&keeper->broadcast)].world, next);
    *swap = (struct swap){keeper, next, done, context};
    broadcast_send(&keeper->broadcast, install, finish, swap);
}

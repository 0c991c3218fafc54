/* One slot per loop with the world of that loop. Only the loop itself reads or changes its slot, so neither
 * needs a lock; a swap is a message to each. */
#include <stdlib.h>

#include "exchange/world.h"

struct slot {
    struct loop *loop;
    struct world *world;
};

struct world_keeper {
    size_t count;
    struct slot slots[];
};

struct handover {
    struct loop_message message;
    struct slot *slot;
    struct world *next;
};

struct world_keeper *world_keeper_create(struct loop *const *loops, size_t count, struct world *first)
{
    struct world_keeper *keeper = calloc(1, sizeof(*keeper) + count * sizeof(keeper->slots[0]));
    INVARIANT(keeper != NULL);
    keeper->count = count;
    for (size_t i = 0; i < count; i++) {
        keeper->slots[i] = (struct slot){loops[i], first};
        world_retain(first);
    }
    world_release(first);
    return keeper;
}

void world_keeper_destroy(struct world_keeper *keeper)
{
    for (size_t i = 0; i < keeper->count; i++)
        world_release(keeper->slots[i].world);
    free(keeper);
}

struct world *world_keeper_take(struct world_keeper *keeper)
{
    const struct loop *loop = loop_current();
    for (size_t i = 0; i < keeper->count; i++)
        if (keeper->slots[i].loop == loop) {
            world_retain(keeper->slots[i].world);
            return keeper->slots[i].world;
        }
    fault_invariant_broken("a world is taken on a loop of the keeper", __FILE__, __LINE__);
}

static void install(struct loop_message *message)
{
    struct handover *handover = (struct handover *)message;
    world_release(handover->slot->world);
    handover->slot->world = handover->next;
    free(handover);
}

void world_keeper_swap(struct world_keeper *keeper, struct world *next)
{
    for (size_t i = 0; i < keeper->count; i++) {
        struct handover *handover = calloc(1, sizeof(*handover));
        INVARIANT(handover != NULL);
        *handover = (struct handover){.message.run = install, .slot = &keeper->slots[i], .next = next};
        world_retain(next);
        loop_post(keeper->slots[i].loop, &handover->message);
    }
    world_release(next);
}

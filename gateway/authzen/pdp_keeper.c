/* One client for each loop; nothing is shared between them (decision 0029). */
#include "authzen/pdp_keeper.h"

#include <stdlib.h>

#include "runtime/broadcast.h"

struct pdp_keeper {
    struct broadcast loops; /* for the places alone */
    struct authzen_client *clients[];
};

struct pdp_keeper *pdp_keeper_create(struct loop *const *loops, size_t count,
                                     const struct authzen_options *options)
{
    struct pdp_keeper *keeper = calloc(1, sizeof(*keeper) + count * sizeof(keeper->clients[0]));
    INVARIANT(keeper != NULL);
    broadcast_open(&keeper->loops, loops, count);
    for (size_t i = 0; i < count; i++)
        keeper->clients[i] = authzen_client_create(loops[i], options);
    return keeper;
}

void pdp_keeper_destroy(struct pdp_keeper *keeper)
{
    if (keeper == NULL)
        return;
    for (size_t i = 0; i < keeper->loops.count; i++)
        authzen_client_destroy(keeper->clients[i]);
    free(keeper);
}

struct authzen_client *pdp_keeper_client(const struct pdp_keeper *keeper)
{
    return keeper == NULL ? NULL : keeper->clients[broadcast_place(&keeper->loops)];
}

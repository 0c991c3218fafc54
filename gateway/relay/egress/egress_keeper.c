/* One set of outbound connections for each loop, one book for all. */
#include "relay/egress_keeper.h"

#include <stdlib.h>

#include "runtime/broadcast.h"

enum { SUPPLIES = 16384 };

struct egress_keeper {
    struct broadcast loops;
    struct http_streams *streams[BROADCAST_LOOPS_MAX];
    struct credential_book *supplies;
};

struct egress_keeper *egress_keeper_create(struct loop *const *loops, size_t count,
                                           const struct address_guard *guard, const char *ca_file)
{
    struct egress_keeper *keeper = calloc(1, sizeof(*keeper));
    INVARIANT(keeper != NULL);
    broadcast_open(&keeper->loops, loops, count);
    keeper->supplies = credential_book_create(SUPPLIES);
    for (size_t i = 0; i < count; i++)
        keeper->streams[i] = http_streams_create(loops[i], guard, ca_file);
    return keeper;
}

void egress_keeper_close(struct egress_keeper *keeper)
{
    for (size_t i = 0; keeper != NULL && i < keeper->loops.count; i++) {
        http_streams_destroy(keeper->streams[i]);
        keeper->streams[i] = NULL;
    }
}

void egress_keeper_destroy(struct egress_keeper *keeper)
{
    if (keeper == NULL)
        return;
    credential_book_destroy(keeper->supplies);
    free(keeper);
}

struct http_streams *egress_keeper_streams(struct egress_keeper *keeper)
{
    return keeper->streams[broadcast_place(&keeper->loops)];
}

struct credential_book *egress_keeper_supplies(struct egress_keeper *keeper)
{
    return keeper->supplies;
}

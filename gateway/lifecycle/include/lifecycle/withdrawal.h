/* Makes credentials worthless where they are valid, once they are dead here: those that were killed, and those
 * that were being made when a gateway died. Every gateway on a store does this; who moves a lease's revision
 * does it. A credential that cannot be reached is tried again, less and less often, until it has ended by
 * itself. */
#ifndef LIFECYCLE_WITHDRAWAL_H
#define LIFECYCLE_WITHDRAWAL_H

#include "adapters/adapter.h"
#include "runtime/loop.h"
#include "store/store.h"

struct withdrawal_options {
    struct store *store;
    /* By name; NULL: it is not there now, and it is tried again. On the keeper's loop. */
    const struct adapter *(*find_adapter)(void *context, struct text name);
    /* What its document says of the target to this adapter, copied into the arena; its name alone where that
     * has gone. */
    struct credential_target (*find_target)(void *context, struct arena *arena, struct text name,
                                            struct text adapter);
    void *context;
    int64_t pending_s; /* how long making a credential may take */
    int64_t retry_delay_s, retry_delay_maximum_s;
    size_t in_parallel;
};

struct withdrawal_keeper;

/* It works on that loop as soon as it runs, looking every second. */
struct withdrawal_keeper *withdrawal_keeper_create(struct loop *loop, const struct withdrawal_options *options);
/* When the loop runs no more and before the store is closed: nothing is begun any more. */
void withdrawal_keeper_close(struct withdrawal_keeper *keeper);
/* After the loop is destroyed. What was under way is left to the next gateway. */
void withdrawal_keeper_destroy(struct withdrawal_keeper *keeper);

#endif

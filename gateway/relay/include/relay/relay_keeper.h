/* What everything that lets calls through shares: the records each loop remembers, the calls it watches, and
 * the uses of leases, which it writes into the store every minute and at the end. One per gateway. */
#ifndef RELAY_RELAY_KEEPER_H
#define RELAY_RELAY_KEEPER_H

#include "ledger/cutoff_keeper.h"
#include "relay/record_book.h"
#include "relay/use_book.h"
#include "relay/watch_list.h"
#include "runtime/loop.h"
#include "store/store.h"

struct relay_keeper;
struct world_keeper;

/* Before the loops run; it writes on the first of them. cutoffs and worlds are what watches look at. */
struct relay_keeper *relay_keeper_create(struct store *store, struct loop *const *loops, size_t count,
                                         const struct cutoff_keeper *cutoffs,
                                         const struct world_keeper *worlds);
/* When no loop runs any more and before the store is closed: writes what is left. */
void relay_keeper_close(struct relay_keeper *keeper);
/* After the loops are destroyed. NULL is fine. */
void relay_keeper_destroy(struct relay_keeper *keeper);

/* Of the calling loop. */
struct record_book *relay_keeper_records(struct relay_keeper *keeper);
struct watch_list *relay_keeper_watches(struct relay_keeper *keeper);
/* Of the gateway. */
struct use_book *relay_keeper_uses(struct relay_keeper *keeper);

#endif

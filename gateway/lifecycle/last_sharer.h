/* Whether a lease that is withdrawn was the last that shared another one's credential, and the cutoff that then
 * ends that one. For withdrawal.c alone; asks no adapter. */
#ifndef LIFECYCLE_LAST_SHARER_H
#define LIFECYCLE_LAST_SHARER_H

#include "runtime/flow.h"
#include "store/store.h"

struct last_sharer {
    struct store_query others, shared;
    struct flow_wait others_wait, shared_wait;
    struct store_cutoff cutoff;
};

/* Each completes its wait; lease must have been claimed. One that shares nothing has nothing to ask. */
void last_sharer_find_others(struct last_sharer *x, struct store *store, struct arena *arena,
                             const struct store_lease *lease);
void last_sharer_find_shared(struct last_sharer *x, struct store *store, struct arena *arena,
                             const struct store_lease *lease);
/* STORE_UNAVAILABLE: it is not known. */
MUST_USE enum fault last_sharer_fault(const struct last_sharer *x);
/* Adds the cutoff of what nobody shares any more to the transaction, which must be stored soon; false if there
 * is nothing to end. record: the id of that change's. */
bool last_sharer_end(struct last_sharer *x, struct store_transaction *transaction, int64_t now_us,
                     struct text record);

#endif

/* What changed in the store takes effect here: this watches its counters and brings every loop the cutoffs, the
 * signing keys and the documents that are others than what it has, whoever on whichever gateway changed them.
 * The only place that does, so that an older state can never be put over a newer one; one that the store itself
 * was set back to, by a fail-over or from a backup, is what counts from then on. */
#ifndef EXCHANGE_PROPAGATION_H
#define EXCHANGE_PROPAGATION_H

#include "exchange/gateway.h"

struct propagation;

/* At the start of a program, blocking: fills gateway->cutoffs, which holds up to limit each. generation: of the
 * documents that gateway->worlds was made from. It works on that loop, as soon as it runs. */
MUST_USE enum fault propagation_create(struct gateway *gateway, struct loop *loop, size_t limit,
                                       struct store_counter generation, struct propagation **propagation);
/* After the loops; once gateway->is_closed nothing is installed any more. */
void propagation_destroy(struct propagation *propagation);

/* For who changed something: completes wait when all that was committed up to then of the kinds it changed is
 * in effect on every loop of this gateway, or with the fault that keeps it from being. From any loop. Zeroed
 * before use. */
struct propagation_wait {
    struct flow_wait wait;
    enum fault fault;
    struct propagation *propagation;
    struct store_counters wanted;
    unsigned parts;   /* which of them: what was not changed need not be waited for */
    int64_t since_us; /* monotonic */
    struct loop *loop;
    struct loop_message message;
    struct propagation_wait *next;
};
/* entry: what was committed; NULL: there is nothing to wait for. */
void propagation_await_entry(struct gateway *gateway, const struct ledger_entry *entry,
                             struct propagation_wait *wait);

/* The number of the epoch that is in effect here, for /readyz; from any thread. */
int64_t propagation_epoch(const struct propagation *propagation);
/* Since when the kills in effect here are known to be all that the store has; from any thread. */
int64_t propagation_age_us(const struct propagation *propagation);

#endif

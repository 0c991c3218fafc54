/* The question comes after the claim, and that is what makes it safe: of two that are killed at once, whoever's
 * claim is committed later asks later still, and finds the other withdrawing, which is not live any more. Asked
 * before the claim, each could find the other alive and neither would end what they shared. Where both find
 * nobody there are two cutoffs, which end no more than one does; where this is lost before it is settled, the
 * claim comes due and all of it is asked again.
 *
 * One that begins to share between the question and the commit is ended with what it shares, as it says by the
 * record: it stands on that lease, so its holder is refused and comes again. Those that end by themselves need
 * nothing: what they share is looked at when the last of them is over. */
#include "last_sharer.h"

#include "base/clock.h"

enum { SECONDS_PER_DAY = 86400 };

void last_sharer_find_others(struct last_sharer *x, struct store *store, struct arena *arena,
                             const struct store_lease *lease)
{
    if (lease->shares.base == NULL) {
        flow_wait_done(&x->others_wait);
        return;
    }
    x->others = (struct store_query){.kind = STORE_QUERY_LEASES_SHARING,
                                     .id = lease->shares,
                                     .at_s = clock_wall_s(),
                                     .limit = 1,
                                     .arena = arena};
    store_find_awaited(store, &x->others, &x->others_wait);
}

void last_sharer_find_shared(struct last_sharer *x, struct store *store, struct arena *arena,
                             const struct store_lease *lease)
{
    if (lease->shares.base == NULL || x->others.fault != FAULT_NONE || x->others.lease_count != 0) {
        flow_wait_done(&x->shared_wait);
        return;
    }
    x->shared = (struct store_query){.kind = STORE_QUERY_LEASE, .id = lease->shares, .arena = arena};
    store_find_awaited(store, &x->shared, &x->shared_wait);
}

enum fault last_sharer_fault(const struct last_sharer *x)
{
    return x->others.fault != FAULT_NONE ? x->others.fault : x->shared.fault;
}

/* Kept as long as the row of what it ends: to the end of the day that its time is read back as. */
bool last_sharer_end(struct last_sharer *x, struct store_transaction *transaction, int64_t now_us,
                     struct text record)
{
    if (x->shared.lease_count == 0)
        return false;
    const struct store_lease *shared = x->shared.leases;
    if (!text_is(shared->state, "pending") && !text_is(shared->state, "live"))
        return false;
    x->cutoff = (struct store_cutoff){.kind = TEXT("lease"),
                                      .id = shared->id,
                                      .at_us = now_us,
                                      .expires_at_s = shared->kept_until_s + SECONDS_PER_DAY,
                                      .reason = TEXT("the last lease that shared it has ended"),
                                      .record = record};
    transaction->cutoffs = &x->cutoff;
    transaction->cutoff_count = 1;
    return true;
}

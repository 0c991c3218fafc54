/* The lease of a credential with outside effects: reserved before anything is made, so that whatever happens to
 * this gateway somebody knows of it; settled with the record. One that is made here and recognised by a
 * fingerprint gets its lease with the record, of any other the record is the lease. */
#include "exchange.h"

static bool needs_reservation(const struct exchange *x)
{
    const struct adapter *adapter = x->adapter;
    return adapter->has_outside_effects != NULL && adapter->has_outside_effects(adapter) &&
           !x->request.is_dry_run;
}

static void describe_reservation(struct exchange *x)
{
    const struct call *call = &x->call;
    const struct standing *standing = &x->sharing.standing;
    if (!x->sharing.is_shared) {
        standing_add(&x->standing, TEXT("lease"), call->id, 0); /* it may be killed before it is whole */
        standing = &x->standing;
    }
    x->lease = (struct store_lease){
        .id = x->order.id,
        .state = TEXT("pending"),
        .adapter = x->adapter->name,
        .target = x->target->document->name,
        .issued_at_us = call->now_us,
        .expires_at_s = x->expires_at_s,
        .kept_until_s = x->expires_at_s + STORE_LEASE_KEPT_S,
        .next_attempt_at_s = call->now_s + call->world->gateway->lease_pending_s,
        .shared_as = x->sharing.name,
        .stands_on = standing->things,
        .stands_on_count = standing->count,
    };
}

void exchange_reserve(struct exchange *x)
{
    if (!needs_reservation(x) || x->sharing.is_made_before) {
        flow_wait_done(&x->reservation.wait);
        return;
    }
    stage_clock_enter(&x->clock, STAGE_REPLAY);
    describe_reservation(x);
    ledger_entry_begin(&x->reservation, x->call.arena, NULL);
    exchange_guard(x, &x->reservation);
    if (!x->is_paid) {
        call_use_assertion_once(&x->call, &x->reservation);
        grant_proof_use_up(x, &x->reservation);
        exchange_hold(x, &x->reservation);
    }
    x->reservation.transaction.leases = &x->lease;
    x->reservation.transaction.lease_count = 1;
    x->is_reserved = true; /* also if it is not known whether it was stored: then it comes due by itself */
    ledger_append(x->call.gateway->store, &x->reservation);
}

enum fault exchange_complete_reservation(struct exchange *x)
{
    if (!x->is_reserved)
        return FAULT_NONE;
    const struct store_guard *ended = x->reservation.transaction.cut_off_by;
    x->is_reserved = x->reservation.fault == FAULT_NONE;
    x->is_paid |= x->is_reserved;
    if (ended != NULL)
        return exchange_refuse_ended(x, ended);
    if (!x->is_reserved)
        return ladder_fail(&x->call.ladder, "reserved",
                           x->reservation.transaction.is_version_stale
                               ? FAULT_HELD_CONTENDED
                               : grant_proof_fault(x, x->reservation.fault),
                           TEXT_NONE, TEXT_NONE);
    x->checked_epoch = x->reservation.transaction.counters.epoch;
    x->lease.revision = 1;
    return FAULT_NONE;
}

/* For finding the record by the fingerprint. What it stands on is in the record, and as nothing has to be
 * withdrawn anywhere nobody looks for leases that stand on something: it is dead by its record alone. */
static void describe_recognised(struct exchange *x)
{
    const struct call *call = &x->call;
    x->lease = (struct store_lease){
        .id = call->id,
        .state = TEXT("live"),
        .adapter = x->adapter->name,
        .target = x->target->document->name,
        .fingerprint = x->minting.fingerprint,
        .issued_at_us = call->now_us,
        .expires_at_s = x->expires_at_s,
        .kept_until_s = x->expires_at_s + STORE_LEASE_KEPT_S,
    };
}

static void add_lease(struct exchange *x, struct ledger_entry *entry)
{
    entry->transaction.leases = &x->lease;
    entry->transaction.lease_count = 1;
}

void exchange_settle_lease(struct exchange *x, struct ledger_entry *entry)
{
    if (x->sharing.is_shared && x->call.fault == FAULT_NONE) {
        exchange_write_shared(x, entry);
        return;
    }
    if (!x->is_reserved) {
        if (x->call.fault == FAULT_NONE && x->minting.fingerprint.length != 0) {
            describe_recognised(x);
            add_lease(x, entry);
        }
        return;
    }
    if (credential_sharing_leaves(&x->sharing, &x->minting))
        return;
    bool is_granted = x->call.fault == FAULT_NONE;
    x->lease.state = is_granted ? TEXT("live") : TEXT("withdrawing");
    x->lease.next_attempt_at_s = is_granted ? 0 : x->call.now_s;
    x->lease.handle = x->minting.handle;
    x->lease.fingerprint = x->minting.fingerprint;
    x->lease.expires_at_s = x->expires_at_s;
    if (x->minting.made_for.length != 0)
        shared_credential_end_unmade(&x->lease);
    add_lease(x, entry);
}

/* Does not wait for a sweep where it can be done here and now; the lease's row still has it done if this fails.
 */
void exchange_take_back(struct exchange *x)
{
    bool is_to_be_taken_back = x->is_reserved && x->minting.credential.length != 0 &&
                               x->call.fault != FAULT_NONE && !x->sharing.is_shared;
    if (!is_to_be_taken_back || x->adapter->revoke == NULL) {
        flow_wait_done(&x->withdrawal.wait);
        return;
    }
    x->withdrawal.arena = x->call.arena;
    x->withdrawal.lease = x->order.id;
    x->withdrawal.target = x->order.target;
    x->withdrawal.handle = x->minting.handle;
    x->adapter->revoke(x->adapter, &x->withdrawal);
}

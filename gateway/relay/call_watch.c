/* It looks after a caller that has left before anything was written to it, too. A look costs a few hashes while
 * this loop's book of cutoffs is fresh. Where neither the book nor the store knows, a call that was let through
 * goes on for a while: a store that is away for a moment must not cut every answer there is, and one that stays
 * away must not keep a killed agent at work. */
#include "relay/call_watch.h"

#include <stddef.h>

enum { UNKNOWN_LOOKS_MAX = 10 };

static struct watch_list *list_of(const struct call_watch *watch)
{
    return relay_keeper_watches(watch->call->call.gateway->relays);
}

/* As the documents are now: the call's own world is that of its beginning. */
static bool is_switched_off(const struct relayed_call *call)
{
    struct world *world = world_keeper_take(call->call.gateway->worlds);
    bool is_on = standing_is_on(world, &call->credential.claims);
    world_release(world);
    return !is_on;
}

static enum flow_step_result ask(struct flow *flow)
{
    struct call_watch *watch = (struct call_watch *)(void *)((char *)flow - offsetof(struct call_watch, look));
    struct gateway *gateway = watch->call->call.gateway;
    FLOW_AWAIT(flow, &watch->liveness.wait,
               ledger_check_liveness(gateway->store, gateway->cutoffs, watch->standing.things,
                                     watch->standing.count, &watch->liveness));
    return FLOW_NEXT;
}

static const struct flow_step look_steps[] = {
    FLOW_STEP_ALWAYS(ask), /* waits: store, without a fresh book */
    FLOW_STEP_LAST,
};

static void finish_look(struct flow *flow)
{
    struct call_watch *watch = (struct call_watch *)(void *)((char *)flow - offsetof(struct call_watch, look));
    watch->is_looking = false;
    if (watch->is_ended) {
        flow_wait_done(&watch->idle);
        return;
    }
    if (watch->is_stale) {
        watch->is_stale = false;
        if (watch->is_begun)
            watch_list_add(list_of(watch), &watch->entry);
        return;
    }
    bool is_known = watch->liveness.fault == FAULT_NONE;
    watch->unknown = is_known ? 0 : watch->unknown + 1;
    watch_list_put_back(list_of(watch), &watch->entry);
    if ((is_known && watch->liveness.is_cut_off) || watch->unknown > UNKNOWN_LOOKS_MAX ||
        is_switched_off(watch->call))
        watch->give_up(watch->context, FAULT_CALL_CREDENTIAL_ENDED);
}

/* Where this loop's book tells of every kill there is, nothing can have become of what it did not end then. */
static bool is_still_known(const struct call_watch *watch)
{
    const struct cutoff_keeper *cutoffs = watch->call->call.gateway->cutoffs;
    return watch->unknown == 0 && cutoff_keeper_is_fresh(cutoffs) &&
           cutoff_book_epoch(cutoff_keeper_book(cutoffs)).number != 0;
}

static void look(struct watch_entry *entry, bool has_changed)
{
    struct call_watch *watch =
        (struct call_watch *)(void *)((char *)entry - offsetof(struct call_watch, entry));
    if (request_has_left(watch->call->call.request)) {
        flow_caller_gone(&watch->call->call.flow);
        watch->give_up(watch->context, FAULT_CALLER_GONE);
        return;
    }
    if (!has_changed && is_still_known(watch)) {
        watch_list_put_back(list_of(watch), entry);
        return;
    }
    watch->liveness = (struct ledger_liveness){0};
    watch->look = (struct flow){0};
    watch->is_looking = true;
    flow_start(&watch->look, look_steps, finish_look);
}

void call_watch_begin(struct call_watch *watch, struct text supply, struct text adapter)
{
    const struct call *call = &watch->call->call;
    struct standing standing = {.arena = call->arena, .world = call->world};
    standing_add_record(&standing, watch->call->credential.record);
    if (supply.length != 0)
        standing_add(&standing, TEXT("lease"), supply, 0);
    if (watch->session.length != 0)
        standing_add(&standing, TEXT("lease"), watch->session, 0);
    if (watch->session_root.length != 0)
        standing_add(&standing, TEXT("root"), watch->session_root, 0);
    standing_add(&standing, TEXT("lease"), call->id, 0); /* of a credential that was made for it alone */
    standing_add(&standing, TEXT("adapter"), adapter, call->now_us);
    watch->standing = standing;
    watch->entry.look = look;
    watch->is_begun = true;
    if (!watch->is_looking)
        watch_list_add(list_of(watch), &watch->entry);
}

bool call_watch_can_settle(const struct call_watch *watch)
{
    return !watch->is_looking;
}

void call_watch_settle(struct call_watch *watch, struct arena *arena)
{
    standing_settle(&watch->standing, arena);
    watch->liveness = (struct ledger_liveness){0};
    watch->session = watch->session_root = TEXT_NONE; /* among its things since it was begun */
}

bool call_watch_knows_ended(const struct relayed_call *call, const struct standing *standing)
{
    const struct cutoff_book *book = cutoff_keeper_book(call->call.gateway->cutoffs);
    return cutoff_book_find(book, standing->things, standing->count) != NULL || is_switched_off(call);
}

void call_watch_pause(struct call_watch *watch)
{
    watch_list_remove(&watch->entry);
    watch->is_begun = false;
    watch->is_stale = watch->is_looking;
}

void call_watch_end(struct call_watch *watch)
{
    call_watch_pause(watch);
    watch->is_ended = true;
    if (!watch->is_looking)
        flow_wait_done(&watch->idle);
}

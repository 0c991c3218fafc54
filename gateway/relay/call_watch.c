/* It looks after a caller that has left before anything was written to it, too. A look costs a few hashes while
 * this loop's book of cutoffs is fresh. Where neither the book nor the store knows, a call that was let through
 * goes on for a while: a store that is away for a moment must not cut every answer there is, and one that stays
 * away must not keep a killed agent at work. */
#include "relay/call_watch.h"

#include <stddef.h>

enum { LOOK_MS = 1000, UNKNOWN_LOOKS_MAX = 10 };

static void look_later(struct call_watch *watch)
{
    loop_timer_start(loop_current(), &watch->timer, LOOK_MS);
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
            look_later(watch);
        return;
    }
    bool is_known = watch->liveness.fault == FAULT_NONE;
    watch->unknown = is_known ? 0 : watch->unknown + 1;
    if ((is_known && watch->liveness.is_cut_off) || watch->unknown > UNKNOWN_LOOKS_MAX ||
        is_switched_off(watch->call))
        watch->give_up(watch->context, FAULT_CALL_CREDENTIAL_ENDED);
    look_later(watch);
}

static void look(struct loop_timer *timer)
{
    struct call_watch *watch =
        (struct call_watch *)(void *)((char *)timer - offsetof(struct call_watch, timer));
    if (request_has_left(watch->call->call.request)) {
        flow_caller_gone(&watch->call->call.flow);
        watch->give_up(watch->context, FAULT_CALLER_GONE);
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
    standing_add(&standing, TEXT("lease"), call->id, 0); /* of a credential that was made for it alone */
    standing_add(&standing, TEXT("adapter"), adapter, call->now_us);
    watch->standing = standing;
    watch->timer.run = look;
    watch->is_begun = true;
    if (!watch->is_looking)
        look_later(watch);
}

void call_watch_pause(struct call_watch *watch)
{
    if (watch->is_begun)
        loop_timer_stop(loop_current(), &watch->timer);
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

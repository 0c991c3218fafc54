/* Two flows. A round looks what there is to do: leases that a kill ended since the last look, then leases whose
 * time has come. A withdrawal is one lease: claim it (compare and swap, so that no other gateway tries it too),
 * have its adapter revoke it, settle what came of that. A claim that is never settled comes due again. A lease
 * that was given another one's credential has nothing at its adapter: with the last of them that other one is
 * ended, and so comes here itself. */
#include "lifecycle/withdrawal.h"

#include <stdlib.h>
#include <string.h>

#include "abandonment.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "last_sharer.h"
#include "ledger/ledger.h"
#include "json/json_writer.h"

enum { LOOK_MS = 1000, CLAIM_S = 60 };

struct withdrawal {
    struct flow flow; /* first */
    struct withdrawal_keeper *keeper;
    struct withdrawal *next, **link; /* of those under way */
    struct arena *arena;
    struct store_lease lease;
    const struct adapter *adapter;
    struct credential_withdrawal order;
    struct last_sharer last_sharer;
    struct ledger_entry claim, settlement;
};

/* One look. The queries' results are copied before they go. */
struct round {
    struct flow flow; /* first */
    struct withdrawal_keeper *keeper;
    struct arena *arena;
    struct store_query counters, doomed, due;
    struct flow_wait counters_wait, doomed_wait, due_wait;
};

struct withdrawal_keeper {
    struct withdrawal_options options;
    struct loop *loop;
    struct loop_timer timer;
    struct loop_message start;
    struct round *round;            /* under way, or NULL */
    struct withdrawal *withdrawals; /* under way */
    size_t count;
    bool has_more;                    /* found no room in the last round */
    struct store_counter swept_epoch; /* up to which every kill's leases were found */
    bool is_closed;
};

static void look_again(struct withdrawal_keeper *keeper, int64_t delay_ms)
{
    if (!keeper->is_closed)
        loop_timer_start(keeper->loop, &keeper->timer, delay_ms);
}

/* What one withdrawal holds, given back; also at the end of the process in the middle of one. */
static void dispose_withdrawal(struct flow *flow)
{
    struct withdrawal *x = (struct withdrawal *)flow;
    struct withdrawal_keeper *keeper = x->keeper;
    *x->link = x->next;
    if (x->next != NULL)
        x->next->link = x->link;
    keeper->count--;
    bool is_sound = x->claim.fault == FAULT_NONE;
    arena_destroy(x->arena);
    if (keeper->has_more && is_sound && keeper->round == NULL)
        look_again(keeper, 0);
}

static void write_lease(struct withdrawal *x, struct ledger_entry *entry)
{
    entry->transaction.leases = &x->lease;
    entry->transaction.lease_count = 1;
    ledger_append(x->keeper->options.store, entry);
}

static void start_claim(struct withdrawal *x)
{
    x->lease.state = TEXT("withdrawing");
    x->lease.attempts++;
    x->lease.next_attempt_at_s = clock_wall_s() + CLAIM_S;
    ledger_entry_begin(&x->claim, x->arena, NULL);
    write_lease(x, &x->claim);
}

static enum flow_step_result claim(struct flow *flow)
{
    struct withdrawal *x = (struct withdrawal *)flow;
    FLOW_AWAIT(flow, &x->claim.wait, start_claim(x));
    if (x->claim.fault != FAULT_NONE || x->keeper->is_closed)
        return FLOW_SKIP; /* another gateway has it, or the store is away: it comes due again */
    x->lease.revision++;
    return FLOW_NEXT;
}

static enum flow_step_result find_other_sharers(struct flow *flow)
{
    struct withdrawal *x = (struct withdrawal *)flow;
    FLOW_AWAIT(flow, &x->last_sharer.others_wait,
               last_sharer_find_others(&x->last_sharer, x->keeper->options.store, x->arena, &x->lease));
    return x->keeper->is_closed ? FLOW_SKIP : FLOW_NEXT;
}

static enum flow_step_result find_shared(struct flow *flow)
{
    struct withdrawal *x = (struct withdrawal *)flow;
    FLOW_AWAIT(flow, &x->last_sharer.shared_wait,
               last_sharer_find_shared(&x->last_sharer, x->keeper->options.store, x->arena, &x->lease));
    bool is_known = last_sharer_fault(&x->last_sharer) == FAULT_NONE;
    return x->keeper->is_closed || !is_known ? FLOW_SKIP : FLOW_NEXT;
}

static bool has_shared(const struct withdrawal *x)
{
    return x->lease.shares.base != NULL;
}

static void start_revoking(struct withdrawal *x)
{
    const struct withdrawal_options *options = &x->keeper->options;
    if (has_shared(x)) {
        flow_wait_done(&x->order.wait);
        return;
    }
    x->adapter = options->find_adapter(options->context, x->lease.adapter);
    x->order.arena = x->arena;
    x->order.lease = x->lease.id;
    x->order.target = options->find_target(options->context, x->arena, x->lease.target, x->lease.adapter);
    x->order.handle = x->lease.handle;
    x->order.fault = FAULT_OUTBOUND_FAILED;
    if (x->adapter != NULL && x->adapter->revoke != NULL)
        x->adapter->revoke(x->adapter, &x->order);
    else
        flow_wait_done(&x->order.wait);
}

static enum flow_step_result revoke(struct flow *flow)
{
    struct withdrawal *x = (struct withdrawal *)flow;
    FLOW_AWAIT(flow, &x->order.wait, start_revoking(x));
    return x->keeper->is_closed ? FLOW_SKIP : FLOW_NEXT;
}

/* Doubling from the first delay to the longest. */
static int64_t delay_s(const struct withdrawal *x)
{
    const struct withdrawal_options *options = &x->keeper->options;
    int64_t delay = options->retry_delay_s;
    for (int64_t i = 1; i < x->lease.attempts && delay < options->retry_delay_maximum_s; i++)
        delay *= 2;
    return delay < options->retry_delay_maximum_s ? delay : options->retry_delay_maximum_s;
}

/* Gone; out of reach for good, because nobody can or because it has ended by itself; or to be tried again. */
static void judge(struct withdrawal *x, int64_t now_s)
{
    bool cannot = x->adapter != NULL && x->adapter->revoke == NULL;
    x->lease.next_attempt_at_s = 0;
    if (has_shared(x)) {
        x->lease.state = TEXT("ended");
    } else if (x->order.fault == FAULT_NONE) {
        x->lease.next_attempt_at_s =
            abandonment_look_again_at_s(&x->lease, now_s, x->keeper->options.pending_s);
        if (x->lease.next_attempt_at_s == 0)
            x->lease.state = TEXT("ended");
    } else if (cannot || x->lease.expires_at_s <= now_s) {
        x->lease.state = TEXT("lost");
    } else {
        x->lease.next_attempt_at_s = now_s + delay_s(x);
        LOG(LOG_WARNING, "not_withdrawn", log_text("lease", x->lease.id), log_text("adapter", x->lease.adapter),
            log_text("reason", text_of(fault_row(x->order.fault)->reason)),
            log_number("attempts", x->lease.attempts));
    }
}

/* What became of it in the end is recorded; attempts in between are logged and counted in the lease. */
static void start_settlement(struct withdrawal *x)
{
    int64_t now_us = clock_wall_us();
    judge(x, now_us / 1000000);
    char *id = arena_allocate(x->arena, IDENTIFIER_SIZE);
    identifier_make(now_us, id);
    struct buffer change = buffer_in(x->arena, 128);
    struct json_writer writer = json_writer_on(&change);
    json_begin_object(&writer);
    json_member_text(&writer, "lease", x->lease.id);
    json_member_text(&writer, "state", x->lease.state);
    json_member_integer(&writer, "attempts", x->lease.attempts);
    json_member_text_if(&writer, "shared", x->lease.shares);
    json_end_object(&writer);
    struct record record = {.id = text_of(id),
                            .at_us = now_us,
                            .kind = TEXT("withdrawal"),
                            .outcome = TEXT("done"),
                            .parent = x->lease.id,
                            .target = x->lease.target,
                            .change = buffer_text(&change)};
    bool is_over = x->lease.next_attempt_at_s == 0;
    ledger_entry_begin(&x->settlement, x->arena, is_over ? &record : NULL);
    if (last_sharer_end(&x->last_sharer, &x->settlement.transaction, now_us, record.id))
        x->keeper->has_more = true; /* what was shared is to be found at once */
    write_lease(x, &x->settlement);
}

static enum flow_step_result settle(struct flow *flow)
{
    struct withdrawal *x = (struct withdrawal *)flow;
    FLOW_AWAIT(flow, &x->settlement.wait, start_settlement(x));
    return FLOW_NEXT;
}

static const struct flow_step withdrawal_steps[] = {
    FLOW_STEP(claim),              /* waits: commit */
    FLOW_STEP(find_other_sharers), /* waits: store, where it shares */
    FLOW_STEP(find_shared),        /* waits: store, where it was the last that shares */
    FLOW_STEP(revoke),             /* waits: adapter, where it shares nothing */
    FLOW_STEP(settle),             /* waits: commit */
    FLOW_STEP_LAST,
};

static bool is_under_way(const struct withdrawal_keeper *keeper, struct text id)
{
    for (const struct withdrawal *x = keeper->withdrawals; x != NULL; x = x->next)
        if (text_equal(x->lease.id, id))
            return true;
    return false;
}

static struct store_lease copy_lease(struct arena *arena, const struct store_lease *lease)
{
    struct store_lease copy = *lease;
    struct text *const texts[] = {&copy.id,     &copy.state,       &copy.adapter, &copy.target,
                                  &copy.handle, &copy.fingerprint, &copy.shares};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (texts[i]->base != NULL)
            *texts[i] = arena_copy(arena, *texts[i]);
    return copy;
}

static void withdraw(struct withdrawal_keeper *keeper, const struct store_lease *lease)
{
    struct arena *arena = arena_create();
    struct withdrawal *x = ARENA_NEW(arena, struct withdrawal);
    x->keeper = keeper;
    x->arena = arena;
    x->lease = copy_lease(arena, lease);
    x->next = keeper->withdrawals;
    x->link = &keeper->withdrawals;
    if (x->next != NULL)
        x->next->link = &x->next;
    keeper->withdrawals = x;
    keeper->count++;
    flow_start(&x->flow, withdrawal_steps, dispose_withdrawal);
}

static void withdraw_all(struct withdrawal_keeper *keeper, const struct store_query *found)
{
    for (size_t i = 0; i < found->lease_count; i++) {
        if (is_under_way(keeper, found->leases[i].id))
            continue;
        if (keeper->count == keeper->options.in_parallel) {
            keeper->has_more = true;
            return;
        }
        withdraw(keeper, &found->leases[i]);
    }
}

static void ask(struct round *x, struct store_query *query, enum store_query_kind kind, struct flow_wait *wait)
{
    query->kind = kind;
    query->limit = 2 * x->keeper->options.in_parallel;
    query->known_epoch = x->keeper->swept_epoch;
    query->at_s = clock_wall_s();
    query->arena = x->arena;
    store_find_awaited(x->keeper->options.store, query, wait);
}

static enum flow_step_result look_at_epoch(struct flow *flow)
{
    struct round *x = (struct round *)flow;
    FLOW_AWAIT(flow, &x->counters_wait, ask(x, &x->counters, STORE_QUERY_COUNTERS, &x->counters_wait));
    return x->counters.fault == FAULT_NONE && !x->keeper->is_closed ? FLOW_NEXT : FLOW_SKIP;
}

static void find_doomed(struct round *x)
{
    if (store_counter_equal(x->counters.counters.epoch, x->keeper->swept_epoch))
        flow_wait_done(&x->doomed_wait);
    else
        ask(x, &x->doomed, STORE_QUERY_LEASES_DOOMED, &x->doomed_wait);
}

/* The epoch was read before, so nothing that was killed up to it is missed; what is found is found again until
 * somebody has claimed it. */
static enum flow_step_result end_what_was_killed(struct flow *flow)
{
    struct round *x = (struct round *)flow;
    FLOW_AWAIT(flow, &x->doomed_wait, find_doomed(x));
    if (x->doomed.fault != FAULT_NONE || x->keeper->is_closed)
        return FLOW_SKIP;
    withdraw_all(x->keeper, &x->doomed);
    if (x->doomed.lease_count == 0)
        x->keeper->swept_epoch = x->counters.counters.epoch;
    return FLOW_NEXT;
}

static enum flow_step_result end_what_is_due(struct flow *flow)
{
    struct round *x = (struct round *)flow;
    FLOW_AWAIT(flow, &x->due_wait, ask(x, &x->due, STORE_QUERY_LEASES_DUE, &x->due_wait));
    if (x->due.fault == FAULT_NONE && !x->keeper->is_closed)
        withdraw_all(x->keeper, &x->due);
    return FLOW_NEXT;
}

static const struct flow_step round_steps[] = {
    FLOW_STEP(look_at_epoch),       /* waits: store */
    FLOW_STEP(end_what_was_killed), /* waits: store */
    FLOW_STEP(end_what_is_due),     /* waits: store */
    FLOW_STEP_LAST,
};

static void dispose_round(struct flow *flow)
{
    struct round *x = (struct round *)flow;
    struct withdrawal_keeper *keeper = x->keeper;
    keeper->round = NULL;
    arena_destroy(x->arena);
    look_again(keeper, LOOK_MS);
}

static void look(struct loop_timer *timer)
{
    struct withdrawal_keeper *keeper =
        (struct withdrawal_keeper *)((char *)timer - offsetof(struct withdrawal_keeper, timer));
    if (keeper->is_closed || keeper->round != NULL)
        return;
    struct arena *arena = arena_create();
    struct round *x = ARENA_NEW(arena, struct round);
    x->keeper = keeper;
    x->arena = arena;
    keeper->round = x;
    keeper->has_more = false;
    flow_start(&x->flow, round_steps, dispose_round);
}

static void start(struct loop_message *message)
{
    struct withdrawal_keeper *keeper =
        (struct withdrawal_keeper *)((char *)message - offsetof(struct withdrawal_keeper, start));
    look_again(keeper, 0);
}

struct withdrawal_keeper *withdrawal_keeper_create(struct loop *loop, const struct withdrawal_options *options)
{
    struct withdrawal_keeper *keeper = calloc(1, sizeof(*keeper));
    INVARIANT(keeper != NULL);
    keeper->options = *options;
    keeper->loop = loop;
    keeper->timer.run = look;
    keeper->start.run = start;
    loop_post(loop, &keeper->start);
    return keeper;
}

void withdrawal_keeper_close(struct withdrawal_keeper *keeper)
{
    keeper->is_closed = true;
}

void withdrawal_keeper_destroy(struct withdrawal_keeper *keeper)
{
    while (keeper->withdrawals != NULL)
        dispose_withdrawal(&keeper->withdrawals->flow);
    if (keeper->round != NULL)
        dispose_round(&keeper->round->flow);
    free(keeper);
}

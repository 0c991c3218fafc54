/* A look now and then; when a key is due, the same change that an operator makes with "dragoman key rotate", in
 * a flow of its own. What goes wrong is tried again later and ever later: the key that signs goes on. */
#include "exchange/key_schedule.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "exchange/propagation.h"
#include "ledger/record.h"
#include "runtime/metrics.h"
#include "json/json_writer.h"

enum { LOOK_MS = 2000, DOUBLINGS_MAX = 6 };

struct key_schedule {
    struct flow flow; /* first */
    struct gateway *gateway;
    struct loop *loop;
    struct loop_message start;
    struct loop_timer timer;
    unsigned failures; /* one after the other */
    /* Of the rotation under way: */
    struct arena *arena; /* NULL: there is none */
    struct world *world;
    int64_t now_us;
    enum algorithm algorithm;
    bool is_retirement; /* files have its keys now */
    struct key_plan plan;
    struct ledger_entry entry;
    struct propagation_wait effect;
    enum fault fault;
};

/* --- what it has in common with an operator's change --- */

int64_t key_change_live_s(const struct world *world)
{
    int64_t longest = 0;
    for (size_t i = 0; i < world->target_count; i++)
        if (world->targets[i].document->target.maximum_lifetime_s > longest)
            longest = world->targets[i].document->target.maximum_lifetime_s;
    return longest;
}

struct text key_change_describe(struct arena *arena, const struct key_plan *plan, struct text revoked,
                                bool is_scheduled)
{
    SCOPED_BUFFER change = {0};
    struct json_writer writer = json_writer_on(&change);
    json_begin_object(&writer);
    json_member_text_if(&writer, "revoked", revoked);
    if (is_scheduled)
        json_member_boolean(&writer, "scheduled", true);
    json_name(&writer, TEXT("keys"));
    json_begin_array(&writer);
    for (size_t i = 0; i < plan->count; i++) {
        json_begin_object(&writer);
        json_member_text(&writer, "kid", plan->rows[i].id);
        json_member_text(&writer, "state", plan->rows[i].state);
        json_end_object(&writer);
    }
    json_end_array(&writer);
    json_end_object(&writer);
    return arena_copy(arena, buffer_text(&change));
}

void key_change_add(struct ledger_entry *entry, const struct key_plan *plan)
{
    entry->transaction.keys = plan->rows;
    entry->transaction.key_count = plan->count;
    ledger_entry_take_turn(entry, &plan->turn);
}

enum fault key_change_fault(enum fault fault)
{
    return fault == FAULT_ASSERTION_REPLAYED ? FAULT_STORE_CONFLICT : fault;
}

/* --- one rotation --- */

static enum flow_step_result proceed(struct key_schedule *x, enum fault fault)
{
    x->fault = fault;
    return fault == FAULT_NONE ? FLOW_NEXT : FLOW_SKIP;
}

static enum flow_step_result plan(struct flow *flow)
{
    struct key_schedule *x = (struct key_schedule *)flow;
    if (x->is_retirement)
        return proceed(x, key_ring_plan_retirement(x->gateway->key_ring, x->algorithm, x->now_us / 1000000,
                                                   key_change_live_s(x->world), x->arena, &x->plan));
    return proceed(x, key_ring_plan_rotation(x->gateway->key_ring, x->algorithm, x->now_us / 1000000,
                                             x->world->gateway->key_publish_s, key_change_live_s(x->world),
                                             x->arena, &x->plan));
}

static void start_storing(struct key_schedule *x)
{
    char id[IDENTIFIER_SIZE];
    identifier_make(x->now_us, id);
    const struct record record = {.id = arena_copy(x->arena, text_of(id)),
                                  .at_us = x->now_us,
                                  .kind = TEXT("key"),
                                  .outcome = TEXT("done"),
                                  .change = key_change_describe(x->arena, &x->plan, TEXT_NONE, true)};
    ledger_entry_begin(&x->entry, x->arena, &record);
    key_change_add(&x->entry, &x->plan);
    ledger_append(x->gateway->store, &x->entry);
}

static enum flow_step_result store(struct flow *flow)
{
    struct key_schedule *x = (struct key_schedule *)flow;
    FLOW_AWAIT(flow, &x->entry.wait, start_storing(x));
    return proceed(x, key_change_fault(x->entry.fault));
}

static enum flow_step_result take_effect(struct flow *flow)
{
    struct key_schedule *x = (struct key_schedule *)flow;
    FLOW_AWAIT(flow, &x->effect.wait, propagation_await_entry(x->gateway, &x->entry, &x->effect));
    return proceed(x, x->effect.fault);
}

/* Another gateway that was quicker is no failure: what it stored is here at the next look. */
static enum flow_step_result note(struct flow *flow)
{
    struct key_schedule *x = (struct key_schedule *)flow;
    struct text algorithm = algorithm_name(x->algorithm);
    bool is_done = x->fault == FAULT_NONE || x->fault == FAULT_STORE_CONFLICT;
    x->failures = is_done ? 0 : x->failures + 1;
    if (x->fault == FAULT_NONE && x->is_retirement)
        LOG(LOG_INFO, "keys_retired", log_text("algorithm", algorithm));
    else if (x->fault == FAULT_NONE)
        LOG(LOG_INFO, "key_rotated", log_text("algorithm", algorithm),
            log_text("kid", x->plan.rows[x->plan.count - 1].id),
            log_number("signs_in_s", x->world->gateway->key_publish_s));
    else if (!is_done)
        LOG(LOG_ERROR, "key_not_rotated", log_text("algorithm", algorithm),
            log_text("reason", text_of(fault_row(x->fault)->reason)));
    return FLOW_NEXT;
}

static const struct flow_step steps[] = {
    FLOW_STEP(plan),        FLOW_STEP(store), /* waits: commit */
    FLOW_STEP(take_effect),                   /* waits: every loop */
    FLOW_STEP_ALWAYS(note), FLOW_STEP_LAST,
};

/* --- looking --- */

static void look(struct loop_timer *timer);

/* Between half of it and all of it, so that gateways that were started together do not look together. */
static void look_again(struct key_schedule *x)
{
    unsigned doublings = x->failures < DOUBLINGS_MAX ? x->failures : DOUBLINGS_MAX;
    uint32_t chance;
    random_bytes(&chance, sizeof(chance));
    int64_t pause_ms = (int64_t)LOOK_MS << doublings;
    x->timer.run = look;
    loop_timer_start(x->loop, &x->timer, pause_ms / 2 + (int64_t)chance % (pause_ms / 2));
}

static void clear(struct key_schedule *x)
{
    if (x->arena == NULL)
        return;
    world_release(x->world);
    arena_destroy(x->arena);
    x->arena = NULL;
    x->world = NULL;
    x->plan = (struct key_plan){0};
    x->entry = (struct ledger_entry){0};
    x->effect = (struct propagation_wait){0};
}

static void dispose(struct flow *flow)
{
    struct key_schedule *x = (struct key_schedule *)flow;
    clear(x);
    look_again(x);
}

int64_t key_schedule_at_s(const struct world *world, const struct key_snapshot *keys,
                          const struct signing_key *key)
{
    const struct gateway_document *settings = world->gateway;
    if (settings->key_rotate_s == 0 || key != key_snapshot_last(keys, key->algorithm) ||
        key_snapshot_is_in_files(keys, key->algorithm) ||
        !text_list_has(&settings->signing_algorithms, algorithm_name(key->algorithm)))
        return 0;
    return key->activate_at_s + settings->key_rotate_s - settings->key_publish_s;
}

static bool is_due(struct key_schedule *x, const struct key_snapshot *keys, const struct signing_key *key)
{
    int64_t at_s = key_schedule_at_s(x->world, keys, key);
    x->algorithm = key->algorithm;
    x->is_retirement =
        key == key_snapshot_last(keys, key->algorithm) && key_snapshot_is_in_files(keys, key->algorithm);
    return x->is_retirement || (at_s != 0 && x->now_us / 1000000 >= at_s);
}

static bool find_due(struct key_schedule *x)
{
    bool has_found = false;
    const struct key_snapshot *keys = key_ring_acquire(x->gateway->key_ring);
    for (size_t i = 0; i < keys->count && !has_found; i++)
        has_found = is_due(x, keys, &keys->keys[i]);
    key_ring_release(x->gateway->key_ring, keys);
    return has_found;
}

static void look(struct loop_timer *timer)
{
    struct key_schedule *x = (struct key_schedule *)((char *)timer - offsetof(struct key_schedule, timer));
    x->world = world_keeper_take(x->gateway->worlds);
    x->now_us = clock_wall_us();
    if (x->gateway->leaving_since_us != 0 || !find_due(x)) {
        world_release(x->world);
        x->world = NULL;
        return look_again(x);
    }
    x->arena = arena_create();
    x->flow = (struct flow){0};
    flow_start(&x->flow, steps, dispose);
}

static void start(struct loop_message *message)
{
    look_again((struct key_schedule *)((char *)message - offsetof(struct key_schedule, start)));
}

struct key_schedule *key_schedule_create(struct gateway *gateway, struct loop *loop)
{
    struct key_schedule *schedule = calloc(1, sizeof(*schedule));
    INVARIANT(schedule != NULL);
    schedule->gateway = gateway;
    schedule->loop = loop;
    schedule->start.run = start;
    loop_post(loop, &schedule->start);
    return schedule;
}

void key_schedule_destroy(struct key_schedule *schedule)
{
    if (schedule == NULL)
        return;
    clear(schedule);
    free(schedule);
}

/* One walk at a time, on one loop. Each world has three: one through everything that may still be live, and two
 * through what was issued since shortly before it came. A walk that fails is begun again a second later. */
#include "exchange/holdings_keeper.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "holdings_pass.h"

enum { RETRY_MS = 1000, SECOND_US = 1000000 };

/* Other gateways have the documents of the store within two seconds; an exchange under way waits a minute for
 * keys and two for the store at most. */
static const struct {
    int64_t delay_ms;
    int64_t before_s; /* of what was issued before the world came */
} walks[] = {{0, 0}, {5 * 1000, 30}, {200 * 1000, 200}};

enum { WALKS = sizeof(walks) / sizeof(walks[0]) };

struct holdings_keeper {
    struct gateway *gateway;
    struct loop *loop;
    struct loop_timer timer;
    struct loop_message start;
    struct world *world;         /* retained; NULL: there is nothing to do */
    int64_t lifetime_s;          /* of no target has been longer, in any world that was seen */
    int64_t came_us;             /* wall clock: when the world was there */
    unsigned walk;               /* the next, or under way */
    bool is_walking, is_in_vain; /* in vain: the world is another meanwhile */
    struct holdings_pass pass;
    int64_t begun_us;
};

static bool asks(const struct world_policies *policies)
{
    bool asks = policies->set.combination_count != 0;
    for (enum policy_holder kind = 0; kind < POLICY_HOLDER_COUNT; kind++)
        asks |= policies->reads_held[kind];
    return asks;
}

static bool has_combination(const struct world *world, const struct document *combination)
{
    for (size_t i = 0; i < world->documents.count; i++) {
        const struct document *document = world->documents.items[i];
        if (document->kind == DOCUMENT_COMBINATION && text_equal(document->body, combination->body))
            return true;
    }
    return false;
}

/* Whether all that one world asks for was written down by another as well. */
static bool covers(const struct world *before, const struct world *next)
{
    for (enum policy_holder kind = 0; kind < POLICY_HOLDER_COUNT; kind++)
        if (next->policies.kept_s[kind] > before->policies.kept_s[kind] ||
            next->policies.reads_held[kind] > before->policies.reads_held[kind])
            return false;
    for (size_t i = 0; i < next->documents.count; i++) {
        const struct document *document = next->documents.items[i];
        if (document->kind == DOCUMENT_COMBINATION && document->combination.is_enabled &&
            !has_combination(before, document))
            return false;
    }
    return true;
}

static int64_t longest_lifetime(const struct world *world)
{
    int64_t longest_s = 0;
    for (size_t i = 0; i < world->target_count; i++) {
        int64_t lifetime_s = world->targets[i].document->target.maximum_lifetime_s;
        longest_s = lifetime_s > longest_s ? lifetime_s : longest_s;
    }
    return longest_s;
}

static void note_lifetimes(struct holdings_keeper *keeper, const struct world *world)
{
    int64_t lifetime_s = longest_lifetime(world);
    if (lifetime_s > keeper->lifetime_s)
        keeper->lifetime_s = lifetime_s;
}

static void begin(struct holdings_keeper *keeper)
{
    int64_t before_s = walks[keeper->walk].before_s;
    if (keeper->walk == 0)
        before_s = keeper->lifetime_s + walks[WALKS - 1].before_s;
    keeper->begun_us = clock_monotonic_us();
    keeper->pass = (struct holdings_pass){0};
    holdings_pass_begin(&keeper->pass, keeper->world, keeper->came_us - before_s * SECOND_US, clock_wall_s());
}

/* Moves on to the next walk, if this one went well; false: that was the last. */
static bool settle(struct holdings_keeper *keeper, enum fault fault)
{
    int64_t elapsed_ms = (clock_monotonic_us() - keeper->begun_us) / 1000;
    if (fault == FAULT_NONE) {
        LOG(LOG_INFO, "holdings_looked_through", log_number("walk", keeper->walk),
            log_number("issued", (int64_t)keeper->pass.issued),
            log_number("written", (int64_t)keeper->pass.written), log_number("milliseconds", elapsed_ms));
        keeper->world->policies.is_held_known = true;
        keeper->walk++;
    } else {
        LOG(LOG_WARNING, "holdings_not_looked_through", log_number("walk", keeper->walk),
            log_text("reason", text_of(fault_row(fault)->reason)));
    }
    holdings_pass_end(&keeper->pass);
    return keeper->walk < WALKS;
}

static void forget_world(struct holdings_keeper *keeper)
{
    world_release(keeper->world);
    keeper->world = NULL;
    keeper->is_in_vain = keeper->is_walking;
}

static void wait_for_walk(struct holdings_keeper *keeper, int64_t delay_ms)
{
    loop_timer_start(keeper->loop, &keeper->timer, delay_ms);
}

static void finish(struct holdings_keeper *keeper, enum fault fault)
{
    keeper->is_walking = false;
    if (!settle(keeper, fault))
        return forget_world(keeper);
    int64_t due_us = keeper->came_us + walks[keeper->walk].delay_ms * 1000, now_us = clock_wall_us();
    wait_for_walk(keeper, fault != FAULT_NONE ? RETRY_MS : due_us > now_us ? (due_us - now_us) / 1000 + 1 : 0);
}

static void ask(struct holdings_keeper *keeper);

static void answered(struct holdings_keeper *keeper)
{
    if (keeper->gateway->is_closed)
        return;
    if (keeper->is_in_vain) {
        holdings_pass_end(&keeper->pass);
        keeper->is_walking = keeper->is_in_vain = false;
        if (keeper->world != NULL)
            wait_for_walk(keeper, 0);
        return;
    }
    enum fault fault = holdings_pass_take(&keeper->pass);
    if (fault == FAULT_NONE && keeper->pass.step != PASS_DONE)
        ask(keeper);
    else
        finish(keeper, fault);
}

static void found(struct store_query *query)
{
    answered(query->context);
}

static void stored(struct store_transaction *transaction)
{
    answered(transaction->context);
}

static void ask(struct holdings_keeper *keeper)
{
    struct holdings_pass *pass = &keeper->pass;
    if (pass->step == PASS_WRITE) {
        pass->transaction.done = stored;
        pass->transaction.context = keeper;
        return store_submit(keeper->gateway->store, &pass->transaction);
    }
    struct store_query *query = pass->step == PASS_PAGE ? &pass->page : &pass->held;
    query->done = found;
    query->context = keeper;
    store_find(keeper->gateway->store, query);
}

static void walk(struct loop_timer *timer)
{
    struct holdings_keeper *keeper =
        (struct holdings_keeper *)((char *)timer - offsetof(struct holdings_keeper, timer));
    if (keeper->gateway->is_closed || keeper->is_walking || keeper->world == NULL)
        return;
    keeper->is_walking = true;
    begin(keeper);
    ask(keeper);
}

/* The first walk of the first world. */
static void walk_and_wait(struct holdings_keeper *keeper)
{
    struct holdings_pass *pass = &keeper->pass;
    enum fault fault = FAULT_NONE;
    begin(keeper);
    while (fault == FAULT_NONE && pass->step != PASS_DONE) {
        if (pass->step == PASS_WRITE)
            store_submit_and_wait(keeper->gateway->store, &pass->transaction);
        else
            store_find_and_wait(keeper->gateway->store, pass->step == PASS_PAGE ? &pass->page : &pass->held);
        fault = holdings_pass_take(pass);
    }
    settle(keeper, fault);
}

static void set_out(struct holdings_keeper *keeper, struct world *world)
{
    world_retain(world);
    keeper->world = world;
    keeper->came_us = clock_wall_us();
    keeper->walk = 0;
}

static void start(struct loop_message *message)
{
    struct holdings_keeper *keeper =
        (struct holdings_keeper *)((char *)message - offsetof(struct holdings_keeper, start));
    if (!keeper->gateway->is_closed && keeper->world != NULL)
        wait_for_walk(keeper, walks[keeper->walk].delay_ms);
}

struct holdings_keeper *holdings_keeper_create(struct gateway *gateway, struct loop *loop, struct world *first)
{
    struct holdings_keeper *keeper = calloc(1, sizeof(*keeper));
    INVARIANT(keeper != NULL);
    keeper->gateway = gateway;
    keeper->loop = loop;
    keeper->timer.run = walk;
    keeper->start.run = start;
    note_lifetimes(keeper, first);
    first->policies.is_held_known = !asks(&first->policies);
    if (!first->policies.is_held_known) {
        set_out(keeper, first);
        walk_and_wait(keeper);
    }
    loop_post(loop, &keeper->start);
    return keeper;
}

void holdings_keeper_destroy(struct holdings_keeper *keeper)
{
    if (keeper->is_walking)
        holdings_pass_end(&keeper->pass);
    if (keeper->world != NULL)
        world_release(keeper->world);
    free(keeper);
}

void holdings_keeper_compare(struct holdings_keeper *keeper, struct world *next)
{
    struct world *before = world_keeper_take(keeper->gateway->worlds);
    note_lifetimes(keeper, next);
    next->policies.is_held_known =
        !asks(&next->policies) || (before->policies.is_held_known && covers(before, next));
    world_release(before);
}

void holdings_keeper_follow(struct holdings_keeper *keeper, struct world *world)
{
    bool has_to_walk = !world->policies.is_held_known;
    if (!has_to_walk && asks(&world->policies))
        return; /* who is under way writes down all that this one asks for */
    if (keeper->world != NULL)
        forget_world(keeper);
    if (!has_to_walk)
        return;
    set_out(keeper, world);
    if (!keeper->is_walking)
        wait_for_walk(keeper, 0);
}

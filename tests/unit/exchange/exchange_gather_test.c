/* What is looked up before a decision, what of it counts, and what is stored of what is given: on a real store.
 */
#include "exchange_fixture.h"

#include <stdio.h>
#include <unistd.h>

static const char reading[] = "---\nkind: Policy\nmetadata: {name: p}\nspec:\n  policies: |\n"
                              "    permit(principal, action == Action::\"exchange\", resource) when { "
                              "context.held_by_subject.count < 9 &&\n"
                              "    context.exchanges_by_agent.last_hour < 9 };\n"
                              "---\nkind: Combination\nmetadata: {name: c}\nspec: {holder: tree, within: 1m, "
                              "rights: [{name: a, targets: [orders], "
                              "scopes: [write]}, {name: b, targets: [other]}]}\n";

static int begin_reading(void **state)
{
    return fixture_begin_with(state, reading);
}

static struct exchange *agreed(void **state, const char *scopes)
{
    struct exchange *x = fixture_exchange(state);
    x->subject.token.scope = TEXT("read write");
    fixture_ask_scope(x, scopes);
    assert_int_equal(exchange_resolve_target(x), FAULT_NONE);
    assert_int_equal(exchange_agree(x), FAULT_NONE);
    return x;
}

/* A store of its own, and no kills. */
static void open_store(struct fixture *fixture, struct gateway *gateway)
{
    char path[128], detail[STORE_DETAIL_SIZE];
    snprintf(path, sizeof(path), "%s/store", fixture->folder);
    const struct store_options options = {.sqlite_path = path, .queue_limit = 10};
    assert_int_equal(store_open(&options, true, &gateway->store, detail), FAULT_NONE);
    gateway->cutoffs = cutoff_keeper_create(&fixture->loop, 1, 100);
    gateway->turns = turns_create();
    fixture->world->policies.is_held_known = true;
}

static void close_store(struct fixture *fixture, struct gateway *gateway)
{
    static const char *const files[] = {"store", "store-wal", "store-shm", "store.lock"};
    char path[128];
    store_close(gateway->store);
    cutoff_keeper_close(gateway->cutoffs);
    cutoff_keeper_destroy(gateway->cutoffs);
    turns_destroy(gateway->turns);
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", fixture->folder, files[i]);
        unlink(path);
    }
}

struct gathering {
    struct flow flow; /* first */
    struct exchange *x;
    struct loop_message message;
    struct loop *loop;
    enum fault fault;
};

static enum flow_step_result take_turn(struct flow *flow)
{
    struct gathering *gathering = (struct gathering *)flow;
    FLOW_AWAIT(flow, &gathering->x->turn.wait, exchange_take_turn(gathering->x));
    return FLOW_NEXT;
}

static enum flow_step_result gather(struct flow *flow)
{
    struct gathering *gathering = (struct gathering *)flow;
    FLOW_AWAIT(flow, &gathering->x->gathering, exchange_gather(gathering->x));
    gathering->fault = exchange_complete_gather(gathering->x);
    turn_leave(&gathering->x->turn);
    return FLOW_NEXT;
}

static void stop(struct flow *flow)
{
    loop_stop(((struct gathering *)flow)->loop);
}

static const struct flow_step steps[] = {FLOW_STEP(take_turn), FLOW_STEP(gather), FLOW_STEP_LAST};

static void start(struct loop_message *message)
{
    struct gathering *gathering = (struct gathering *)((char *)message - offsetof(struct gathering, message));
    flow_start(&gathering->flow, steps, stop);
}

static enum fault gather_on_loop(struct fixture *fixture, struct exchange *x)
{
    struct gathering gathering = {.x = x, .message = {start, NULL}, .loop = fixture->loop};
    loop_post(fixture->loop, &gathering.message);
    loop_run(fixture->loop);
    return gathering.fault;
}

/* What was decided is given and stored. */
static void give(struct exchange *x)
{
    struct ledger_entry entry = {0};
    exchange_hold(x, &entry);
    store_submit_and_wait(x->call.gateway->store, &entry.transaction);
    assert_int_equal(entry.transaction.outcome, STORE_STORED);
}

static void asks_nothing_where_no_document_looks(void **state)
{
    struct exchange *x = agreed(state, "read");
    assert_int_equal(gather_on_loop(*state, x), FAULT_NONE); /* there is no store here */
    assert_int_equal(x->held.count, 0);
    struct ledger_entry entry = {0};
    exchange_hold(x, &entry);
    assert_int_equal(
        entry.transaction.holding_count + entry.transaction.version_count + entry.transaction.tally_count, 0);
}

static void asks_for_the_holders_of_policies_and_of_combinations_that_are_met(void **state)
{
    struct fixture *fixture = *state;
    struct exchange *x = agreed(state, "read");
    struct gateway gateway = {0};
    x->call.gateway = &gateway;
    open_store(fixture, &gateway);
    assert_int_equal(gather_on_loop(fixture, x), FAULT_NONE);
    assert_int_equal(x->held.count, 2); /* subject and agent; no right of the combination is asked for */
    assert_true(x->held.is_held[0] && !x->held.is_counted[0]);
    assert_true(!x->held.is_held[1] && x->held.is_counted[1]);
    x = agreed(state, "write");
    x->call.gateway = &gateway;
    assert_int_equal(gather_on_loop(fixture, x), FAULT_NONE);
    assert_int_equal(x->held.count, 3);
    close_store(fixture, &gateway);
}

static void sees_what_was_given_and_how_often(void **state)
{
    struct fixture *fixture = *state;
    struct exchange *x = agreed(state, "write");
    struct gateway gateway = {0};
    x->call.gateway = &gateway;
    open_store(fixture, &gateway);
    assert_int_equal(gather_on_loop(fixture, x), FAULT_NONE);
    assert_int_equal(x->facts.holding_count, 0);
    give(x);
    x = agreed(state, "write");
    x->call.gateway = &gateway;
    assert_int_equal(gather_on_loop(fixture, x), FAULT_NONE);
    assert_int_equal(x->facts.holding_count, 2); /* by the subject and in the tree */
    assert_int_equal(x->facts.last_hour[POLICY_HOLDER_AGENT], 1);
    assert_int_equal(x->facts.last_hour[POLICY_HOLDER_TREE], 0);
    assert_true(text_is(x->facts.holdings[0].target, "orders"));
    assert_true(text_is(x->facts.holdings[0].scopes, "write"));
    assert_int_equal(x->facts.holdings[0].expires_at_s, FIXTURE_NOW + 300);
    close_store(fixture, &gateway);
}

static void counts_what_an_agent_does_whoever_its_actor_token_names(void **state)
{
    struct fixture *fixture = *state;
    struct gateway gateway = {0};
    open_store(fixture, &gateway);
    for (int i = 0; i < 2; i++) {
        struct exchange *x = agreed(state, "write");
        x->call.gateway = &gateway;
        x->actor_identity.subject = i == 0 ? TEXT("job-8") : TEXT("job-9");
        assert_int_equal(gather_on_loop(fixture, x), FAULT_NONE);
        assert_int_equal(x->facts.last_hour[POLICY_HOLDER_AGENT], i);
        give(x);
    }
    close_store(fixture, &gateway);
}

static void is_refused_by_the_commit_when_somebody_was_given_something_meanwhile(void **state)
{
    struct fixture *fixture = *state;
    struct exchange *x = agreed(state, "write");
    struct gateway gateway = {0};
    struct ledger_entry entry = {0};
    x->call.gateway = &gateway;
    open_store(fixture, &gateway);
    assert_int_equal(gather_on_loop(fixture, x), FAULT_NONE);
    give(x);
    exchange_hold(x, &entry); /* as one that was decided at the same time */
    store_submit_and_wait(gateway.store, &entry.transaction);
    assert_int_equal(entry.transaction.outcome, STORE_STALE);
    assert_true(entry.transaction.is_version_stale);
    close_store(fixture, &gateway);
}

static void does_not_take_a_token_that_was_killed_for_gone_before_it_expires(void **state)
{
    struct fixture *fixture = *state;
    struct exchange *x = agreed(state, "write");
    struct gateway gateway = {0};
    const struct store_cutoff cutoff = {.kind = TEXT("target"), .id = TEXT("orders"), .at_us = INT64_MAX / 2};
    x->call.gateway = &gateway;
    open_store(fixture, &gateway);
    assert_int_equal(gather_on_loop(fixture, x), FAULT_NONE);
    give(x);
    cutoff_keeper_fill(gateway.cutoffs, &cutoff, 1, (struct store_counter){1, 1});
    x = agreed(state, "write");
    x->call.gateway = &gateway;
    assert_int_equal(gather_on_loop(fixture, x), FAULT_NONE);
    assert_int_equal(x->facts.holding_count, 2);
    for (size_t i = 0; i < x->facts.holding_count; i++) /* resource servers may check it by themselves */
        assert_int_equal(x->facts.holdings[i].expires_at_s, FIXTURE_NOW + 300);
    close_store(fixture, &gateway);
}

static void refuses_until_it_is_known_what_was_issued_before(void **state)
{
    struct fixture *fixture = *state;
    struct exchange *x = agreed(state, "write");
    fixture->world->policies.is_held_known = false;
    assert_int_equal(gather_on_loop(fixture, x), FAULT_HELD_UNKNOWN); /* no store is asked */
}

static void refuses_when_more_is_held_than_is_looked_at_or_the_store_is_silent(void **state)
{
    struct exchange *x = agreed(state, "write");
    x->held.count = 1;
    x->held.query.is_whole = false;
    assert_int_equal(exchange_complete_gather(x), FAULT_HELD_TOO_MUCH);
    x->held.query.fault = FAULT_STORE_UNAVAILABLE;
    assert_int_equal(exchange_complete_gather(x), FAULT_STORE_UNAVAILABLE);
}

static void names_each_kind_of_holder_apart(void **state)
{
    struct fixture *fixture = *state;
    struct exchange *x = agreed(state, "write");
    struct gateway gateway = {0};
    x->call.gateway = &gateway;
    x->subject.token.identity = x->actor_identity; /* who acts for itself */
    open_store(fixture, &gateway);
    assert_int_equal(gather_on_loop(fixture, x), FAULT_NONE);
    assert_int_equal(x->held.count, 3);
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < i; j++)
            assert_false(text_equal(x->held.holders[i].name, x->held.holders[j].name));
    close_store(fixture, &gateway);
}

static void keeps_what_has_ended_only_where_a_combination_wants_it(void **state)
{
    static const char both[] = "---\nkind: Policy\nmetadata: {name: p}\nspec:\n  policies: |\n"
                               "    permit(principal, action == Action::\"exchange\", resource) when { "
                               "context.held_in_tree.count < 9 };\n"
                               "---\nkind: Combination\nmetadata: {name: c}\nspec: {holder: tree, within: 1d, "
                               "rights: [{name: a, targets: [orders], scopes: [write]}, "
                               "{name: b, targets: [other]}]}\n";
    struct fixture *fixture = *state;
    struct gateway gateway = {0};
    SCOPED_BUFFER mistakes = {0};
    assert_true(fixture_use(fixture, both, &mistakes));
    open_store(fixture, &gateway);
    for (int i = 0; i < 2; i++) {
        struct exchange *x = agreed(state, i == 0 ? "read" : "write");
        struct ledger_entry entry = {0};
        x->call.gateway = &gateway;
        assert_int_equal(gather_on_loop(fixture, x), FAULT_NONE);
        exchange_hold(x, &entry);
        assert_int_equal(entry.transaction.holding_count, 1);
        assert_int_equal(entry.transaction.holdings[0].kept_until_s, FIXTURE_NOW + 300 + (i == 0 ? 0 : 86400));
        assert_int_equal(entry.transaction.versions[0].expires_at_s, FIXTURE_NOW + 300 + 86400);
    }
    close_store(fixture, &gateway);
}

static void stores_nothing_of_a_dry_run(void **state)
{
    struct exchange *x = agreed(state, "write");
    struct ledger_entry entry = {0};
    x->request.is_dry_run = true;
    x->held.count = 1;
    x->held.is_held[0] = x->held.is_counted[0] = true;
    exchange_hold(x, &entry);
    assert_int_equal(
        entry.transaction.holding_count + entry.transaction.version_count + entry.transaction.tally_count, 0);
}

#define READING_TEST(name) cmocka_unit_test_setup_teardown(name, begin_reading, fixture_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(asks_nothing_where_no_document_looks, fixture_begin, fixture_end),
        READING_TEST(asks_for_the_holders_of_policies_and_of_combinations_that_are_met),
        READING_TEST(sees_what_was_given_and_how_often),
        READING_TEST(counts_what_an_agent_does_whoever_its_actor_token_names),
        READING_TEST(is_refused_by_the_commit_when_somebody_was_given_something_meanwhile),
        READING_TEST(does_not_take_a_token_that_was_killed_for_gone_before_it_expires),
        READING_TEST(refuses_until_it_is_known_what_was_issued_before),
        READING_TEST(refuses_when_more_is_held_than_is_looked_at_or_the_store_is_silent),
        READING_TEST(names_each_kind_of_holder_apart),
        READING_TEST(keeps_what_has_ended_only_where_a_combination_wants_it),
        READING_TEST(stores_nothing_of_a_dry_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

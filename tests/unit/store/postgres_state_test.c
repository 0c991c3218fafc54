/* The state of adapters on PostgreSQL: forgetting, gateways that share a server, and statements that use their
 * indexes. */
#include "loop_load.h"
#include "postgres_fixture.h"

#include <pthread.h>
#include <stdatomic.h>

static bool change(struct store *store, struct store_state *state)
{
    struct store_transaction transaction = {.states = state, .state_count = 1};
    store_submit_and_wait(store, &transaction);
    assert_int_equal(transaction.fault, FAULT_NONE);
    return transaction.outcome == STORE_STORED;
}

static struct store_state state_of(enum store_state_change kind, struct text value)
{
    return (struct store_state){.adapter = TEXT("a"),
                                .key = TEXT("k"),
                                .change = kind,
                                .value = value,
                                .expected_version = -1,
                                .claimed_until_ms = 10,
                                .now_ms = INT64_MAX};
}

static void begins_behind_every_number_that_was_dropped(void **state)
{
    struct fixture *fixture = *state;
    PGconn *connection = postgres_fixture_connect(fixture);
    for (int64_t fence = 1; fence <= 5; fence++) {
        struct store_state claim = state_of(STORE_STATE_CLAIM, TEXT_NONE);
        assert_true(change(fixture->store, &claim));
        assert_int_equal(claim.fence, fence);
    }
    struct store_state put = state_of(STORE_STATE_PUT, TEXT("v"));
    put.expires_at_s = clock_wall_s() - 10;
    assert_true(change(fixture->store, &put));
    store_drop_before(fixture->store, 0);
    assert_int_equal(
        postgres_fixture_number(connection, "SELECT version FROM adapter_state WHERE value IS NULL"), 2);
    assert_true(postgres_fixture_number(connection, "SELECT expires_at FROM adapter_state") >=
                clock_wall_s() + STORE_STATE_KEPT_S - 10);
    postgres_fixture_execute(connection, "UPDATE adapter_state SET expires_at = expires_at - 172900");
    store_drop_before(fixture->store, 0);
    assert_int_equal(postgres_fixture_number(connection, "SELECT count(*) FROM adapter_state"), 0);
    struct store_state late = state_of(STORE_STATE_PUT, TEXT("late"));
    late.expected_version = 2;
    assert_false(change(fixture->store, &late));
    late.expected_version = -1;
    late.fence = 5;
    assert_false(change(fixture->store, &late));
    late.change = STORE_STATE_CLAIM;
    assert_false(change(fixture->store, &late));
    struct store_state claim = state_of(STORE_STATE_CLAIM, TEXT_NONE);
    assert_true(change(fixture->store, &claim));
    assert_int_equal(claim.fence, 6);
    PQfinish(connection);
}

static void drops_uses_by_the_day_and_keeps_thirty(void **state)
{
    struct fixture *fixture = *state;
    PGconn *connection = postgres_fixture_connect(fixture);
    int64_t today = clock_wall_s() / 86400;
    struct store_use uses[33];
    for (int64_t day = 0; day < 33; day++)
        uses[day] = (struct store_use){TEXT("l"), (today - day) * 1440 + 7, 1, 0};
    struct store_transaction transaction = {.uses = uses, .use_count = 33};
    store_submit_and_wait(fixture->store, &transaction);
    assert_int_equal(transaction.fault, FAULT_NONE);
    store_drop_before(fixture->store, 0);
    assert_int_equal(postgres_fixture_number(connection, "SELECT min(minute) / 1440 FROM lease_use"),
                     today - STORE_USE_KEPT_DAYS);
    PQfinish(connection);
}

enum { GATEWAYS = 2, CLAIMS = 40, KEYS = 3 };

struct gateway {
    struct store *store;
    int64_t fences[KEYS][CLAIMS];
    size_t counts[KEYS];
};

/* Takes claims of several keys in one transaction, in another order each time: their locks must not cross. */
static void *claim_all(void *argument)
{
    struct gateway *gateway = argument;
    static const char *const keys[KEYS] = {"x", "y", "z"};
    for (size_t i = 0; i < CLAIMS; i++) {
        struct store_state states[KEYS];
        for (size_t j = 0; j < KEYS; j++) {
            states[j] = state_of(STORE_STATE_CLAIM, TEXT_NONE);
            states[j].key = text_of(keys[(i + j) % KEYS]);
        }
        struct store_transaction transaction = {.states = states, .state_count = KEYS};
        store_submit_and_wait(gateway->store, &transaction);
        assert_int_equal(transaction.fault, FAULT_NONE);
        for (size_t j = 0; j < KEYS; j++)
            gateway->fences[(i + j) % KEYS][gateway->counts[(i + j) % KEYS]++] = states[j].fence;
    }
    return NULL;
}

static void gives_no_fence_to_two_gateways(void **state)
{
    struct fixture *fixture = *state;
    struct gateway gateways[GATEWAYS] = {{.store = fixture->store}, {.store = fixture_open(fixture->path, 64)}};
    pthread_t threads[GATEWAYS];
    bool seen[KEYS][GATEWAYS * CLAIMS + 1] = {{false}};
    for (int i = 0; i < GATEWAYS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, claim_all, &gateways[i]), 0);
    for (int i = 0; i < GATEWAYS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < GATEWAYS; i++)
        for (size_t key = 0; key < KEYS; key++)
            for (size_t j = 0; j < gateways[i].counts[key]; j++) {
                int64_t fence = gateways[i].fences[key][j];
                assert_true(fence >= 1 && fence <= GATEWAYS * CLAIMS);
                assert_false(seen[key][fence]);
                seen[key][fence] = true;
            }
    store_close(gateways[1].store);
}

struct killer {
    struct fixture *fixture;
    atomic_bool is_over;
    int killed;
};

static void *end_sessions(void *argument)
{
    struct killer *killer = argument;
    PGconn *connection = postgres_fixture_connect(killer->fixture);
    while (!atomic_load(&killer->is_over)) {
        int64_t killed = postgres_fixture_number(
            connection, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                        " WHERE query LIKE '%change_adapters%' AND state <> 'idle' AND pid <> pg_backend_pid()"
                        " AND wait_event IS DISTINCT FROM 'ClientRead'"
                        " AND pid IN (SELECT pid FROM pg_locks WHERE relation = 'adapter_state'::regclass)");
        killer->killed += killed > 0 ? (int)killed : 0;
        usleep(40000); /* a session that is new is slow, and is to get somewhere */
    }
    PQfinish(connection);
    return NULL;
}

/* One that is stored and whose answer is lost could be found by its record, but its fence could not. */
static void says_stored_of_no_claim_without_its_fence_when_sessions_end_at_any_moment(void **state)
{
    struct fixture *fixture = *state;
    struct load load = load_of_records(fixture, 600, 16);
    struct store_state *states = ARENA_ARRAY(fixture->arena, struct store_state, load.count);
    for (size_t i = 0; i < load.count; i++) {
        states[i] = state_of(STORE_STATE_CLAIM, TEXT_NONE);
        states[i].key = arena_print(fixture->arena, "key-%zu", i);
        load.transactions[i].states = &states[i];
        load.transactions[i].state_count = 1;
    }
    struct killer killer = {.fixture = fixture};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, end_sessions, &killer), 0);
    load_run(&load);
    atomic_store(&killer.is_over, true);
    pthread_join(thread, NULL);
    print_message("%d sessions ended, %zu stored, %zu unavailable\n", killer.killed, load.stored, load.failed);
    for (size_t i = 0; i < load.count; i++) {
        bool is_stored = load.transactions[i].fault == FAULT_NONE;
        assert_int_equal(states[i].fence, is_stored ? 1 : 0);
        assert_true(!is_stored || fixture_has_record(fixture, load.transactions[i].records[0].id));
    }
    assert_true(killer.killed > 0 && load.stored > 0);
    assert_int_equal(load.misplaced, 0);
}

static void finds_leases_and_keys_by_an_index(void **state)
{
    struct fixture *fixture = *state;
    PGconn *connection = postgres_fixture_connect(fixture);
    static const char *const queries[] = {
        "EXPLAIN SELECT id FROM lease WHERE fingerprint COLLATE \"C\" = 'f' ORDER BY id DESC LIMIT 1",
        "EXPLAIN SELECT id FROM lease WHERE target COLLATE \"C\" = 't' AND expires_at > 5"
        " AND state IN ('pending', 'live') ORDER BY expires_at LIMIT 1"};
    static const char *const indexes[] = {"lease_by_fingerprint", "lease_by_target"};
    postgres_fixture_execute(connection, "SET enable_seqscan = off");
    for (size_t i = 0; i < 2; i++) {
        PGresult *plan = PQexec(connection, queries[i]);
        bool is_used = false;
        for (int row = 0; row < PQntuples(plan); row++)
            is_used |= strstr(PQgetvalue(plan, row, 0), indexes[i]) != NULL;
        assert_true(is_used);
        PQclear(plan);
    }
    PQfinish(connection);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)
    const struct CMUnitTest tests[] = {
        TEST(begins_behind_every_number_that_was_dropped),
        TEST(drops_uses_by_the_day_and_keeps_thirty),
        TEST(gives_no_fence_to_two_gateways),
        TEST(says_stored_of_no_claim_without_its_fence_when_sessions_end_at_any_moment),
        TEST(finds_leases_and_keys_by_an_index),
    };
    return RUN_ON_POSTGRES(tests);
}

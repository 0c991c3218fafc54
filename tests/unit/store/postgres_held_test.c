/* Decisions on what is held, on PostgreSQL under what several gateways and a server do: batches that stand in
 * each other's way, sessions that end at any moment, forgetting. */
#include "loop_load.h"
#include "postgres_fixture.h"

#include <pthread.h>
#include <stdatomic.h>

struct decision {
    struct store_version versions[3];
    struct store_holding holdings[3];
    struct store_tally tallies[3];
};

static struct text name_of(struct arena *arena, size_t number)
{
    return arena_print(arena, "holder-%04zu", number);
}

/* Three holders for each of load's transactions, by chance, in any order, of so many there are. */
static struct decision *decide_on_three(struct fixture *fixture, struct load *load, size_t holders)
{
    struct decision *decisions = ARENA_ARRAY(fixture->arena, struct decision, load->count);
    int64_t now_s = clock_wall_s();
    for (size_t i = 0; i < load->count; i++) {
        struct store_transaction *transaction = &load->transactions[i];
        unsigned start;
        random_bytes(&start, sizeof(start));
        for (size_t j = 0; j < 3; j++) {
            struct text holder =
                name_of(fixture->arena, (start + j * (1 + start % 997 % (holders / 3))) % holders);
            decisions[i].versions[j] = (struct store_version){holder, 0, now_s + 60};
            decisions[i].tallies[j] = (struct store_tally){holder, now_s / 60};
            decisions[i].holdings[j] = (struct store_holding){
                .holder = holder, .id = transaction->records[0].id, .kept_until_s = now_s + 600};
        }
        transaction->versions = decisions[i].versions;
        transaction->holdings = decisions[i].holdings;
        transaction->tallies = decisions[i].tallies;
        transaction->version_count = transaction->holding_count = transaction->tally_count = 3;
    }
    return decisions;
}

static void *run_load(void *load)
{
    load_run(load);
    return NULL;
}

/* Takes the versions as they are now into every decision that is still to be submitted. */
static void see_versions(struct fixture *fixture, struct decision *decisions, size_t count)
{
    struct store_version *versions = ARENA_ARRAY(fixture->arena, struct store_version, count * 3);
    for (size_t i = 0; i < count * 3; i++)
        versions[i] = decisions[i / 3].versions[i % 3];
    struct store_query query = {.kind = STORE_QUERY_VERSIONS,
                                .versions = versions,
                                .version_count = count * 3,
                                .arena = fixture->arena};
    store_find_and_wait(fixture->store, &query);
    assert_int_equal(query.fault, FAULT_NONE);
    for (size_t i = 0; i < count * 3; i++)
        decisions[i / 3].versions[i % 3].version = versions[i].version;
}

/* The same holders in other orders, at two gateways, in full batches. Within a round everybody has seen the
 * same versions, so of all that share a holder one can be stored; and what was stored is exactly what is there.
 */
static void lets_no_two_gateways_store_what_saw_the_same_version(void **state)
{
    enum { ROUNDS = 6, COUNT = 300, HOLDERS = 240 };
    struct fixture *fixture = *state;
    struct store *other = fixture_open(fixture->path, 4096);
    PGconn *connection = postgres_fixture_connect(fixture);
    size_t stored = 0;
    for (int round = 0; round < ROUNDS; round++) {
        struct load loads[2];
        pthread_t threads[2];
        bool is_taken[HOLDERS] = {false};
        for (int i = 0; i < 2; i++) {
            loads[i] = load_of_records(fixture, COUNT, 100);
            loads[i].store = i == 0 ? fixture->store : other;
            see_versions(fixture, decide_on_three(fixture, &loads[i], HOLDERS), COUNT);
        }
        for (int i = 0; i < 2; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, run_load, &loads[i]), 0);
        for (int i = 0; i < 2; i++)
            pthread_join(threads[i], NULL);
        for (size_t i = 0; i < (size_t)2 * COUNT; i++) {
            const struct store_transaction *transaction = &loads[i / COUNT].transactions[i % COUNT];
            assert_int_equal(transaction->fault, FAULT_NONE);
            assert_int_equal(transaction->outcome == STORE_STALE, transaction->is_version_stale);
            if (transaction->outcome != STORE_STORED)
                continue;
            stored++;
            for (size_t j = 0; j < 3; j++) {
                int64_t holder = 0;
                (void)text_to_int64((struct text){transaction->versions[j].scope.base + 7, 4}, &holder);
                assert_false(is_taken[holder]);
                is_taken[holder] = true;
            }
        }
    }
    assert_true(stored >= (size_t)ROUNDS * HOLDERS / 3 / 4);
    assert_int_equal(postgres_fixture_number(connection, "SELECT count(*) FROM record"), stored);
    assert_int_equal(postgres_fixture_number(connection, "SELECT count(*) FROM holding"), 3 * stored);
    assert_int_equal(postgres_fixture_number(connection, "SELECT sum(count)::int8 FROM tally"), 3 * stored);
    PQfinish(connection);
    store_close(other);
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
                        " WHERE query LIKE '%commit_decided%' AND state <> 'idle' AND pid <> pg_backend_pid()"
                        " AND wait_event IS DISTINCT FROM 'ClientRead'"
                        " AND pid IN (SELECT pid FROM pg_locks WHERE relation = 'holding'::regclass)");
        killer->killed += killed > 0 ? (int)killed : 0;
        usleep(3000);
    }
    PQfinish(connection);
    return NULL;
}

/* Each holder is wanted by two decisions, one behind the other, that saw the same. */
static void answers_for_no_decision_that_is_not_there_when_sessions_end_at_any_moment(void **state)
{
    struct fixture *fixture = *state;
    struct load load = load_of_records(fixture, 3000, 64);
    struct decision *decisions = decide_on_three(fixture, &load, 9);
    for (size_t i = 0; i < load.count; i++)
        for (size_t j = 0; j < 3; j++) {
            struct text holder = arena_print(fixture->arena, "%zu-%zu", i / 2, j);
            decisions[i].versions[j].scope = decisions[i].tallies[j].holder = holder;
            decisions[i].holdings[j].holder = holder;
        }
    struct killer killer = {.fixture = fixture};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, end_sessions, &killer), 0);
    load_run(&load);
    atomic_store(&killer.is_over, true);
    pthread_join(thread, NULL);
    PGconn *connection = postgres_fixture_connect(fixture);
    size_t both = 0, there = 0;
    for (size_t i = 0; i < load.count; i++) {
        const struct store_transaction *transaction = &load.transactions[i];
        bool is_stored = transaction->fault == FAULT_NONE && transaction->outcome == STORE_STORED;
        bool is_there = fixture_has_record(fixture, transaction->records[0].id);
        there += is_there;
        assert_true(is_there || !is_stored);
        if (transaction->fault == FAULT_NONE)
            assert_true(is_stored == is_there);
        both += i % 2 == 1 && is_there && fixture_has_record(fixture, load.transactions[i - 1].records[0].id);
    }
    print_message("%d sessions ended, %zu stored, %zu unavailable\n", killer.killed, load.stored, load.failed);
    assert_true(killer.killed > 0);
    assert_true(load.stored > 0);
    assert_int_equal(both, 0);
    assert_int_equal(load.misplaced, 0);
    assert_int_equal(postgres_fixture_number(connection, "SELECT count(*) FROM holding"), 3 * there);
    assert_int_equal(postgres_fixture_number(connection, "SELECT count(*) FROM scope_version"), 3 * there);
    PQfinish(connection);
}

static void forgets_what_is_over_and_keeps_versions_for_two_hours(void **state)
{
    struct fixture *fixture = *state;
    PGconn *connection = postgres_fixture_connect(fixture);
    int64_t now_s = clock_wall_s();
    struct store_version version = {TEXT("alice"), 0, now_s - 100};
    struct store_holding holdings[2] = {
        {.holder = TEXT("alice"), .id = TEXT("over"), .kept_until_s = now_s - 10},
        {.holder = TEXT("alice"), .id = TEXT("held"), .kept_until_s = now_s + 60}};
    struct store_tally tallies[2] = {{TEXT("alice"), now_s / 60 - 125}, {TEXT("alice"), now_s / 60 - 110}};
    struct store_transaction transaction = {.versions = &version,
                                            .version_count = 1,
                                            .holdings = holdings,
                                            .holding_count = 2,
                                            .tallies = tallies,
                                            .tally_count = 2};
    store_submit_and_wait(fixture->store, &transaction);
    assert_int_equal(transaction.outcome, STORE_STORED);
    postgres_fixture_execute(connection,
                             "INSERT INTO holding (holder, id, issued_at_us, expires_at, kept_until)"
                             " SELECT 'many', n, 0, 0, 1 FROM generate_series(1, 12000) n");
    /* As the house is kept every minute: a sweep that a busy server refused is made up for by the next. */
    for (int i = 0; i < 2000 && postgres_fixture_number(connection, "SELECT count(*) FROM holding") != 1; i++) {
        if (i % 200 == 0)
            store_drop_before(fixture->store, 0);
        usleep(10000);
    }
    assert_int_equal(postgres_fixture_number(connection, "SELECT count(*) FROM holding WHERE id = 'held'"), 1);
    assert_int_equal(postgres_fixture_number(connection, "SELECT count(*) FROM holding"), 1);
    assert_int_equal(postgres_fixture_number(connection, "SELECT min(minute) FROM tally"), now_s / 60 - 110);
    int64_t kept_until_s = postgres_fixture_number(connection, "SELECT expires_at FROM scope_version");
    assert_true(kept_until_s >= now_s + STORE_VERSION_KEPT_S);
    PQfinish(connection);
}

/* A gateway that began before the schema moved on, and knows nothing of what is held. */
static void goes_on_beside_a_program_that_knows_only_the_first_schema(void **state)
{
    struct fixture *fixture = *state;
    PGconn *connection = postgres_fixture_connect(fixture);
    assert_int_equal(postgres_fixture_number(
                         connection, "SELECT outcome FROM commit_change(NULL, NULL, NULL, NULL, NULL, NULL,"
                                     " ARRAY[('a', 0, 9000000000)::version_row], NULL, NULL, NULL, NULL)"),
                     0);
    assert_int_equal(postgres_fixture_number(connection, "SELECT version FROM scope_version"), 1);
    struct store_version version = {TEXT("a"), 1, 0};
    struct store_transaction transaction = {.versions = &version, .version_count = 1};
    store_submit_and_wait(fixture->store, &transaction);
    assert_int_equal(transaction.outcome, STORE_STORED);
    assert_true(postgres_fixture_number(connection, "SELECT version FROM scope_version") > 0);
    PQfinish(connection);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)
    const struct CMUnitTest tests[] = {
        TEST(lets_no_two_gateways_store_what_saw_the_same_version),
        TEST(answers_for_no_decision_that_is_not_there_when_sessions_end_at_any_moment),
        TEST(forgets_what_is_over_and_keeps_versions_for_two_hours),
        TEST(goes_on_beside_a_program_that_knows_only_the_first_schema),
    };
    return RUN_ON_POSTGRES(tests);
}

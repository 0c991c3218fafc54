/* The PostgreSQL engine under what a server and its network do: sessions that end at any moment, locks that are
 * held, a second gateway on the same tables. And what a record costs. */
#include "loop_load.h"
#include "postgres_fixture.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>

#include "runtime/metrics.h"

static void give_values(struct fixture *fixture, struct load *load, size_t per_value)
{
    struct store_single_use *uses = ARENA_ARRAY(fixture->arena, struct store_single_use, load->count);
    for (size_t i = 0; i < load->count; i++) {
        size_t value = i / per_value;
        memcpy(uses[i].digest, &value, sizeof(value));
        uses[i].expires_at_s = clock_wall_s() + 600;
        load->transactions[i].single_uses = &uses[i];
        load->transactions[i].single_use_count = 1;
    }
}

static void *run_load(void *load)
{
    load_run(load);
    return NULL;
}

/* --- in doubt --- */

struct killer {
    struct fixture *fixture;
    atomic_bool is_over;
    int killed;
};

/* Ends every session that writes to this schema, again and again: some of them between a commit and its answer.
 * Other tests use the same server meanwhile. */
static void *end_sessions(void *argument)
{
    struct killer *killer = argument;
    PGconn *connection = postgres_fixture_connect(killer->fixture);
    while (!atomic_load(&killer->is_over)) {
        int64_t killed = postgres_fixture_number(
            connection, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                        " WHERE query LIKE '%commit_records%' AND state <> 'idle' AND pid <> pg_backend_pid()"
                        " AND wait_event IS DISTINCT FROM 'ClientRead'"
                        " AND pid IN (SELECT pid FROM pg_locks WHERE relation = 'record'::regclass)");
        killer->killed += killed > 0 ? (int)killed : 0;
        usleep(3000);
    }
    PQfinish(connection);
    return NULL;
}

static void answers_for_no_record_that_is_not_there_when_sessions_end_at_any_moment(void **state)
{
    struct fixture *fixture = *state;
    struct load load = load_of_records(fixture, 4000, 64);
    give_values(fixture, &load, 2);
    struct killer killer = {.fixture = fixture};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, end_sessions, &killer), 0);
    load_run(&load);
    atomic_store(&killer.is_over, true);
    pthread_join(thread, NULL);
    size_t stored_twice = 0;
    for (size_t i = 0; i < load.count; i++) {
        const struct store_transaction *transaction = &load.transactions[i];
        bool is_stored = transaction->fault == FAULT_NONE && transaction->outcome == STORE_STORED;
        bool is_there = fixture_has_record(fixture, transaction->records[0].id);
        assert_true(is_there || !is_stored);
        if (transaction->fault == FAULT_NONE)
            assert_true(is_stored == is_there);
        stored_twice +=
            i % 2 == 1 && is_there && fixture_has_record(fixture, load.transactions[i - 1].records[0].id);
    }
    print_message("%d sessions ended, %zu stored, %zu replayed, %zu unavailable\n", killer.killed, load.stored,
                  load.replayed, load.failed);
    assert_true(killer.killed > 0);
    assert_true(load.stored > 0);
    assert_int_equal(stored_twice, 0);
    assert_int_equal(load.misplaced, 0);
}

/* --- a server that does not answer --- */

static void answers_unavailable_in_time_while_the_tables_are_locked(void **state)
{
    struct fixture *fixture = *state;
    PGconn *connection = postgres_fixture_connect(fixture);
    store_close(fixture->store);
    struct store_postgres_options postgres = fixture_postgres_options(fixture->path);
    postgres.statement_timeout_ms = 300;
    postgres.answer_timeout_ms = 1000;
    struct store_options options = {.postgres = &postgres, .queue_limit = 4096};
    char detail[STORE_DETAIL_SIZE];
    assert_int_equal(store_open(&options, true, &fixture->store, detail), FAULT_NONE);
    postgres_fixture_execute(connection, "BEGIN; LOCK TABLE record");
    struct load load = load_of_records(fixture, 100, 100);
    int64_t began_us = clock_monotonic_us();
    load_run(&load);
    assert_true(clock_monotonic_us() - began_us < 2500000);
    assert_int_equal(load.failed, 100);
    assert_int_equal(load.misplaced, 0);
    postgres_fixture_execute(connection, "ROLLBACK");
    assert_int_equal(fixture_count_records(fixture), 0);
    struct load after = load_of_records(fixture, 100, 100);
    load_run(&after);
    assert_int_equal(after.stored, 100);
    PQfinish(connection);
}

/* --- two gateways --- */

static void lets_a_value_be_used_once_across_two_gateways(void **state)
{
    enum { VALUES = 40, TRIES = 32 };
    struct fixture *fixture = *state;
    struct store *other = fixture_open(fixture->path, 4096);
    struct load loads[2];
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        loads[i] = load_of_records(fixture, (size_t)VALUES * TRIES, 64);
        loads[i].store = i == 0 ? fixture->store : other;
        give_values(fixture, &loads[i], TRIES);
    }
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run_load, &loads[i]), 0);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(loads[0].stored + loads[1].stored, VALUES);
    assert_int_equal(loads[0].replayed + loads[1].replayed, VALUES * (2 * TRIES - 1));
    assert_int_equal(fixture_count_records(fixture), VALUES);
    store_close(other);
}

/* The one that records says it has looked at the epoch before the kill, and the kill comes from the other. */
static void records_nothing_once_another_gateways_kill_is_answered(void **state)
{
    struct fixture *fixture = *state;
    struct store *other = fixture_open(fixture->path, 4096);
    struct load load = load_of_records(fixture, 4000, 32);
    struct store_guard guard = {TEXT("client"), TEXT("orders"), 500};
    for (size_t i = 0; i < load.count; i++) {
        load.transactions[i].guards = &guard;
        load.transactions[i].guard_count = 1;
        load.transactions[i].checked_epoch = (struct store_counter){1, 0};
    }
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, run_load, &load), 0);
    usleep(60000);
    struct store_cutoff cutoff = {.kind = TEXT("client"), .id = TEXT("orders"), .at_us = 500};
    struct store_transaction kill = {.cutoffs = &cutoff, .cutoff_count = 1};
    store_submit_and_wait(other, &kill);
    assert_int_equal(kill.counters.epoch.number, 2);
    size_t at_kill = fixture_count_records(fixture);
    pthread_join(thread, NULL);
    assert_int_equal(fixture_count_records(fixture), at_kill);
    assert_int_equal(load.stored, at_kill);
    assert_int_equal(load.failed, 0);
    store_close(other);
}

/* --- a server that has lost the last commits --- */

/* One exchange by somebody who has looked at the cutoffs up to this epoch. */
static struct store_transaction exchange_of_orders(struct fixture *fixture, struct store_counter checked_epoch)
{
    struct store_guard guard = {TEXT("client"), TEXT("orders"), 500};
    struct store_record record = fixture_record(fixture->arena, clock_wall_us());
    struct store_transaction exchange = {.records = &record,
                                         .record_count = 1,
                                         .guards = &guard,
                                         .guard_count = 1,
                                         .checked_epoch = checked_epoch};
    int64_t began_us = clock_monotonic_us();
    store_submit_and_wait(fixture->store, &exchange);
    assert_true(clock_monotonic_us() - began_us < 2000000);
    return exchange;
}

static struct store_counter kill_client(struct store *store, const char *id)
{
    struct store_cutoff cutoff = {.kind = TEXT("client"), .id = text_of(id), .at_us = 500};
    struct store_transaction kill = {.cutoffs = &cutoff, .cutoff_count = 1};
    store_submit_and_wait(store, &kill);
    assert_int_equal(kill.outcome, STORE_STORED);
    return kill.counters.epoch;
}

static void asks_for_all_guards_when_the_epoch_went_back_or_came_again(void **state)
{
    struct fixture *fixture = *state;
    static const char set_back[] = "UPDATE counter SET epoch = 1, epoch_mark = 0; DELETE FROM cutoff";
    PGconn *connection = postgres_fixture_connect(fixture);
    struct store *other = fixture_open(fixture->path, 16);
    struct store_counter lost = kill_client(fixture->store, "somebody-else");
    assert_int_equal(exchange_of_orders(fixture, lost).outcome, STORE_STORED);
    postgres_fixture_execute(connection, set_back);
    assert_int_equal(exchange_of_orders(fixture, lost).outcome, STORE_STORED);
    lost = kill_client(fixture->store, "somebody-else");
    assert_int_equal(exchange_of_orders(fixture, lost).outcome, STORE_STORED);
    postgres_fixture_execute(connection, set_back);
    struct store_counter again = kill_client(other, "orders");
    assert_int_equal(again.number, lost.number);
    assert_int_equal(exchange_of_orders(fixture, lost).outcome, STORE_CUT_OFF);
    store_close(other);
    PQfinish(connection);
}

/* Two batches that stand in each other's way are tried again; one that always does has an end. */
static void gives_up_in_time_what_is_to_be_tried_again_for_ever(void **state)
{
    struct fixture *fixture = *state;
    PGconn *connection = postgres_fixture_connect(fixture);
    store_close(fixture->store);
    struct store_postgres_options postgres = fixture_postgres_options(fixture->path);
    postgres.answer_timeout_ms = 500;
    struct store_options options = {.postgres = &postgres, .queue_limit = 4096};
    char detail[STORE_DETAIL_SIZE];
    assert_int_equal(store_open(&options, true, &fixture->store, detail), FAULT_NONE);
    postgres_fixture_execute(
        connection,
        "CREATE FUNCTION stand_in_the_way() RETURNS trigger LANGUAGE plpgsql AS"
        " $$BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END$$;"
        "CREATE TRIGGER stand_in_the_way BEFORE INSERT ON single_use EXECUTE FUNCTION stand_in_the_way()");
    struct load load = load_of_records(fixture, 100, 100);
    give_values(fixture, &load, 2);
    int64_t began_us = clock_monotonic_us();
    load_run(&load);
    assert_true(clock_monotonic_us() - began_us < 2500000);
    assert_int_equal(load.failed, 100);
    assert_int_equal(load.misplaced, 0);
    postgres_fixture_execute(connection, "DROP TRIGGER stand_in_the_way ON single_use");
    struct load after = load_of_records(fixture, 100, 100);
    load_run(&after);
    assert_int_equal(after.stored, 100);
    PQfinish(connection);
}

/* One after the other they would hold up every gateway, as each takes the lock that all others share. */
static void shares_a_commit_among_revocations_and_exchanges(void **state)
{
    enum { COUNT = 1000 };
    struct fixture *fixture = *state;
    struct load load = load_of_records(fixture, COUNT, COUNT);
    struct store_guard *guards = ARENA_ARRAY(fixture->arena, struct store_guard, COUNT);
    struct store_cutoff *cutoffs = ARENA_ARRAY(fixture->arena, struct store_cutoff, COUNT);
    for (size_t i = 0; i < COUNT; i += 2) {
        struct text id = load.transactions[i].records[0].id;
        guards[i] = (struct store_guard){TEXT("lease"), id, 0};
        cutoffs[i] = (struct store_cutoff){.kind = TEXT("lease"), .id = id, .at_us = 1};
        load.transactions[i].guards = &guards[i];
        load.transactions[i].guard_count = 1;
        load.transactions[i].cutoffs = &cutoffs[i];
        load.transactions[i].cutoff_count = 1;
    }
    int64_t commits = metric_read(METRIC_STORE_COMMITS);
    load_run(&load);
    assert_int_equal(load.stored, COUNT);
    assert_true(metric_read(METRIC_STORE_COMMITS) - commits <= 4);
}

static void *sweep(void *store)
{
    store_drop_before(store, 0);
    return NULL;
}

/* The sweep has listed it as past its time, and waits for who is about to bump it. */
static void forgets_no_scope_that_is_bumped_while_it_is_being_swept(void **state)
{
    struct fixture *fixture = *state;
    PGconn *connection = postgres_fixture_connect(fixture), *observer = postgres_fixture_connect(fixture);
    postgres_fixture_execute(connection, "INSERT INTO scope_version VALUES ('bumped', 1, 1), ('past', 1, 1)");
    postgres_fixture_execute(connection, "BEGIN; UPDATE scope_version SET version = 2, expires_at = 9000000000"
                                         " WHERE scope = 'bumped'");
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, sweep, fixture->store), 0);
    for (int i = 0;
         i < 300 && postgres_fixture_number(observer, "SELECT count(*) FROM pg_stat_activity WHERE query"
                                                      " LIKE '%forget(%' AND wait_event_type = 'Lock'") != 1;
         i++)
        usleep(10000);
    postgres_fixture_execute(connection, "COMMIT");
    pthread_join(thread, NULL);
    for (int i = 0; i < 300 && postgres_fixture_number(observer, "SELECT count(*) FROM scope_version") != 1;
         i++)
        usleep(10000);
    assert_int_equal(postgres_fixture_number(observer, "SELECT version FROM scope_version"), 2);
    PQfinish(observer);
    PQfinish(connection);
}

static void goes_on_when_another_gateway_has_dropped_the_day(void **state)
{
    struct fixture *fixture = *state;
    struct store *other = fixture_open(fixture->path, 16);
    struct store_record records[2];
    for (int i = 0; i < 2; i++)
        records[i] = fixture_record(fixture->arena, 20000 * FIXTURE_DAY_US + i);
    assert_int_equal(fixture_store_records(fixture->store, &records[0], 1).fault, FAULT_NONE);
    store_drop_before(other, 20001);
    assert_int_equal(fixture_count_records(fixture), 0);
    assert_int_equal(fixture_store_records(fixture->store, &records[1], 1).fault, FAULT_NONE);
    assert_int_equal(fixture_count_records(fixture), 1);
    store_close(other);
}

/* --- what a record costs --- */

static double seconds_of(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static double cpu_s(void)
{
    struct rusage usage;
    getrusage(RUSAGE_THREAD, &usage);
    return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

static void measure(struct fixture *fixture, const char *what, size_t count, size_t in_flight)
{
    struct load load = load_of_records(fixture, count, in_flight);
    int64_t commits = metric_read(METRIC_STORE_COMMITS), started_us = clock_monotonic_us();
    double cpu = cpu_s();
    load_run(&load);
    double elapsed_s = (double)(clock_monotonic_us() - started_us) / 1e6;
    cpu = cpu_s() - cpu;
    commits = metric_read(METRIC_STORE_COMMITS) - commits;
    assert_int_equal(load.stored, count);
    print_message(
        "%s: %.0f records/s, %.1f us of the gateway's processor time per record, %.1f records per commit\n",
        what, (double)count / elapsed_s, cpu / (double)count * 1e6, (double)count / (double)commits);
}

static void costs_what_the_page_about_records_says(void **state)
{
    struct fixture *fixture = *state;
    measure(fixture, "one at a time", 1000, 1);
    measure(fixture, "32 in flight", 20000, 32);
    measure(fixture, "256 in flight", 40000, 256);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)
    const struct CMUnitTest tests[] = {
        TEST(answers_for_no_record_that_is_not_there_when_sessions_end_at_any_moment),
        TEST(answers_unavailable_in_time_while_the_tables_are_locked),
        TEST(lets_a_value_be_used_once_across_two_gateways),
        TEST(records_nothing_once_another_gateways_kill_is_answered),
        TEST(asks_for_all_guards_when_the_epoch_went_back_or_came_again),
        TEST(gives_up_in_time_what_is_to_be_tried_again_for_ever),
        TEST(shares_a_commit_among_revocations_and_exchanges),
        TEST(forgets_no_scope_that_is_bumped_while_it_is_being_swept),
        TEST(goes_on_when_another_gateway_has_dropped_the_day),
        TEST(costs_what_the_page_about_records_says),
    };
    return RUN_ON_POSTGRES(tests);
}

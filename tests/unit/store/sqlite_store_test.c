/* The engine as a whole: nothing that was answered is lost by a kill, and what a record costs. */
#include "loop_load.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "runtime/metrics.h"

/* --- kill -9 --- */

struct reporting {
    struct load load;
    int pipe;
};

static void report(struct store_transaction *transaction)
{
    struct reporting *reporting = (struct reporting *)transaction->context;
    if (transaction->fault == FAULT_NONE)
        (void)!write(reporting->pipe, transaction->records[0].id.base, IDENTIFIER_LENGTH);
    reporting->load.done++;
    load_submit_more(&reporting->load);
}

static void start_reporting(struct loop_message *message)
{
    load_submit_more((struct load *)((char *)message - offsetof(struct load, start)));
}

/* Submits from a loop until it is killed; each id goes to the parent as soon as it is said to be durable. */
static void record_until_killed(struct fixture *fixture, int pipe)
{
    fixture->store = fixture_open(fixture->path, 4096);
    struct reporting reporting = {.load = load_of_records(fixture, 20000, 64), .pipe = pipe};
    for (size_t i = 0; i < reporting.load.count; i++) {
        reporting.load.transactions[i].done = report;
        reporting.load.transactions[i].context = &reporting;
    }
    struct loop *loop = loop_create();
    reporting.load.start.run = start_reporting;
    loop_post(loop, &reporting.load.start);
    loop_run(loop);
}

static bool read_id(int pipe, char id[IDENTIFIER_SIZE])
{
    size_t length = 0;
    while (length < IDENTIFIER_LENGTH) {
        ssize_t bytes = read(pipe, id + length, IDENTIFIER_LENGTH - length);
        if (bytes < 0 && errno == EINTR)
            continue;
        if (bytes <= 0)
            return false;
        length += (size_t)bytes;
    }
    id[IDENTIFIER_LENGTH] = '\0';
    return true;
}

static void kill_at_a_random_moment(pid_t child)
{
    unsigned delay_us;
    random_bytes(&delay_us, sizeof(delay_us));
    usleep(delay_us % 60000);
    kill(child, SIGKILL);
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        ;
}

static size_t run_and_kill(struct fixture *fixture)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_true(fcntl(ends[0], F_SETPIPE_SZ, 1024 * 1024) > 0);
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        record_until_killed(fixture, ends[1]);
        _exit(1);
    }
    close(ends[1]);
    char id[IDENTIFIER_SIZE];
    /* The moment counts from the first answer: until then it may still be connecting. */
    assert_true(read_id(ends[0], id));
    kill_at_a_random_moment(child);
    fixture->store = fixture_open(fixture->path, 16);
    assert_non_null(fixture->store);
    size_t reported = 0;
    do {
        assert_true(fixture_has_record(fixture, arena_copy(fixture->arena, text_of(id))));
        reported++;
    } while (read_id(ends[0], id));
    close(ends[0]);
    store_close(fixture->store);
    fixture->store = NULL;
    return reported;
}

static void keeps_every_record_it_answered_for_when_killed(void **state)
{
    struct fixture *fixture = *state;
    int rounds = getenv("DRAGOMAN_FULL") != NULL ? 100 : 5;
    size_t reported = 0;
    store_close(fixture->store);
    fixture->store = NULL;
    for (int i = 0; i < rounds; i++)
        reported += run_and_kill(fixture);
    print_message("%zu answers in %d rounds, all there\n", reported, rounds);
    assert_true(reported > 0);
    fixture->store = fixture_open(fixture->path, 16);
    assert_true(fixture_count_records(fixture) >= reported);
}

/* --- what a record costs --- */

static double seconds_of(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static double cpu_s(int who)
{
    struct rusage usage;
    getrusage(who, &usage);
    return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

/* The processor time of the store's threads is the process's without this thread's. */
static double measure(struct fixture *fixture, const char *what, size_t count, size_t in_flight)
{
    struct load load = load_of_records(fixture, count, in_flight);
    int64_t commits = metric_read(METRIC_STORE_COMMITS), started_us = clock_monotonic_us();
    double store_cpu = cpu_s(RUSAGE_SELF) - cpu_s(RUSAGE_THREAD);
    load_run(&load);
    double elapsed_s = (double)(clock_monotonic_us() - started_us) / 1e6;
    store_cpu = cpu_s(RUSAGE_SELF) - cpu_s(RUSAGE_THREAD) - store_cpu;
    commits = metric_read(METRIC_STORE_COMMITS) - commits;
    assert_int_equal(load.stored, count);
    print_message(
        "%s: %.0f records/s, %.1f us of the writer's processor time per record, %.1f records per commit\n",
        what, (double)count / elapsed_s, store_cpu / (double)count * 1e6, (double)count / (double)commits);
    return elapsed_s;
}

static int64_t bytes_in_use(struct fixture *fixture)
{
    struct store_query query = {.kind = STORE_QUERY_STATISTICS, .arena = fixture->arena};
    store_find_and_wait(fixture->store, &query);
    return query.record_bytes;
}

static void costs_what_the_page_about_records_says(void **state)
{
    struct fixture *fixture = *state;
    measure(fixture, "one at a time", 1000, 1);
    int64_t before = bytes_in_use(fixture);
    measure(fixture, "256 in flight", 20000, 256);
    int64_t bytes = (bytes_in_use(fixture) - before) / 20000;
    struct store_record sample = fixture_record(fixture->arena, clock_wall_us());
    print_message("%ld bytes per record on disk, %zu of them canonical\n", (long)bytes,
                  sample.canonical.length);
    /* docs/records.md says less than 1,000 bytes beside the canonical ones. */
    assert_true((size_t)bytes < sample.canonical.length + 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keeps_every_record_it_answered_for_when_killed, fixture_begin,
                                        fixture_end),
    };
    const struct CMUnitTest sqlite_tests[] = {
        cmocka_unit_test_setup_teardown(costs_what_the_page_about_records_says, fixture_begin, fixture_end),
    };
    return RUN_ON_BOTH_ENGINES(tests) +
           cmocka_run_group_tests_name("sqlite only", sqlite_tests, fixture_choose_sqlite, NULL);
}

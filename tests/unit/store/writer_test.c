/* The writer thread under load and under bad disks. */
#include "loop_load.h"

#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "runtime/metrics.h"

static void shares_one_commit_among_everything_that_waits(void **state)
{
    struct fixture *fixture = *state;
    struct load load = load_of_records(fixture, 4000, 256);
    int64_t commits = metric_read(METRIC_STORE_COMMITS), items = metric_read(METRIC_STORE_ITEMS);
    load_run(&load);
    commits = metric_read(METRIC_STORE_COMMITS) - commits;
    items = metric_read(METRIC_STORE_ITEMS) - items;
    assert_int_equal(load.stored, 4000);
    assert_int_equal(items, 4000);
    assert_int_equal(load.misplaced, 0);
    print_message("%ld records in %ld commits\n", (long)items, (long)commits);
    assert_true(commits * 8 < items);
    assert_int_equal(fixture_count_records(fixture), 4000);
}

static void commits_alone_what_comes_alone(void **state)
{
    struct fixture *fixture = *state;
    struct load load = load_of_records(fixture, 50, 1);
    int64_t commits = metric_read(METRIC_STORE_COMMITS);
    load_run(&load);
    assert_int_equal(metric_read(METRIC_STORE_COMMITS) - commits, 50);
}

static void refuses_at_once_what_is_beyond_the_queue_limit(void **state)
{
    struct fixture *fixture = *state;
    store_close(fixture->store);
    fixture->store = fixture_open(fixture->path, 10);
    struct load load = load_of_records(fixture, 500, 500);
    load_run(&load);
    assert_int_equal(load.stored + load.failed, 500);
    assert_true(load.failed > 0);
    assert_true(load.stored >= 10);
    assert_int_equal(load.misplaced, 0);
    assert_int_equal(fixture_count_records(fixture), load.stored);
    for (size_t i = 0; i < load.count; i++)
        assert_int_equal(fixture_has_record(fixture, load.transactions[i].records[0].id),
                         load.transactions[i].fault == FAULT_NONE);
}

static void finishes_what_is_queued_before_it_closes(void **state)
{
    struct fixture *fixture = *state;
    struct store_record records[20];
    for (int i = 0; i < 20; i++)
        records[i] = fixture_record(fixture->arena, clock_wall_us());
    struct store_transaction transaction = {.records = records, .record_count = 20};
    store_drop_before(fixture->store, 1);
    store_submit_and_wait(fixture->store, &transaction);
    fixture_reopen(fixture);
    assert_int_equal(fixture_count_records(fixture), 20);
}

/* The default file layer of SQLite with a sync that fails on demand. */
static atomic_bool sync_fails;
static const sqlite3_vfs *real_vfs;
static sqlite3_io_methods hooked_methods;
static int (*real_sync)(sqlite3_file *file, int flags);

static int failing_sync(sqlite3_file *file, int flags)
{
    return atomic_load(&sync_fails) ? SQLITE_IOERR_FSYNC : real_sync(file, flags);
}

static int hooked_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out_flags)
{
    (void)vfs;
    int code = real_vfs->xOpen((sqlite3_vfs *)real_vfs, name, file, flags, out_flags);
    if (code == SQLITE_OK && (flags & SQLITE_OPEN_WAL) != 0) {
        hooked_methods = *file->pMethods;
        real_sync = hooked_methods.xSync;
        hooked_methods.xSync = failing_sync;
        file->pMethods = &hooked_methods;
    }
    return code;
}

static enum fault store_one(struct store *store, struct arena *arena)
{
    struct store_record record = fixture_record(arena, clock_wall_us());
    return fixture_store_records(store, &record, 1).fault;
}

static void stores_nothing_more_after_a_failed_sync_until_it_is_opened_anew(void **state)
{
    struct fixture *fixture = *state;
    real_vfs = sqlite3_vfs_find(NULL);
    sqlite3_vfs hooked = *real_vfs;
    hooked.zName = "hooked";
    hooked.xOpen = hooked_open;
    assert_int_equal(sqlite3_vfs_register(&hooked, 1), SQLITE_OK);
    fixture_reopen(fixture);
    assert_int_equal(store_one(fixture->store, fixture->arena), FAULT_NONE);
    int64_t failures = metric_read(METRIC_STORE_FAILURES);
    atomic_store(&sync_fails, true);
    assert_int_equal(store_one(fixture->store, fixture->arena), FAULT_STORE_UNAVAILABLE);
    atomic_store(&sync_fails, false);
    assert_int_equal(store_one(fixture->store, fixture->arena), FAULT_STORE_UNAVAILABLE);
    assert_int_equal(metric_read(METRIC_STORE_FAILURES) - failures, 2);
    fixture_reopen(fixture);
    assert_int_equal(store_one(fixture->store, fixture->arena), FAULT_NONE);
    store_close(fixture->store);
    sqlite3_vfs_unregister(&hooked);
    fixture->store = fixture_open(fixture->path, 16);
}

static bool limit_file_size(rlim_t bytes)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_FSIZE, &limit) != 0)
        return false;
    limit.rlim_cur = bytes;
    return setrlimit(RLIMIT_FSIZE, &limit) == 0;
}

/* In a child of its own, as the limit is the process's. Answers the number of the step that went wrong. */
static int fill_the_disk(const char *path)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGXFSZ, &ignore, NULL);
    struct arena *arena = arena_create();
    struct store *store = fixture_open(path, 64);
    if (store == NULL || store_one(store, arena) != FAULT_NONE)
        return 1;
    if (!limit_file_size(200 * 1024))
        return 2;
    size_t stored = 1;
    while (stored < 1000 && store_one(store, arena) == FAULT_NONE)
        stored++;
    if (stored == 1000 || store_one(store, arena) != FAULT_STORE_UNAVAILABLE)
        return 3;
    if (!limit_file_size(RLIM_INFINITY))
        return 4;
    if (store_one(store, arena) != FAULT_NONE)
        return 5;
    struct store_query query = {.kind = STORE_QUERY_STATISTICS, .arena = arena};
    store_find_and_wait(store, &query);
    if (query.record_count != stored + 1)
        return 6;
    store_close(store);
    arena_destroy(arena);
    return 0;
}

static void refuses_while_the_disk_is_full_and_works_again_by_itself(void **state)
{
    struct fixture *fixture = *state;
    store_close(fixture->store);
    fixture->store = NULL;
    pid_t child = fork();
    if (child == 0)
        _exit(fill_the_disk(fixture->path));
    int status = -1;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    fixture->store = fixture_open(fixture->path, 16);
}

static void answers_unavailable_while_another_process_holds_the_lock(void **state)
{
    struct fixture *fixture = *state;
    sqlite3 *other = NULL;
    assert_int_equal(sqlite3_open(fixture->path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(store_one(fixture->store, fixture->arena), FAULT_STORE_UNAVAILABLE);
    assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(other);
    assert_int_equal(store_one(fixture->store, fixture->arena), FAULT_NONE);
}

static void drops_old_days_between_commits(void **state)
{
    struct fixture *fixture = *state;
    struct store_record records[600];
    for (int i = 0; i < 600; i++)
        records[i] = fixture_record(fixture->arena, 20000 * FIXTURE_DAY_US + i);
    fixture_store_records(fixture->store, records, 600);
    assert_int_equal(store_one(fixture->store, fixture->arena), FAULT_NONE);
    store_drop_before(fixture->store, 20001);
    for (int i = 0; i < 500 && fixture_count_records(fixture) > 1; i++)
        usleep(10000);
    assert_int_equal(fixture_count_records(fixture), 1);
}

static void keeps_the_write_ahead_log_short(void **state)
{
    struct fixture *fixture = *state;
    struct load load = load_of_records(fixture, 12000, 64);
    load_run(&load);
    assert_int_equal(load.stored, 12000);
    char name[128];
    snprintf(name, sizeof(name), "%s-wal", fixture->path);
    FILE *file = fopen(name, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    long bytes = ftell(file);
    fclose(file);
    assert_true(bytes < 32 * 1024 * 1024);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)
    const struct CMUnitTest tests[] = {
        TEST(shares_one_commit_among_everything_that_waits),
        TEST(commits_alone_what_comes_alone),
        TEST(refuses_at_once_what_is_beyond_the_queue_limit),
        TEST(finishes_what_is_queued_before_it_closes),
        TEST(drops_old_days_between_commits),
    };
    const struct CMUnitTest sqlite_tests[] = {
        TEST(stores_nothing_more_after_a_failed_sync_until_it_is_opened_anew),
        TEST(refuses_while_the_disk_is_full_and_works_again_by_itself),
        TEST(answers_unavailable_while_another_process_holds_the_lock),
        TEST(keeps_the_write_ahead_log_short),
    };
    return RUN_ON_BOTH_ENGINES(tests) +
           cmocka_run_group_tests_name("sqlite only", sqlite_tests, fixture_choose_sqlite, NULL);
}

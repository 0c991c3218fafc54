/* How the database is opened: what is refused, and that the settings durability hangs on are in force. */
#include "database_fixture.h"

#include <sys/stat.h>

static int begin(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    fixture_make_folder(fixture);
    *state = fixture;
    return 0;
}

static enum fault try_open(const char *path, enum database_role role, char *detail)
{
    struct database database;
    enum fault fault = database_open(&database, path, role, detail);
    if (fault == FAULT_NONE)
        database_close(&database);
    return fault;
}

static unsigned mode_of(const char *path, const char *suffix)
{
    char name[128];
    struct stat status;
    snprintf(name, sizeof(name), "%s%s", path, suffix);
    assert_int_equal(stat(name, &status), 0);
    return status.st_mode & 0777;
}

static void makes_files_that_only_the_owner_may_touch(void **state)
{
    struct fixture *fixture = *state;
    mode_t before = umask(0);
    struct database database;
    database_fixture_open(fixture, &database);
    umask(before);
    assert_int_equal(mode_of(fixture->path, ""), 0600);
    assert_int_equal(mode_of(fixture->path, "-wal"), 0600);
    assert_int_equal(mode_of(fixture->path, "-shm"), 0600);
    database_close(&database);
}

/* A file that somebody else wrote is data: its views and triggers call no functions, its pages are not ours to
 * overwrite by SQL. */
static void trusts_no_schema_and_defends_its_pages(void **state)
{
    struct fixture *fixture = *state;
    struct database database;
    int is_defensive = 0, trusts_schema = 1;
    database_fixture_open(fixture, &database);
    sqlite3_db_config(database.handle, SQLITE_DBCONFIG_DEFENSIVE, -1, &is_defensive);
    sqlite3_db_config(database.handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, -1, &trusts_schema);
    assert_int_equal(is_defensive, 1);
    assert_int_equal(trusts_schema, 0);
    database_close(&database);
}

static void syncs_its_write_ahead_log_at_every_commit(void **state)
{
    struct fixture *fixture = *state;
    struct database database;
    database_fixture_open(fixture, &database);
    assert_int_equal(database_fixture_number(&database, "PRAGMA synchronous"), 2);
    assert_int_equal(database_fixture_number(&database, "SELECT journal_mode = 'wal' FROM pragma_journal_mode"),
                     1);
    assert_int_equal(database_fixture_number(&database, "PRAGMA foreign_keys"), 1);
    assert_int_equal(database_fixture_number(&database, "PRAGMA page_size"), 8192);
    database_close(&database);
}

static void refuses_a_file_that_others_may_read(void **state)
{
    struct fixture *fixture = *state;
    char detail[STORE_DETAIL_SIZE] = "";
    assert_int_equal(try_open(fixture->path, DATABASE_WRITER, detail), FAULT_NONE);
    assert_int_equal(chmod(fixture->path, 0640), 0);
    assert_int_equal(try_open(fixture->path, DATABASE_WRITER, detail), FAULT_FILE_UNREADABLE);
    assert_non_null(strstr(detail, "0600"));
}

static void refuses_names_that_would_be_databases_in_memory(void **state)
{
    (void)state;
    static const char *const names[] = {"", ":memory:", "file:x?mode=memory"};
    char detail[STORE_DETAIL_SIZE];
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        assert_int_equal(try_open(names[i], DATABASE_WRITER, detail), FAULT_FILE_UNREADABLE);
    assert_int_equal(try_open(NULL, DATABASE_WRITER, detail), FAULT_FILE_UNREADABLE);
}

static void names_what_is_wrong_with_a_path(void **state)
{
    struct fixture *fixture = *state;
    char detail[STORE_DETAIL_SIZE];
    assert_int_equal(try_open(fixture->folder, DATABASE_WRITER, detail), FAULT_FILE_UNREADABLE);
    assert_non_null(strstr(detail, "not a regular file"));
    assert_int_equal(try_open("/nonexistent-folder/x.sqlite", DATABASE_WRITER, detail), FAULT_FILE_UNREADABLE);
    assert_non_null(strstr(detail, "No such file"));
    assert_int_equal(try_open(fixture->path, DATABASE_VERIFIER, detail), FAULT_FILE_UNREADABLE);
    assert_non_null(strstr(detail, "migration"));
    assert_int_equal(access(fixture->path, F_OK), -1);
}

static void refuses_a_file_that_is_no_database(void **state)
{
    struct fixture *fixture = *state;
    FILE *file = fopen(fixture->path, "w");
    assert_non_null(file);
    for (int i = 0; i < 500; i++)
        fputs("this is not a database\n", file);
    fclose(file);
    assert_int_equal(chmod(fixture->path, 0600), 0);
    char detail[STORE_DETAIL_SIZE] = "";
    assert_int_equal(try_open(fixture->path, DATABASE_WRITER, detail), FAULT_FILE_UNREADABLE);
    assert_non_null(strstr(detail, "not a database"));
}

static void says_so_when_another_process_holds_the_lock(void **state)
{
    struct fixture *fixture = *state;
    sqlite3 *other = NULL;
    assert_int_equal(sqlite3_open(fixture->path, &other), SQLITE_OK);
    assert_int_equal(chmod(fixture->path, 0600), 0);
    assert_int_equal(sqlite3_exec(other, "BEGIN EXCLUSIVE; CREATE TABLE x (y)", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(chmod(fixture->path, 0600), 0);
    char detail[STORE_DETAIL_SIZE] = "";
    assert_int_equal(try_open(fixture->path, DATABASE_WRITER, detail), FAULT_STORE_UNAVAILABLE);
    assert_non_null(strstr(detail, "locked by another process"));
    sqlite3_close(other);
}

static void cannot_write_through_a_reader(void **state)
{
    struct fixture *fixture = *state;
    char detail[STORE_DETAIL_SIZE] = "";
    struct database writer, reader;
    database_fixture_open(fixture, &writer);
    assert_int_equal(database_open(&reader, fixture->path, DATABASE_READER, detail), FAULT_NONE);
    assert_int_equal(database_execute(&reader, "DELETE FROM generation"), FAULT_STORE_UNAVAILABLE);
    assert_false(database_is_broken(&reader));
    database_close(&reader);
    database_close(&writer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(makes_files_that_only_the_owner_may_touch, begin, fixture_end),
        cmocka_unit_test_setup_teardown(trusts_no_schema_and_defends_its_pages, begin, fixture_end),
        cmocka_unit_test_setup_teardown(syncs_its_write_ahead_log_at_every_commit, begin, fixture_end),
        cmocka_unit_test_setup_teardown(refuses_a_file_that_others_may_read, begin, fixture_end),
        cmocka_unit_test_setup_teardown(refuses_names_that_would_be_databases_in_memory, begin, fixture_end),
        cmocka_unit_test_setup_teardown(names_what_is_wrong_with_a_path, begin, fixture_end),
        cmocka_unit_test_setup_teardown(refuses_a_file_that_is_no_database, begin, fixture_end),
        cmocka_unit_test_setup_teardown(says_so_when_another_process_holds_the_lock, begin, fixture_end),
        cmocka_unit_test_setup_teardown(cannot_write_through_a_reader, begin, fixture_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

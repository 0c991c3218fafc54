/* Forward only, checksummed, whole or not at all. */
#include "database_fixture.h"

struct migration_fixture {
    struct fixture base;
    struct database database;
    char detail[STORE_DETAIL_SIZE];
};

static int begin(void **state)
{
    struct migration_fixture *fixture = calloc(1, sizeof(*fixture));
    fixture_make_folder(&fixture->base);
    assert_int_equal(database_open(&fixture->database, fixture->base.path, DATABASE_WRITER, fixture->detail),
                     FAULT_NONE);
    *state = fixture;
    return 0;
}

static int end(void **state)
{
    struct migration_fixture *fixture = *state;
    database_close(&fixture->database);
    fixture_remove_folder(&fixture->base);
    free(fixture);
    return 0;
}

static const struct migration rewritten[] = {
    {1, "0001_first", "CREATE TABLE first (x) STRICT;"},
    {2, "0002_second", "CREATE TABLE second (x); INSERT INTO second VALUES (1);"},
};
static const struct migration history[] = {
    {1, "0001_first", "CREATE TABLE first (x);"},
    {2, "0002_second", "CREATE TABLE second (x); INSERT INTO second VALUES (1);"},
    {3, "0003_third", "CREATE TABLE third (x); INSERT INTO nowhere VALUES (1);"},
};

static enum fault migrate(struct migration_fixture *fixture, const struct migration *list, size_t count,
                          bool may)
{
    return migration_run(&fixture->database, list, count, may, fixture->detail);
}

static int64_t number(struct migration_fixture *fixture, const char *sql)
{
    return database_fixture_number(&fixture->database, sql);
}

static void applies_what_is_missing_once_and_in_order(void **state)
{
    struct migration_fixture *fixture = *state;
    assert_int_equal(migrate(fixture, history, 1, true), FAULT_NONE);
    assert_int_equal(number(fixture, "SELECT count(*) FROM schema_migration"), 1);
    assert_int_equal(migrate(fixture, history, 2, true), FAULT_NONE);
    assert_int_equal(migrate(fixture, history, 2, true), FAULT_NONE);
    assert_int_equal(migrate(fixture, history, 2, false), FAULT_NONE);
    assert_int_equal(number(fixture, "SELECT count(*) FROM second"), 1);
    assert_int_equal(number(fixture, "SELECT max(number) FROM schema_migration"), 2);
}

static void leaves_no_half_of_a_migration_that_fails(void **state)
{
    struct migration_fixture *fixture = *state;
    assert_int_equal(migrate(fixture, history, 3, true), FAULT_STORE_UNAVAILABLE);
    assert_non_null(strstr(fixture->detail, "0003_third"));
    assert_int_equal(number(fixture, "SELECT max(number) FROM schema_migration"), 2);
    assert_int_equal(number(fixture, "SELECT count(*) FROM sqlite_schema WHERE name = 'third'"), 0);
}

static void refuses_a_schema_newer_than_the_program(void **state)
{
    struct migration_fixture *fixture = *state;
    assert_int_equal(migrate(fixture, history, 2, true), FAULT_NONE);
    assert_int_equal(migrate(fixture, history, 1, true), FAULT_SCHEMA_NEWER);
    assert_non_null(strstr(fixture->detail, "newer program"));
    assert_int_equal(migrate(fixture, history, 1, false), FAULT_SCHEMA_NEWER);
}

static void refuses_a_migration_whose_content_changed(void **state)
{
    struct migration_fixture *fixture = *state;
    assert_int_equal(migrate(fixture, history, 1, true), FAULT_NONE);
    assert_int_equal(migrate(fixture, rewritten, 2, true), FAULT_SCHEMA_CHANGED);
    assert_non_null(strstr(fixture->detail, "0001_first"));
    assert_int_equal(number(fixture, "SELECT max(number) FROM schema_migration"), 1);
}

static void only_checks_when_it_may_not_migrate(void **state)
{
    struct migration_fixture *fixture = *state;
    assert_int_equal(migrate(fixture, history, 1, false), FAULT_SCHEMA_OLDER);
    assert_int_equal(number(fixture, "SELECT count(*) FROM sqlite_schema"), 0);
    assert_int_equal(migrate(fixture, history, 1, true), FAULT_NONE);
    assert_int_equal(migrate(fixture, history, 2, false), FAULT_SCHEMA_OLDER);
    assert_non_null(strstr(fixture->detail, "1 of 2"));
}

static void refuses_the_database_of_another_program(void **state)
{
    struct migration_fixture *fixture = *state;
    assert_int_equal(database_execute(&fixture->database, "CREATE TABLE theirs (x)"), FAULT_NONE);
    assert_int_equal(migrate(fixture, history, 1, true), FAULT_FILE_UNREADABLE);
    assert_int_equal(number(fixture, "SELECT count(*) FROM sqlite_schema"), 1);
}

static void carries_its_own_migrations_without_gaps(void **state)
{
    struct migration_fixture *fixture = *state;
    assert_true(sqlite_migration_count >= 1);
    for (size_t i = 0; i < sqlite_migration_count; i++)
        assert_int_equal(sqlite_migrations[i].number, (int)i + 1);
    assert_int_equal(migrate(fixture, sqlite_migrations, sqlite_migration_count, true), FAULT_NONE);
    assert_int_equal(number(fixture, "PRAGMA application_id"), 0x4452474d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(applies_what_is_missing_once_and_in_order, begin, end),
        cmocka_unit_test_setup_teardown(leaves_no_half_of_a_migration_that_fails, begin, end),
        cmocka_unit_test_setup_teardown(refuses_a_schema_newer_than_the_program, begin, end),
        cmocka_unit_test_setup_teardown(refuses_a_migration_whose_content_changed, begin, end),
        cmocka_unit_test_setup_teardown(only_checks_when_it_may_not_migrate, begin, end),
        cmocka_unit_test_setup_teardown(refuses_the_database_of_another_program, begin, end),
        cmocka_unit_test_setup_teardown(carries_its_own_migrations_without_gaps, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

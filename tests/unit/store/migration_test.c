/* Forward only, checksummed, whole or not at all. */
#include "database_fixture.h"
#include "migration_cases.h"

struct migration_fixture {
    struct migrating migrating; /* first */
    struct fixture base;
    struct database database;
};

static enum fault run(struct migrating *migrating, const struct migration *list, size_t count, bool may)
{
    struct migration_fixture *fixture = (struct migration_fixture *)migrating;
    return migration_run(&fixture->database, list, count, may, migrating->detail);
}

static int64_t ask(struct migrating *migrating, const char *sql)
{
    return database_fixture_number(&((struct migration_fixture *)migrating)->database, sql);
}

static void change(struct migrating *migrating, const char *sql)
{
    assert_int_equal(database_execute(&((struct migration_fixture *)migrating)->database, sql), FAULT_NONE);
}

static int begin(void **state)
{
    struct migration_fixture *fixture = calloc(1, sizeof(*fixture));
    fixture->migrating.migrate = run;
    fixture->migrating.number = ask;
    fixture->migrating.execute = change;
    fixture_make_folder(&fixture->base);
    assert_int_equal(
        database_open(&fixture->database, fixture->base.path, DATABASE_WRITER, fixture->migrating.detail),
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

static void leaves_no_half_of_a_migration_that_fails(void **state)
{
    refuse_the_half_of_a_migration(*state);
    assert_int_equal(number(*state, "SELECT count(*) FROM sqlite_schema WHERE name = 'third'"), 0);
}

static void only_checks_when_it_may_not_migrate(void **state)
{
    only_check(*state, "SELECT count(*) FROM sqlite_schema");
}

static void refuses_the_database_of_another_program(void **state)
{
    struct migration_fixture *fixture = *state;
    assert_int_equal(database_execute(&fixture->database, "CREATE TABLE theirs (x)"), FAULT_NONE);
    assert_int_equal(migrate(*state, history, 1, true), FAULT_FILE_UNREADABLE);
    assert_int_equal(number(*state, "SELECT count(*) FROM sqlite_schema"), 1);
}

static void carries_its_own_migrations_without_gaps(void **state)
{
    apply_without_gaps(*state, sqlite_migrations, sqlite_migration_count);
    assert_int_equal(number(*state, "PRAGMA application_id"), 0x4452474d);
}

static void finds_a_lease_from_before_by_its_fingerprint_and_target(void **state)
{
    struct migration_fixture *fixture = *state;
    assert_int_equal(migrate(*state, sqlite_migrations, 3, true), FAULT_NONE);
    assert_int_equal(
        database_execute(
            &fixture->database,
            "INSERT INTO lease VALUES (20000, 'l1', 'live', 'a', 'orders', NULL, 'f1', 1, 900, 0, 0, 1),"
            " (20000, 'l2', 'ended', 'a', 'orders', NULL, NULL, 1, 900, 0, 0, 1)"),
        FAULT_NONE);
    assert_int_equal(migrate(*state, sqlite_migrations, sqlite_migration_count, true), FAULT_NONE);
    assert_int_equal(number(*state, "SELECT count(*) FROM lease INDEXED BY lease_by_fingerprint"
                                    " WHERE fingerprint = 'f1' AND id = 'l1'"),
                     1);
    assert_int_equal(number(*state,
                            "SELECT count(*) FROM lease INDEXED BY lease_by_target WHERE target = 'orders'"
                            " AND state IN ('pending', 'live')"),
                     1);
    assert_int_equal(number(*state, "SELECT count(*) FROM lease"), 2);
    assert_int_equal(number(*state, "SELECT count(*) FROM adapter_state"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(applies_what_is_missing_once_and_in_order, begin, end),
        cmocka_unit_test_setup_teardown(leaves_no_half_of_a_migration_that_fails, begin, end),
        cmocka_unit_test_setup_teardown(refuses_a_schema_newer_than_the_program, begin, end),
        cmocka_unit_test_setup_teardown(works_with_a_later_schema_that_says_so, begin, end),
        cmocka_unit_test_setup_teardown(goes_on_with_the_books_of_before, begin, end),
        cmocka_unit_test_setup_teardown(refuses_a_migration_whose_content_changed, begin, end),
        cmocka_unit_test_setup_teardown(only_checks_when_it_may_not_migrate, begin, end),
        cmocka_unit_test_setup_teardown(refuses_the_database_of_another_program, begin, end),
        cmocka_unit_test_setup_teardown(carries_its_own_migrations_without_gaps, begin, end),
        cmocka_unit_test_setup_teardown(finds_a_lease_from_before_by_its_fingerprint_and_target, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

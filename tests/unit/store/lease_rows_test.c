/* What leases leave in the database: rows of what they stand on come and go with their being alive. */
#include "database_fixture.h"

#include "sqlite/lease_rows.h"

struct rows_fixture {
    struct fixture base;
    struct database database;
    struct lease_rows rows;
};

static int begin(void **state)
{
    struct rows_fixture *fixture = calloc(1, sizeof(*fixture));
    fixture_make_folder(&fixture->base);
    database_fixture_open(&fixture->base, &fixture->database);
    assert_int_equal(lease_rows_prepare(&fixture->rows, &fixture->database), FAULT_NONE);
    *state = fixture;
    return 0;
}

static int end(void **state)
{
    struct rows_fixture *fixture = *state;
    lease_rows_dispose(&fixture->rows);
    database_close(&fixture->database);
    fixture_remove_folder(&fixture->base);
    free(fixture);
    return 0;
}

static const struct store_guard things[] = {
    {{"root", 4}, {"r", 1}, 7}, {{"client", 6}, {"c", 1}, 7}, {{"root", 4}, {"r", 1}, 5}};

static struct store_lease lease_of(const char *state, int64_t revision)
{
    return (struct store_lease){.id = TEXT("l"),
                                .state = text_of(state),
                                .adapter = TEXT("a"),
                                .target = TEXT("t"),
                                .kept_until_s = 86400,
                                .revision = revision,
                                .stands_on = things,
                                .stands_on_count = 3};
}

static enum store_outcome put(struct rows_fixture *fixture, struct store_lease lease)
{
    enum store_outcome outcome = STORE_STORED;
    assert_int_equal(lease_rows_write(&fixture->rows, &lease, &outcome), FAULT_NONE);
    return outcome;
}

static int64_t things_kept(struct rows_fixture *fixture)
{
    return database_fixture_number(&fixture->database, "SELECT count(*) FROM lease_stands_on");
}

static void keeps_what_it_stands_on_from_pending_to_live_and_no_longer(void **state)
{
    struct rows_fixture *fixture = *state;
    assert_int_equal(put(fixture, lease_of("pending", 0)), STORE_STORED);
    assert_int_equal(things_kept(fixture), 2);
    assert_int_equal(put(fixture, lease_of("live", 1)), STORE_STORED);
    assert_int_equal(things_kept(fixture), 2);
    assert_int_equal(put(fixture, lease_of("withdrawing", 2)), STORE_STORED);
    assert_int_equal(things_kept(fixture), 0);
    assert_int_equal(database_fixture_number(&fixture->database, "SELECT revision FROM lease"), 3);
}

static void keeps_the_oldest_issue_of_a_thing_named_twice(void **state)
{
    struct rows_fixture *fixture = *state;
    assert_int_equal(put(fixture, lease_of("live", 0)), STORE_STORED);
    assert_int_equal(database_fixture_number(&fixture->database,
                                             "SELECT issued_at_us FROM lease_stands_on WHERE kind = 'root'"),
                     5);
}

static void says_stale_to_who_has_not_seen_the_revision(void **state)
{
    struct rows_fixture *fixture = *state;
    assert_int_equal(put(fixture, lease_of("live", 1)), STORE_STALE);
    assert_int_equal(put(fixture, lease_of("live", 0)), STORE_STORED);
    assert_int_equal(put(fixture, lease_of("live", 0)), STORE_STALE);
    assert_int_equal(put(fixture, lease_of("withdrawing", 2)), STORE_STALE);
    assert_int_equal(database_fixture_number(&fixture->database, "SELECT revision FROM lease"), 1);
    assert_int_equal(things_kept(fixture), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keeps_what_it_stands_on_from_pending_to_live_and_no_longer, begin, end),
        cmocka_unit_test_setup_teardown(keeps_the_oldest_issue_of_a_thing_named_twice, begin, end),
        cmocka_unit_test_setup_teardown(says_stale_to_who_has_not_seen_the_revision, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Versions, holdings and tallies on a bare connection: what is compared, what is written, what is refused. */
#include "database_fixture.h"

#include "sqlite/held_rows.h"

struct held_fixture {
    struct fixture base;
    struct database database;
    struct held_rows rows;
};

static const int64_t now_s = 1800000000;

static int begin(void **state)
{
    struct held_fixture *fixture = calloc(1, sizeof(*fixture));
    fixture_make_folder(&fixture->base);
    database_fixture_open(&fixture->base, &fixture->database);
    assert_int_equal(held_rows_prepare(&fixture->rows, &fixture->database), FAULT_NONE);
    *state = fixture;
    return 0;
}

static int end(void **state)
{
    struct held_fixture *fixture = *state;
    held_rows_dispose(&fixture->rows);
    database_close(&fixture->database);
    fixture_remove_folder(&fixture->base);
    free(fixture);
    return 0;
}

static int64_t number(struct held_fixture *fixture, const char *sql)
{
    return database_fixture_number(&fixture->database, sql);
}

static bool bump(struct held_fixture *fixture, int64_t seen, int64_t expires_at_s)
{
    struct store_version version = {TEXT("scope"), seen, expires_at_s};
    struct store_transaction transaction = {.outcome = STORE_STORED};
    assert_int_equal(held_rows_bump(&fixture->rows, &transaction, &version, now_s), FAULT_NONE);
    assert_int_equal(transaction.outcome == STORE_STALE, transaction.is_version_stale);
    return transaction.outcome == STORE_STORED;
}

static void bumps_only_the_version_that_was_seen(void **state)
{
    struct held_fixture *fixture = *state;
    assert_false(bump(fixture, 1, 0));
    assert_int_equal(number(fixture, "SELECT count(*) FROM scope_version"), 0);
    assert_true(bump(fixture, 0, 0));
    int64_t version = number(fixture, "SELECT version FROM scope_version");
    assert_true(version > 0);
    assert_false(bump(fixture, 0, 0));
    assert_false(bump(fixture, version == 1 ? 2 : version - 1, 0));
    assert_true(bump(fixture, version, 0));
    assert_false(bump(fixture, version, 0));
}

static void keeps_a_version_two_hours_or_as_long_as_was_said(void **state)
{
    struct held_fixture *fixture = *state;
    assert_true(bump(fixture, 0, now_s + 10));
    assert_true(number(fixture, "SELECT expires_at FROM scope_version") >= now_s + 7200);
    assert_true(bump(fixture, number(fixture, "SELECT version FROM scope_version"), now_s + 90000));
    int64_t kept_until_s = number(fixture, "SELECT expires_at FROM scope_version");
    assert_true(kept_until_s >= now_s + 90000);
    assert_true(bump(fixture, number(fixture, "SELECT version FROM scope_version"), 0));
    assert_int_equal(number(fixture, "SELECT expires_at FROM scope_version"), kept_until_s);
}

static void counts_events_of_a_minute_in_one_row(void **state)
{
    struct held_fixture *fixture = *state;
    struct store_tally tallies[] = {{TEXT("a"), 7}, {TEXT("a"), 7}, {TEXT("a"), 8}, {TEXT("b"), 7}};
    struct store_transaction transaction = {.tallies = tallies, .tally_count = 4};
    assert_int_equal(held_rows_write(&fixture->rows, &transaction), FAULT_NONE);
    assert_int_equal(number(fixture, "SELECT count(*) FROM tally"), 3);
    assert_int_equal(number(fixture, "SELECT count FROM tally WHERE holder = 'a' AND minute = 7"), 2);
}

static enum fault hold(struct held_fixture *fixture, struct text holder, const char *id, int64_t kept_s)
{
    struct store_holding holding = {.holder = holder, .id = text_of(id), .kept_until_s = now_s + kept_s};
    struct store_transaction transaction = {.holdings = &holding, .holding_count = 1};
    return held_rows_write(&fixture->rows, &transaction);
}

static void keeps_a_holding_that_is_there_longer_and_never_shorter(void **state)
{
    struct held_fixture *fixture = *state;
    assert_int_equal(hold(fixture, TEXT("alice"), "1", 60), FAULT_NONE);
    assert_int_equal(hold(fixture, TEXT("alice"), "1", 30), FAULT_NONE);
    assert_int_equal(number(fixture, "SELECT kept_until FROM holding"), now_s + 60);
    assert_int_equal(hold(fixture, TEXT("alice"), "1", 90), FAULT_NONE);
    assert_int_equal(number(fixture, "SELECT kept_until FROM holding"), now_s + 90);
    assert_int_equal(number(fixture, "SELECT count(*) FROM holding"), 1);
}

static void refuses_a_holder_that_is_too_long(void **state)
{
    struct held_fixture *fixture = *state;
    char name[STORE_HOLDER_MAX + 1];
    memset(name, 'x', sizeof(name));
    assert_int_equal(database_execute(&fixture->database, "BEGIN"), FAULT_NONE);
    assert_int_equal(hold(fixture, (struct text){name, STORE_HOLDER_MAX}, "1", 0), FAULT_NONE);
    assert_int_equal(hold(fixture, (struct text){name, STORE_HOLDER_MAX + 1}, "2", 0), FAULT_STORE_UNAVAILABLE);
    assert_true(database_refused_row(&fixture->database));
    assert_int_equal(number(fixture, "SELECT count(*) FROM holding"), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(bumps_only_the_version_that_was_seen),
        TEST(keeps_a_version_two_hours_or_as_long_as_was_said),
        TEST(counts_events_of_a_minute_in_one_row),
        TEST(keeps_a_holding_that_is_there_longer_and_never_shorter),
        TEST(refuses_a_holder_that_is_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The state of adapters on a bare connection: how long numbers are kept, and that they never come again. */
#include "database_fixture.h"

#include "sqlite/retention.h"
#include "sqlite/state_rows.h"

struct rows_fixture {
    struct fixture base;
    struct database database;
    struct state_rows rows;
    struct retention retention;
    int64_t now_s;
};

static int begin(void **state)
{
    struct rows_fixture *fixture = calloc(1, sizeof(*fixture));
    fixture_make_folder(&fixture->base);
    database_fixture_open(&fixture->base, &fixture->database);
    assert_int_equal(state_rows_prepare(&fixture->rows, &fixture->database), FAULT_NONE);
    assert_int_equal(retention_prepare(&fixture->retention, &fixture->database), FAULT_NONE);
    fixture->now_s = clock_wall_s();
    *state = fixture;
    return 0;
}

static int end(void **state)
{
    struct rows_fixture *fixture = *state;
    state_rows_dispose(&fixture->rows);
    retention_dispose(&fixture->retention);
    database_close(&fixture->database);
    fixture_remove_folder(&fixture->base);
    free(fixture);
    return 0;
}

static int64_t number(struct rows_fixture *fixture, const char *sql)
{
    return database_fixture_number(&fixture->database, sql);
}

static bool change(struct rows_fixture *fixture, struct store_state *state)
{
    struct store_transaction transaction = {.outcome = STORE_STORED};
    assert_int_equal(state_rows_change(&fixture->rows, &transaction, state, fixture->now_s), FAULT_NONE);
    return transaction.outcome == STORE_STORED;
}

static int64_t put(struct rows_fixture *fixture, struct text value, int64_t expires_at_s)
{
    struct store_state state = {.adapter = TEXT("a"),
                                .key = TEXT("k"),
                                .value = value,
                                .expected_version = -1,
                                .expires_at_s = expires_at_s};
    return change(fixture, &state) ? state.version : -1;
}

static int64_t claim(struct rows_fixture *fixture, int64_t until_s)
{
    struct store_state state = {.adapter = TEXT("a"),
                                .key = TEXT("k"),
                                .change = STORE_STATE_CLAIM,
                                .claimed_until_ms = until_s * 1000,
                                .now_ms = INT64_MAX};
    return change(fixture, &state) ? state.new_fence : -1;
}

static void sweep(struct rows_fixture *fixture)
{
    bool is_done = false;
    while (!is_done)
        assert_int_equal(retention_bite(&fixture->retention, 0, &is_done), FAULT_NONE);
}

static void pass_time(struct rows_fixture *fixture, int64_t seconds)
{
    char sql[96];
    snprintf(sql, sizeof(sql), "UPDATE adapter_state SET expires_at = expires_at - %lld WHERE expires_at > 0",
             (long long)seconds);
    assert_int_equal(database_execute(&fixture->database, sql), FAULT_NONE);
}

static void keeps_the_numbers_of_a_removed_value_for_two_days(void **state)
{
    struct rows_fixture *fixture = *state;
    assert_int_equal(put(fixture, TEXT("v"), 0), 1);
    assert_int_equal(number(fixture, "SELECT expires_at FROM adapter_state"), 0);
    assert_int_equal(put(fixture, TEXT_NONE, 0), 2);
    assert_int_equal(number(fixture, "SELECT expires_at FROM adapter_state"),
                     fixture->now_s + STORE_STATE_KEPT_S);
    pass_time(fixture, STORE_STATE_KEPT_S - 100);
    sweep(fixture);
    assert_int_equal(number(fixture, "SELECT version FROM adapter_state"), 2);
}

static void begins_behind_every_number_that_was_dropped(void **state)
{
    struct rows_fixture *fixture = *state;
    for (int64_t fence = 1; fence <= 5; fence++)
        assert_int_equal(claim(fixture, 10), fence);
    put(fixture, TEXT("v"), 0);
    assert_int_equal(put(fixture, TEXT_NONE, 0), 2);
    pass_time(fixture, STORE_STATE_KEPT_S + 100);
    sweep(fixture);
    assert_int_equal(number(fixture, "SELECT count(*) FROM adapter_state"), 0);
    struct store_state late = {
        .adapter = TEXT("a"), .key = TEXT("k"), .value = TEXT("late"), .expected_version = 2};
    assert_false(change(fixture, &late));
    late.expected_version = -1;
    late.fence = 5;
    assert_false(change(fixture, &late));
    late.change = STORE_STATE_CLAIM;
    assert_false(change(fixture, &late));
    assert_int_equal(claim(fixture, 10), 6);
    assert_int_equal(put(fixture, TEXT("new"), 0), 6);
}

static void keeps_the_numbers_of_a_claim_for_two_days_after_its_end(void **state)
{
    struct rows_fixture *fixture = *state;
    int64_t until_s = fixture->now_s + 5000;
    assert_int_equal(claim(fixture, until_s), 1);
    assert_int_equal(number(fixture, "SELECT expires_at FROM adapter_state"), until_s + STORE_STATE_KEPT_S);
    put(fixture, TEXT("v"), fixture->now_s - 1);
    sweep(fixture); /* the value is over, the claim is not */
    assert_int_equal(number(fixture, "SELECT value IS NULL FROM adapter_state"), 1);
    assert_int_equal(number(fixture, "SELECT version FROM adapter_state"), 2);
    assert_int_equal(number(fixture, "SELECT expires_at FROM adapter_state"), until_s + STORE_STATE_KEPT_S);
}

static void leaves_the_end_of_a_value_to_itself_when_it_is_claimed(void **state)
{
    struct rows_fixture *fixture = *state;
    put(fixture, TEXT("v"), fixture->now_s + 60);
    assert_int_equal(claim(fixture, fixture->now_s + 5000), 1);
    assert_int_equal(number(fixture, "SELECT expires_at FROM adapter_state"), fixture->now_s + 60);
    assert_int_equal(number(fixture, "SELECT length(value) FROM adapter_state"), 1);
}

static void drops_uses_by_the_day_and_keeps_thirty(void **state)
{
    struct rows_fixture *fixture = *state;
    int64_t today = fixture->now_s / 86400;
    for (int64_t day = today - 32; day <= today; day++) {
        struct store_use use = {TEXT("l"), day * 1440 + 7, 1, 0};
        assert_int_equal(state_rows_add_use(&fixture->rows, &use), FAULT_NONE);
        assert_int_equal(state_rows_add_use(&fixture->rows, &use), FAULT_NONE);
    }
    sweep(fixture);
    assert_int_equal(number(fixture, "SELECT min(period) FROM lease_use"), today - STORE_USE_KEPT_DAYS);
    assert_int_equal(number(fixture, "SELECT sum(calls) FROM lease_use"), 2 * (STORE_USE_KEPT_DAYS + 1));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(keeps_the_numbers_of_a_removed_value_for_two_days),
        TEST(begins_behind_every_number_that_was_dropped),
        TEST(keeps_the_numbers_of_a_claim_for_two_days_after_its_end),
        TEST(leaves_the_end_of_a_value_to_itself_when_it_is_claimed),
        TEST(drops_uses_by_the_day_and_keeps_thirty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Forgetting: what goes, what stays, and that what stays is not rewritten. */
#include "database_fixture.h"

#include "sqlite/batch.h"
#include "sqlite/retention.h"

struct retention_fixture {
    struct fixture base;
    struct database database;
    struct batch batch;
    struct retention retention;
};

static int begin(void **state)
{
    struct retention_fixture *fixture = calloc(1, sizeof(*fixture));
    fixture_make_folder(&fixture->base);
    database_fixture_open(&fixture->base, &fixture->database);
    assert_int_equal(batch_prepare(&fixture->batch, &fixture->database), FAULT_NONE);
    assert_int_equal(retention_prepare(&fixture->retention, &fixture->database), FAULT_NONE);
    *state = fixture;
    return 0;
}

static int end(void **state)
{
    struct retention_fixture *fixture = *state;
    batch_dispose(&fixture->batch);
    retention_dispose(&fixture->retention);
    database_close(&fixture->database);
    fixture_remove_folder(&fixture->base);
    free(fixture);
    return 0;
}

static int64_t number(struct retention_fixture *fixture, const char *sql)
{
    return database_fixture_number(&fixture->database, sql);
}

static void store_transaction_of(struct retention_fixture *fixture, struct store_transaction *transaction)
{
    assert_int_equal(batch_begin(&fixture->batch), FAULT_NONE);
    assert_int_equal(batch_add(&fixture->batch, transaction), FAULT_NONE);
    assert_int_equal(transaction->fault, FAULT_NONE);
    assert_int_equal(batch_commit(&fixture->batch), FAULT_NONE);
}

static void fill_period(struct retention_fixture *fixture, int64_t period, size_t count)
{
    struct store_record *records = ARENA_ARRAY(fixture->base.arena, struct store_record, count);
    for (size_t i = 0; i < count; i++)
        records[i] = fixture_record(fixture->base.arena, period * FIXTURE_DAY_US + (int64_t)i * 1000);
    struct store_transaction transaction = {.records = records, .record_count = count};
    store_transaction_of(fixture, &transaction);
}

static int drop_before(struct retention_fixture *fixture, int64_t period)
{
    bool is_done = false;
    int bites = 0;
    for (; !is_done; bites++)
        assert_int_equal(retention_bite(&fixture->retention, period, &is_done), FAULT_NONE);
    return bites;
}

static void drops_whole_days_in_bites_and_keeps_the_others(void **state)
{
    struct retention_fixture *fixture = *state;
    for (int64_t period = 20000; period < 20004; period++)
        fill_period(fixture, period, 600);
    bool is_done;
    assert_int_equal(retention_bite(&fixture->retention, 20002, &is_done), FAULT_NONE);
    assert_false(is_done);
    assert_int_equal(number(fixture, "SELECT count(*) FROM record"), 2400 - RETENTION_BITE);
    assert_int_equal(number(fixture, "SELECT records FROM period WHERE period = 20000"), 600 - RETENTION_BITE);
    assert_true(drop_before(fixture, 20002) >= 4);
    assert_int_equal(number(fixture, "SELECT count(*) FROM record WHERE period < 20002"), 0);
    assert_int_equal(number(fixture, "SELECT count(*) FROM record WHERE period = 20002"), 600);
    assert_int_equal(number(fixture, "SELECT count(*) FROM record WHERE period = 20003"), 600);
    assert_int_equal(number(fixture, "SELECT sum(records) FROM period"), 1200);
}

static void *read_database(struct retention_fixture *fixture, size_t *pages)
{
    assert_int_equal(database_execute(&fixture->database, "PRAGMA wal_checkpoint(TRUNCATE)"), FAULT_NONE);
    *pages = (size_t)number(fixture, "PRAGMA page_count");
    unsigned char *bytes = arena_allocate(fixture->base.arena, *pages * 8192);
    FILE *file = fopen(fixture->base.path, "rb");
    assert_non_null(file);
    assert_int_equal(fread(bytes, 8192, *pages, file), *pages);
    fclose(file);
    return bytes;
}

static void rewrites_nothing_that_stays(void **state)
{
    struct retention_fixture *fixture = *state;
    size_t one_period, before, after, changed = 0;
    fill_period(fixture, 20000, 1500);
    read_database(fixture, &one_period);
    for (int64_t period = 20001; period < 20005; period++)
        fill_period(fixture, period, 1500);
    unsigned char *old = read_database(fixture, &before);
    drop_before(fixture, 20001);
    unsigned char *new = read_database(fixture, &after);
    assert_int_equal(before, after);
    for (size_t page = 0; page < before; page++)
        changed += memcmp(old + page * 8192, new + page * 8192, 8192) != 0;
    /* The pages of the dropped day, and at most the border and the way down to it in each of four trees. */
    assert_true(changed <= one_period + 12);
    assert_true(before > 4 * one_period);
}

static void reuses_the_pages_it_freed(void **state)
{
    struct retention_fixture *fixture = *state;
    fill_period(fixture, 20000, 1000);
    fill_period(fixture, 20001, 1000);
    int64_t pages = number(fixture, "PRAGMA page_count");
    drop_before(fixture, 20001);
    fill_period(fixture, 20002, 1000);
    assert_true(number(fixture, "PRAGMA page_count") <= pages + 8);
}

static void sweeps_what_has_expired_and_keeps_what_has_not(void **state)
{
    struct retention_fixture *fixture = *state;
    int64_t now_s = clock_wall_s();
    struct store_single_use uses[3] = {{.digest = {1}, .expires_at_s = now_s + 90},
                                       {.digest = {2}, .expires_at_s = now_s + 200},
                                       {.digest = {3}, .expires_at_s = now_s + 90}};
    struct store_cutoff cutoffs[3] = {
        {.kind = TEXT("lease"), .id = TEXT("over"), .at_us = 1, .expires_at_s = now_s - 10},
        {.kind = TEXT("lease"), .id = TEXT("alive"), .at_us = 1, .expires_at_s = now_s + 100},
        {.kind = TEXT("client"), .id = TEXT("forever"), .at_us = 1}};
    struct store_transaction transaction = {
        .single_uses = uses, .single_use_count = 3, .cutoffs = cutoffs, .cutoff_count = 3};
    store_transaction_of(fixture, &transaction);
    fill_period(fixture, 1, 3);
    assert_int_equal(
        database_execute(&fixture->database, "UPDATE single_use SET expires_at = expires_at - 100"),
        FAULT_NONE); /* as it is later */
    drop_before(fixture, 0);
    assert_int_equal(number(fixture, "SELECT count(*) FROM single_use"), 1);
    assert_int_equal(number(fixture, "SELECT count(*) FROM cutoff"), 2);
    assert_int_equal(number(fixture, "SELECT count(*) FROM cutoff WHERE id = 'over'"), 0);
    assert_int_equal(number(fixture, "SELECT count(*) FROM record"), 3);
}

static void drops_leases_and_what_they_stand_on_after_the_day_they_were_kept_until(void **state)
{
    struct retention_fixture *fixture = *state;
    int64_t now_s = clock_wall_s();
    struct store_guard thing = {TEXT("root"), TEXT("r"), 1};
    struct store_lease leases[2];
    for (int i = 0; i < 2; i++)
        leases[i] = (struct store_lease){.id = i == 0 ? TEXT("old") : TEXT("new"),
                                         .state = TEXT("live"),
                                         .adapter = TEXT("a"),
                                         .target = TEXT("t"),
                                         .kept_until_s = i == 0 ? now_s - 2 * 86400 : now_s,
                                         .stands_on = &thing,
                                         .stands_on_count = 1};
    struct store_version versions[2] = {{TEXT("past"), 0, now_s + 10}, {TEXT("present"), 0, now_s + 20000}};
    struct store_transaction transaction = {
        .leases = leases, .lease_count = 2, .versions = versions, .version_count = 2};
    store_transaction_of(fixture, &transaction);
    assert_int_equal(
        database_execute(&fixture->database, "UPDATE scope_version SET expires_at = expires_at - 15000"),
        FAULT_NONE); /* as it is later */
    drop_before(fixture, 0);
    assert_int_equal(number(fixture, "SELECT count(*) FROM lease WHERE id = 'new'"), 1);
    assert_int_equal(number(fixture, "SELECT count(*) FROM lease"), 1);
    assert_int_equal(number(fixture, "SELECT count(*) FROM lease_stands_on"), 1);
    assert_int_equal(number(fixture, "SELECT count(*) FROM scope_version WHERE scope = 'present'"), 1);
    assert_int_equal(number(fixture, "SELECT count(*) FROM scope_version"), 1);
}

static void drops_holdings_when_they_are_over_and_tallies_after_two_hours(void **state)
{
    struct retention_fixture *fixture = *state;
    int64_t now_s = clock_wall_s();
    struct store_holding holdings[600];
    char ids[600][16];
    for (int i = 0; i < 600; i++) {
        snprintf(ids[i], sizeof(ids[i]), "id-%d", i);
        holdings[i] = (struct store_holding){
            .holder = TEXT("alice"), .id = text_of(ids[i]), .kept_until_s = i == 300 ? now_s + 60 : now_s - 10};
    }
    struct store_tally tallies[2] = {{TEXT("alice"), now_s / 60 - 185}, {TEXT("alice"), now_s / 60 - 110}};
    struct store_version version = {TEXT("alice"), 0, now_s - 10};
    struct store_transaction transaction = {.holdings = holdings,
                                            .holding_count = 600,
                                            .tallies = tallies,
                                            .tally_count = 2,
                                            .versions = &version,
                                            .version_count = 1};
    store_transaction_of(fixture, &transaction);
    assert_true(drop_before(fixture, 0) >= 3);
    assert_int_equal(number(fixture, "SELECT count(*) FROM holding WHERE id = 'id-300'"), 1);
    assert_int_equal(number(fixture, "SELECT count(*) FROM holding"), 1);
    assert_int_equal(number(fixture, "SELECT min(minute) FROM tally"), now_s / 60 - 110);
    /* Longer than what it said, and than anybody decides. */
    assert_int_equal(number(fixture, "SELECT count(*) FROM scope_version"), 1);
}

static void does_not_let_a_clock_that_jumped_ahead_expire_anything(void **state)
{
    struct retention_fixture *fixture = *state;
    const struct expiry_clock *clock = &fixture->retention.clock;
    int64_t opened_s = clock->opened_wall_s, minute_later_us = clock->opened_monotonic_us + 60000000;
    assert_int_equal(expiry_clock_read(clock, opened_s + 60, minute_later_us), opened_s + 60);
    assert_int_equal(expiry_clock_read(clock, opened_s + 86400, minute_later_us), opened_s + 60);
    assert_int_equal(expiry_clock_read(clock, opened_s - 3600, minute_later_us), opened_s - 3600);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(drops_whole_days_in_bites_and_keeps_the_others, begin, end),
        cmocka_unit_test_setup_teardown(rewrites_nothing_that_stays, begin, end),
        cmocka_unit_test_setup_teardown(reuses_the_pages_it_freed, begin, end),
        cmocka_unit_test_setup_teardown(sweeps_what_has_expired_and_keeps_what_has_not, begin, end),
        cmocka_unit_test_setup_teardown(drops_leases_and_what_they_stand_on_after_the_day_they_were_kept_until,
                                        begin, end),
        cmocka_unit_test_setup_teardown(drops_holdings_when_they_are_over_and_tallies_after_two_hours, begin,
                                        end),
        cmocka_unit_test_setup_teardown(does_not_let_a_clock_that_jumped_ahead_expire_anything, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

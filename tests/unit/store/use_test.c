/* What a store promises about leases that are recognised rather than withdrawn, whatever its engine: they come
 * with their record, are found by fingerprint and by target, and their uses add up. */
#include "loop_load.h"

static struct store_query ask(struct fixture *fixture, struct store_query query)
{
    query.arena = fixture->arena;
    store_find_and_wait(fixture->store, &query);
    assert_int_equal(query.fault, FAULT_NONE);
    return query;
}

static struct store_lease key_lease(struct text id, const char *fingerprint)
{
    int64_t now_s = clock_wall_s();
    return (struct store_lease){.id = id,
                                .state = TEXT("live"),
                                .adapter = TEXT("api_key"),
                                .target = TEXT("orders"),
                                .fingerprint = text_of(fingerprint),
                                .issued_at_us = now_s * 1000000,
                                .expires_at_s = now_s + 600,
                                .kept_until_s = now_s + 86400};
}

static void submit_together(struct fixture *fixture, struct store_transaction *transactions, size_t count)
{
    struct load load = {
        .store = fixture->store, .transactions = transactions, .count = count, .in_flight = count};
    load_run(&load);
    assert_int_equal(load.misplaced + load.failed, 0);
}

static size_t count_by_fingerprint(struct fixture *fixture, const char *fingerprint)
{
    return ask(fixture, (struct store_query){.kind = STORE_QUERY_LEASE_BY_FINGERPRINT,
                                             .id = text_of(fingerprint),
                                             .limit = 9})
        .lease_count;
}

static void stores_a_live_lease_in_the_transaction_of_its_record(void **state)
{
    struct fixture *fixture = *state;
    struct store_record record = fixture_record(fixture->arena, clock_wall_us());
    struct store_lease lease = key_lease(record.id, "f1");
    struct store_transaction transaction = {
        .records = &record, .record_count = 1, .leases = &lease, .lease_count = 1};
    submit_together(fixture, &transaction, 1);
    assert_int_equal(transaction.outcome, STORE_STORED);
    struct store_query found = ask(
        fixture, (struct store_query){.kind = STORE_QUERY_LEASE_BY_FINGERPRINT, .id = TEXT("f1"), .limit = 9});
    assert_int_equal(found.lease_count, 1);
    assert_true(text_equal(found.leases[0].id, record.id));
    assert_true(text_is(found.leases[0].state, "live") && text_is(found.leases[0].target, "orders"));
    assert_null(found.leases[0].handle.base);
    assert_int_equal(found.leases[0].revision, 1);
    assert_true(fixture_has_record(fixture, record.id));
}

/* Of a burst: one whose value was used, one whose lease is there, two with the same lease, one cut off. */
static void refuses_in_a_burst_only_those_that_have_to_be(void **state)
{
    enum { BURST = 6 };
    struct fixture *fixture = *state;
    struct store_record records[BURST];
    struct store_lease leases[BURST];
    struct store_transaction transactions[BURST];
    static const char *const prints[BURST] = {"p0", "p1", "p2", "p3", "p4", "p5"};
    for (int i = 0; i < BURST; i++) {
        records[i] = fixture_record(fixture->arena, clock_wall_us());
        leases[i] = key_lease(records[i].id, prints[i]);
        transactions[i] = (struct store_transaction){
            .records = &records[i], .record_count = 1, .leases = &leases[i], .lease_count = 1};
    }
    struct store_lease there = key_lease(TEXT("there"), "p9");
    struct store_single_use use = {.digest = {7}, .expires_at_s = clock_wall_s() + 60};
    struct store_cutoff cutoff = {.kind = TEXT("client"), .id = TEXT("c"), .at_us = 1000};
    struct store_guard guard = {TEXT("client"), TEXT("c"), 500};
    struct store_transaction before = {.leases = &there,
                                       .lease_count = 1,
                                       .single_uses = &use,
                                       .single_use_count = 1,
                                       .cutoffs = &cutoff,
                                       .cutoff_count = 1};
    submit_together(fixture, &before, 1);
    assert_int_equal(before.outcome, STORE_STORED);
    transactions[1].single_uses = &use;
    transactions[1].single_use_count = 1;
    leases[2].id = there.id;
    leases[4].id = leases[3].id;
    transactions[5].guards = &guard;
    transactions[5].guard_count = 1;
    submit_together(fixture, transactions, BURST);
    const enum store_outcome outcomes[BURST] = {STORE_STORED, STORE_REPLAYED, STORE_STALE,
                                                STORE_STORED, STORE_STALE,    STORE_CUT_OFF};
    for (int i = 0; i < BURST; i++) {
        assert_int_equal(transactions[i].outcome, outcomes[i]);
        assert_false(transactions[i].is_version_stale);
        assert_int_equal(fixture_has_record(fixture, records[i].id), outcomes[i] == STORE_STORED);
        assert_int_equal(count_by_fingerprint(fixture, prints[i]), outcomes[i] == STORE_STORED);
    }
}

static void keeps_what_new_leases_of_a_burst_stand_on(void **state)
{
    struct fixture *fixture = *state;
    struct store_guard things[2] = {{TEXT("root"), TEXT("r"), 7}, {TEXT("root"), TEXT("r"), 5}};
    struct store_lease leases[2] = {key_lease(TEXT("l1"), "f1"), key_lease(TEXT("l2"), "f2")};
    struct store_transaction transactions[2];
    for (int i = 0; i < 2; i++) {
        leases[i].stands_on = things;
        leases[i].stands_on_count = 2;
        transactions[i] = (struct store_transaction){.leases = &leases[i], .lease_count = 1};
    }
    submit_together(fixture, transactions, 2);
    struct store_query on = {.kind = STORE_QUERY_LEASES_ON,
                             .guards = &(struct store_guard){TEXT("root"), TEXT("r"), 5}};
    on.guard_count = 1;
    on.limit = 9;
    assert_int_equal(ask(fixture, on).lease_count, 2);
}

static void finds_the_newest_of_a_fingerprint_first(void **state)
{
    struct fixture *fixture = *state;
    static const char *const ids[] = {"01a", "01c", "01b", "01d"};
    for (int i = 0; i < 4; i++) {
        struct store_lease lease = key_lease(text_of(ids[i]), i == 3 ? "other" : "same");
        lease.kept_until_s += i * 86400;
        struct store_transaction transaction = {.leases = &lease, .lease_count = 1};
        submit_together(fixture, &transaction, 1);
    }
    struct store_query found =
        ask(fixture,
            (struct store_query){.kind = STORE_QUERY_LEASE_BY_FINGERPRINT, .id = TEXT("same"), .limit = 2});
    assert_int_equal(found.lease_count, 2);
    assert_true(text_is(found.leases[0].id, "01c") && text_is(found.leases[1].id, "01b"));
    assert_int_equal(count_by_fingerprint(fixture, "unknown"), 0);
}

static void finds_the_leases_of_a_target_that_somebody_may_still_have(void **state)
{
    struct fixture *fixture = *state;
    int64_t now_s = clock_wall_s();
    static const char *const states[] = {"live", "pending", "ended", "live", "live"};
    static const char *const ids[] = {"l0", "l1", "l2", "l3", "l4"};
    for (int i = 0; i < 5; i++) {
        struct store_lease lease = key_lease(text_of(ids[i]), "f");
        lease.state = text_of(states[i]);
        lease.expires_at_s = i == 3 ? now_s - 1 : now_s + 600 - i;
        if (i == 4)
            lease.target = TEXT("files");
        struct store_transaction transaction = {.leases = &lease, .lease_count = 1};
        submit_together(fixture, &transaction, 1);
    }
    struct store_query of = {
        .kind = STORE_QUERY_LEASES_OF_TARGET, .target = TEXT("orders"), .at_s = now_s, .limit = 9};
    struct store_query found = ask(fixture, of);
    assert_int_equal(found.lease_count, 2);
    assert_true(text_is(found.leases[0].id, "l1") && text_is(found.leases[1].id, "l0"));
    of.limit = 1;
    assert_int_equal(ask(fixture, of).lease_count, 1);
}

static void finds_what_was_issued_for_a_target_and_lives(void **state)
{
    struct fixture *fixture = *state;
    int64_t now_us = clock_wall_us();
    struct store_record records[5];
    for (int i = 0; i < 5; i++)
        records[i] = fixture_record(fixture->arena, now_us - (5 - i) * 1000000);
    records[0].expires_at_s = now_us / 1000000 - 1;
    records[1].outcome = TEXT("refused");
    records[2].target = TEXT("another");
    records[3].target = TEXT_NONE;
    fixture_store_records(fixture->store, records, 5);
    struct store_query found = ask(fixture, (struct store_query){.kind = STORE_QUERY_ISSUED_FOR_TARGET,
                                                                 .target = TEXT("partner-orders"),
                                                                 .limit = 9,
                                                                 .at_s = now_us / 1000000,
                                                                 .since_us = now_us - 6000000});
    assert_int_equal(found.scanned, 5);
    assert_int_equal(found.record_count, 1);
    assert_true(text_equal(found.records[0].id, records[4].id));
    assert_true(text_equal(found.last, records[0].id));
}

static void adds_up_the_uses_of_a_minute_whoever_counts_them(void **state)
{
    struct fixture *fixture = *state;
    int64_t minute = clock_wall_s() / 60;
    struct store_use uses[4] = {{TEXT("l1"), minute, 3, 1},
                                {TEXT("l1"), minute - 2000, 1, 1}, /* of another day */
                                {TEXT("l1"), minute, 2, 0},
                                {TEXT("l2"), minute, 9, 9}};
    struct store_transaction transactions[3];
    for (int i = 0; i < 3; i++)
        transactions[i] = (struct store_transaction){.uses = uses, .use_count = 4};
    submit_together(fixture, transactions, 3);
    struct store_query query = {.kind = STORE_QUERY_USES, .id = TEXT("l1"), .limit = 9};
    struct store_query found = ask(fixture, query);
    assert_int_equal(found.use_count, 2);
    assert_int_equal(found.uses[0].minute, minute);
    assert_int_equal(found.uses[0].calls, 15);
    assert_int_equal(found.uses[0].refused, 3);
    assert_int_equal(found.uses[1].minute, minute - 2000);
    assert_int_equal(found.used.calls, 18);
    assert_int_equal(found.used.refused, 6);
    query.limit = 1;
    found = ask(fixture, query);
    assert_int_equal(found.use_count, 1);
    assert_int_equal(found.used.calls, 18);
    query.id = TEXT("l3");
    assert_int_equal(ask(fixture, query).use_count, 0);
}

static void counts_no_use_of_a_transaction_that_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct store_use use = {TEXT("l1"), 100, 1, 0};
    struct store_version version = {TEXT("scope"), 5, 0};
    struct store_transaction transaction = {
        .uses = &use, .use_count = 1, .versions = &version, .version_count = 1};
    submit_together(fixture, &transaction, 1);
    assert_int_equal(transaction.outcome, STORE_STALE);
    assert_true(transaction.is_version_stale);
    struct store_state state_of = {.adapter = TEXT("a"), .key = TEXT("k"), .expected_version = 5};
    transaction =
        (struct store_transaction){.uses = &use, .use_count = 1, .states = &state_of, .state_count = 1};
    submit_together(fixture, &transaction, 1);
    assert_int_equal(transaction.outcome, STORE_STALE);
    struct store_query query = {.kind = STORE_QUERY_USES, .id = TEXT("l1"), .limit = 9};
    assert_int_equal(ask(fixture, query).use_count, 0);
    state_of.expected_version = 0;
    state_of.value = TEXT("v");
    submit_together(fixture, &transaction, 1);
    assert_int_equal(ask(fixture, query).use_count, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)
    const struct CMUnitTest tests[] = {
        TEST(stores_a_live_lease_in_the_transaction_of_its_record),
        TEST(refuses_in_a_burst_only_those_that_have_to_be),
        TEST(keeps_what_new_leases_of_a_burst_stand_on),
        TEST(finds_the_newest_of_a_fingerprint_first),
        TEST(finds_the_leases_of_a_target_that_somebody_may_still_have),
        TEST(finds_what_was_issued_for_a_target_and_lives),
        TEST(adds_up_the_uses_of_a_minute_whoever_counts_them),
        TEST(counts_no_use_of_a_transaction_that_is_refused),
    };
    return RUN_ON_BOTH_ENGINES(tests);
}

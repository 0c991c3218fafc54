/* What a store promises of transactions that come together, whatever its engine: each is stored as a whole or
 * not at all, and one that is refused leaves the others alone. */
#include "loop_load.h"

/* All of them in one turn of a loop, so that they share a batch as far as they can. */
static void submit_together(struct fixture *fixture, struct store_transaction *transactions, size_t count)
{
    struct load load = {
        .store = fixture->store, .transactions = transactions, .count = count, .in_flight = count};
    load_run(&load);
    assert_int_equal(load.misplaced, 0);
}

static struct store_transaction of_record(struct fixture *fixture, struct store_record *record)
{
    *record = fixture_record(fixture->arena, clock_wall_us());
    return (struct store_transaction){.records = record, .record_count = 1};
}

static void use(struct store_transaction *transaction, struct store_single_use *use, unsigned char value)
{
    *use = (struct store_single_use){.digest = {value}, .expires_at_s = clock_wall_s() + 60};
    transaction->single_uses = use;
    transaction->single_use_count = 1;
}

static void assert_outcome(struct fixture *fixture, const struct store_transaction *transaction,
                           enum store_outcome outcome)
{
    assert_int_equal(transaction->fault, FAULT_NONE);
    assert_int_equal(transaction->outcome, outcome);
    assert_int_equal(fixture_has_record(fixture, transaction->records[0].id), outcome == STORE_STORED);
}

static void stores_nothing_of_a_replay_that_comes_together_with_the_first_use(void **state)
{
    struct fixture *fixture = *state;
    struct store_record records[6];
    struct store_single_use uses[6];
    struct store_transaction transactions[6];
    for (int i = 0; i < 6; i++) {
        transactions[i] = of_record(fixture, &records[i]);
        use(&transactions[i], &uses[i], (unsigned char)(i % 2));
    }
    submit_together(fixture, transactions, 6);
    for (int i = 0; i < 6; i++)
        assert_outcome(fixture, &transactions[i], i < 2 ? STORE_STORED : STORE_REPLAYED);
    assert_int_equal(fixture_count_records(fixture), 2);
}

static void leaves_a_value_usable_that_a_refused_transaction_would_have_used(void **state)
{
    struct fixture *fixture = *state;
    struct store_record records[3];
    struct store_single_use seven, both[2], eight;
    struct store_transaction first = of_record(fixture, &records[0]);
    use(&first, &seven, 7);
    submit_together(fixture, &first, 1);
    /* The second wants 8 and 7; the third wants 8, which the second must not keep. */
    struct store_transaction later[2] = {of_record(fixture, &records[1]), of_record(fixture, &records[2])};
    use(&later[0], &both[0], 8);
    both[1] = seven;
    later[0].single_use_count = 2;
    use(&later[1], &eight, 8);
    submit_together(fixture, later, 2);
    assert_outcome(fixture, &later[0], STORE_REPLAYED);
    assert_outcome(fixture, &later[1], STORE_STORED);
}

/* It may have been used and forgotten: a request that was under way for long, or a gateway whose clock is
 * behind. */
static void counts_a_value_past_its_time_as_used(void **state)
{
    struct fixture *fixture = *state;
    struct store_record records[3];
    struct store_single_use uses[3];
    struct store_transaction transactions[3];
    for (int i = 0; i < 3; i++) {
        transactions[i] = of_record(fixture, &records[i]);
        use(&transactions[i], &uses[i], (unsigned char)(20 + i));
    }
    uses[0].expires_at_s = uses[2].expires_at_s = clock_wall_s() - 2;
    struct store_version version = {TEXT("scope"), 0, clock_wall_s() + 60};
    transactions[2].versions = &version;
    transactions[2].version_count = 1;
    submit_together(fixture, transactions, 3);
    assert_outcome(fixture, &transactions[0], STORE_REPLAYED);
    assert_outcome(fixture, &transactions[1], STORE_STORED);
    assert_outcome(fixture, &transactions[2], STORE_REPLAYED);
}

static void refuses_a_value_that_stands_twice_in_one_transaction(void **state)
{
    struct fixture *fixture = *state;
    struct store_record records[2];
    struct store_single_use twice[2], once;
    struct store_transaction transactions[2] = {of_record(fixture, &records[0]),
                                                of_record(fixture, &records[1])};
    use(&transactions[0], &twice[0], 9);
    twice[1] = twice[0];
    transactions[0].single_use_count = 2;
    use(&transactions[1], &once, 9);
    submit_together(fixture, transactions, 2);
    assert_outcome(fixture, &transactions[0], STORE_REPLAYED);
    assert_outcome(fixture, &transactions[1], STORE_STORED);
}

static void refuses_a_doubled_record_with_its_transaction_and_leaves_the_others(void **state)
{
    struct fixture *fixture = *state;
    struct store_record records[4];
    struct store_single_use used, free_again;
    struct store_transaction transactions[4], again;
    for (int i = 0; i < 4; i++)
        transactions[i] = of_record(fixture, &records[i]);
    records[2].id = records[0].id;
    use(&transactions[2], &used, 3);
    submit_together(fixture, transactions, 4);
    for (int i = 0; i < 4; i++)
        assert_int_equal(transactions[i].fault, i == 2 ? FAULT_STORE_UNAVAILABLE : FAULT_NONE);
    assert_int_equal(fixture_count_records(fixture), 3);
    struct store_record record;
    again = of_record(fixture, &record);
    use(&again, &free_again, 3);
    submit_together(fixture, &again, 1);
    assert_outcome(fixture, &again, STORE_STORED);
}

static void refuses_a_record_whose_id_names_no_day(void **state)
{
    struct fixture *fixture = *state;
    struct store_record records[2];
    struct store_transaction transactions[2] = {of_record(fixture, &records[0]),
                                                of_record(fixture, &records[1])};
    records[0].id = TEXT("not-an-identifier");
    submit_together(fixture, transactions, 2);
    assert_int_equal(transactions[0].fault, FAULT_STORE_UNAVAILABLE);
    assert_outcome(fixture, &transactions[1], STORE_STORED);
}

static void keeps_records_of_many_days_apart_and_together(void **state)
{
    enum { DAYS = 40 };
    struct fixture *fixture = *state;
    struct store_record records[DAYS];
    struct store_transaction transactions[DAYS];
    for (int i = 0; i < DAYS; i++) {
        records[i] = fixture_record(fixture->arena, (20000 + i % 20) * FIXTURE_DAY_US + (i - DAYS / 2) * 1000);
        transactions[i] = (struct store_transaction){.records = &records[i], .record_count = 1};
    }
    submit_together(fixture, transactions, DAYS);
    for (int i = 0; i < DAYS; i++)
        assert_outcome(fixture, &transactions[i], STORE_STORED);
    store_drop_before(fixture->store, 20010);
    for (int i = 0; i < 300 && fixture_count_records(fixture) != 20; i++)
        usleep(10000);
    for (int i = 0; i < DAYS; i++)
        assert_int_equal(fixture_has_record(fixture, records[i].id),
                         records[i].at_us >= 20010 * FIXTURE_DAY_US);
}

static void refuses_only_those_that_a_cutoff_of_the_same_burst_ends(void **state)
{
    struct fixture *fixture = *state;
    struct store_record records[5];
    struct store_guard guards[5];
    struct store_transaction transactions[5];
    struct store_cutoff cutoff = {.kind = TEXT("root"), .id = TEXT("r1"), .at_us = 1000};
    for (int i = 0; i < 5; i++) {
        transactions[i] = of_record(fixture, &records[i]);
        guards[i] = (struct store_guard){TEXT("root"), i == 3 ? TEXT("r2") : TEXT("r1"), i == 4 ? 1001 : 1000};
        transactions[i].guards = &guards[i];
        transactions[i].guard_count = 1;
    }
    transactions[1].cutoffs = &cutoff;
    transactions[1].cutoff_count = 1;
    submit_together(fixture, transactions, 5);
    assert_outcome(fixture, &transactions[0], STORE_STORED);
    assert_outcome(fixture, &transactions[1], STORE_STORED);
    assert_outcome(fixture, &transactions[2], STORE_CUT_OFF);
    assert_ptr_equal(transactions[2].cut_off_by, &guards[2]);
    assert_outcome(fixture, &transactions[3], STORE_STORED);
    assert_outcome(fixture, &transactions[4], STORE_STORED);
}

/* As /revoke does: ends a credential unless something has. */
static void end_lease(struct store_transaction *transaction, const char *id, struct store_guard *guard,
                      struct store_cutoff *cutoff)
{
    *guard = (struct store_guard){TEXT("lease"), text_of(id), 0};
    *cutoff = (struct store_cutoff){.kind = TEXT("lease"), .id = text_of(id), .at_us = 1000};
    transaction->guards = guard;
    transaction->guard_count = 1;
    transaction->cutoffs = cutoff;
    transaction->cutoff_count = 1;
}

/* Who says to have looked at the cutoffs there are so far. */
static void stand_on(struct fixture *fixture, struct store_transaction *transaction, const char *id,
                     struct store_guard *guard)
{
    struct store_query query = {.kind = STORE_QUERY_COUNTERS, .arena = fixture->arena};
    store_find_and_wait(fixture->store, &query);
    *guard = (struct store_guard){TEXT("lease"), text_of(id), 500};
    transaction->guards = guard;
    transaction->guard_count = 1;
    transaction->checked_epoch = query.counters.epoch;
}

static void revokes_once_and_refuses_what_comes_behind_it_in_the_same_burst(void **state)
{
    enum { COUNT = 8 };
    static const enum store_outcome expected[COUNT] = {STORE_STORED,  STORE_STORED,  STORE_CUT_OFF,
                                                       STORE_CUT_OFF, STORE_STORED,  STORE_STORED,
                                                       STORE_CUT_OFF, STORE_REPLAYED};
    struct fixture *fixture = *state;
    struct store_record records[COUNT];
    struct store_guard guards[COUNT];
    struct store_cutoff cutoffs[COUNT];
    struct store_single_use uses[COUNT];
    struct store_transaction transactions[COUNT];
    for (int i = 0; i < COUNT; i++)
        transactions[i] = of_record(fixture, &records[i]);
    stand_on(fixture, &transactions[0], "a", &guards[0]); /* not yet revoked */
    end_lease(&transactions[1], "a", &guards[1], &cutoffs[1]);
    stand_on(fixture, &transactions[2], "a", &guards[2]);
    end_lease(&transactions[3], "a", &guards[3], &cutoffs[3]);
    stand_on(fixture, &transactions[4], "b", &guards[4]);
    end_lease(&transactions[5], "b", &guards[5], &cutoffs[5]);
    stand_on(fixture, &transactions[6], "b", &guards[6]);
    use(&transactions[4], &uses[4], 4);
    use(&transactions[7], &uses[7], 4);
    struct load load = {
        .store = fixture->store, .transactions = transactions, .count = COUNT, .in_flight = COUNT, .alone = 1};
    load_run(&load);
    for (int i = 0; i < COUNT; i++)
        assert_outcome(fixture, &transactions[i], expected[i]);
    assert_ptr_equal(transactions[2].cut_off_by, &guards[2]);
    struct store_query all = {.kind = STORE_QUERY_CUTOFFS, .limit = 9, .arena = fixture->arena};
    store_find_and_wait(fixture->store, &all);
    assert_int_equal(all.cutoff_count, 2);
    assert_int_equal(all.counters.epoch.number, 3);
    assert_int_equal(all.cutoffs[0].killed_epoch, 2);
    assert_int_equal(all.cutoffs[1].epoch, 3); /* each kill has an epoch of its own: lists are paged by it */
    struct store_transaction again = of_record(fixture, &records[0]);
    end_lease(&again, "b", &guards[0], &cutoffs[0]);
    submit_together(fixture, &again, 1);
    assert_outcome(fixture, &again, STORE_CUT_OFF);
}

static struct store_transaction put_document(struct fixture *fixture, const char *name, struct text body,
                                             int64_t expected)
{
    struct store_document document = {
        .kind = TEXT("Issuer"), .name = text_of(name), .body = body, .expected_generation = expected};
    struct store_transaction transaction = {.documents = &document, .document_count = 1};
    store_submit_and_wait(fixture->store, &transaction);
    assert_int_equal(transaction.fault, FAULT_NONE);
    return transaction;
}

static void changes_a_document_only_for_who_has_seen_its_generation(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(put_document(fixture, "a", TEXT("{}"), 0).counters.generation.number, 1);
    assert_int_equal(put_document(fixture, "a", TEXT("{}"), 0).outcome, STORE_STALE);
    assert_int_equal(put_document(fixture, "a", TEXT("{}"), 7).outcome, STORE_STALE);
    assert_int_equal(put_document(fixture, "b", TEXT("{}"), 1).counters.generation.number, 1);
    assert_int_equal(put_document(fixture, "a", TEXT("{\"x\":1}"), 1).outcome, STORE_STORED);
    assert_int_equal(put_document(fixture, "a", TEXT("{\"x\":2}"), -1).counters.generation.number, 3);
    assert_int_equal(put_document(fixture, "a", TEXT_NONE, 3).outcome, STORE_STORED);
    struct store_query query = {.kind = STORE_QUERY_DOCUMENTS, .arena = fixture->arena};
    store_find_and_wait(fixture->store, &query);
    assert_int_equal(query.document_count, 0);
    assert_int_equal(query.counters.generation.number, 4);
}

static void stores_a_transaction_larger_than_any_batch(void **state)
{
    enum { RECORDS = 1300, VALUES = 700 };
    struct fixture *fixture = *state;
    struct store_record *records = ARENA_ARRAY(fixture->arena, struct store_record, RECORDS);
    struct store_single_use *uses = ARENA_ARRAY(fixture->arena, struct store_single_use, VALUES);
    for (int i = 0; i < RECORDS; i++)
        records[i] = fixture_record(fixture->arena, clock_wall_us());
    for (int i = 0; i < VALUES; i++) {
        memcpy(uses[i].digest, &i, sizeof(i));
        uses[i].expires_at_s = clock_wall_s() + 60;
    }
    struct store_transaction large = {
        .records = records, .record_count = RECORDS, .single_uses = uses, .single_use_count = VALUES};
    submit_together(fixture, &large, 1);
    assert_outcome(fixture, &large, STORE_STORED);
    assert_int_equal(fixture_count_records(fixture), RECORDS);
    struct store_record record;
    struct store_transaction replay = of_record(fixture, &record);
    replay.single_uses = &uses[VALUES - 1];
    replay.single_use_count = 1;
    submit_together(fixture, &replay, 1);
    assert_outcome(fixture, &replay, STORE_REPLAYED);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)
    const struct CMUnitTest tests[] = {
        TEST(stores_nothing_of_a_replay_that_comes_together_with_the_first_use),
        TEST(leaves_a_value_usable_that_a_refused_transaction_would_have_used),
        TEST(counts_a_value_past_its_time_as_used),
        TEST(refuses_a_value_that_stands_twice_in_one_transaction),
        TEST(refuses_a_doubled_record_with_its_transaction_and_leaves_the_others),
        TEST(refuses_a_record_whose_id_names_no_day),
        TEST(keeps_records_of_many_days_apart_and_together),
        TEST(refuses_only_those_that_a_cutoff_of_the_same_burst_ends),
        TEST(revokes_once_and_refuses_what_comes_behind_it_in_the_same_burst),
        TEST(changes_a_document_only_for_who_has_seen_its_generation),
        TEST(stores_a_transaction_larger_than_any_batch),
    };
    return RUN_ON_BOTH_ENGINES(tests);
}

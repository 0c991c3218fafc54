/* One database transaction over many: what is refused, what is kept, what is undone. */
#include "database_fixture.h"

#include "sqlite/batch.h"

struct batch_fixture {
    struct fixture base;
    struct database database;
    struct batch batch;
};

static int begin(void **state)
{
    struct batch_fixture *fixture = calloc(1, sizeof(*fixture));
    fixture_make_folder(&fixture->base);
    database_fixture_open(&fixture->base, &fixture->database);
    assert_int_equal(batch_prepare(&fixture->batch, &fixture->database), FAULT_NONE);
    assert_int_equal(batch_begin(&fixture->batch), FAULT_NONE);
    *state = fixture;
    return 0;
}

static int end(void **state)
{
    struct batch_fixture *fixture = *state;
    batch_abandon(&fixture->batch);
    batch_dispose(&fixture->batch);
    database_close(&fixture->database);
    fixture_remove_folder(&fixture->base);
    free(fixture);
    return 0;
}

static enum store_outcome add(struct batch_fixture *fixture, struct store_transaction *transaction)
{
    assert_int_equal(batch_add(&fixture->batch, transaction), FAULT_NONE);
    return transaction->outcome;
}

static void commit(struct batch_fixture *fixture)
{
    assert_int_equal(batch_commit(&fixture->batch), FAULT_NONE);
}

static int64_t count(struct batch_fixture *fixture, const char *sql)
{
    return database_fixture_number(&fixture->database, sql);
}

static void stores_nothing_of_a_replayed_transaction_not_even_in_one_batch(void **state)
{
    struct batch_fixture *fixture = *state;
    struct store_single_use uses[2] = {{.digest = {1}, .expires_at_s = INT64_MAX},
                                       {.digest = {2}, .expires_at_s = INT64_MAX}};
    struct store_record records[2] = {fixture_record(fixture->base.arena, clock_wall_us()),
                                      fixture_record(fixture->base.arena, clock_wall_us())};
    struct store_transaction first = {
        .records = &records[0], .record_count = 1, .single_uses = &uses[0], .single_use_count = 1};
    struct store_single_use both[2] = {uses[1], uses[0]};
    struct store_transaction second = {
        .records = &records[1], .record_count = 1, .single_uses = both, .single_use_count = 2};
    assert_int_equal(add(fixture, &first), STORE_STORED);
    assert_int_equal(add(fixture, &second), STORE_REPLAYED);
    commit(fixture);
    assert_int_equal(count(fixture, "SELECT count(*) FROM record"), 1);
    assert_int_equal(count(fixture, "SELECT count(*) FROM single_use"), 1);
    assert_int_equal(count(fixture, "SELECT sum(records) FROM period"), 1);
}

static void refuses_a_value_that_stands_twice_in_one_transaction(void **state)
{
    struct batch_fixture *fixture = *state;
    struct store_single_use uses[2] = {{.digest = {7}, .expires_at_s = INT64_MAX},
                                       {.digest = {7}, .expires_at_s = INT64_MAX}};
    struct store_transaction transaction = {.single_uses = uses, .single_use_count = 2};
    assert_int_equal(add(fixture, &transaction), STORE_REPLAYED);
    assert_int_equal(count(fixture, "SELECT count(*) FROM single_use"), 0);
}

static enum store_outcome add_guarded(struct batch_fixture *fixture, const char *kind, const char *id,
                                      int64_t issued_at_us)
{
    struct store_record record = fixture_record(fixture->base.arena, clock_wall_us());
    struct store_guard guard = {text_of(kind), text_of(id), issued_at_us};
    struct store_transaction transaction = {
        .records = &record, .record_count = 1, .guards = &guard, .guard_count = 1};
    return add(fixture, &transaction);
}

static void add_cutoff(struct batch_fixture *fixture, int64_t at_us, int64_t expires_at_s)
{
    struct store_cutoff cutoff = {
        .kind = TEXT("root"), .id = TEXT("r1"), .at_us = at_us, .expires_at_s = expires_at_s};
    struct store_transaction transaction = {.cutoffs = &cutoff, .cutoff_count = 1};
    assert_int_equal(add(fixture, &transaction), STORE_STORED);
}

static void ends_what_was_issued_at_or_before_a_cutoff_of_the_same_batch(void **state)
{
    struct batch_fixture *fixture = *state;
    assert_int_equal(add_guarded(fixture, "root", "r1", 1000), STORE_STORED);
    add_cutoff(fixture, 1000, 0);
    assert_int_equal(add_guarded(fixture, "root", "r1", 1000), STORE_CUT_OFF);
    assert_int_equal(add_guarded(fixture, "root", "r1", 1001), STORE_STORED);
    assert_int_equal(add_guarded(fixture, "lease", "r1", 1000), STORE_STORED);
    assert_int_equal(add_guarded(fixture, "root", "r2", 1000), STORE_STORED);
    commit(fixture);
    assert_int_equal(count(fixture, "SELECT count(*) FROM record"), 4);
}

static void weakens_no_cutoff_by_an_older_or_shorter_one(void **state)
{
    struct batch_fixture *fixture = *state;
    add_cutoff(fixture, 5000, 100);
    add_cutoff(fixture, 4000, 90);
    assert_int_equal(add_guarded(fixture, "root", "r1", 4500), STORE_CUT_OFF);
    assert_int_equal(add_guarded(fixture, "root", "r1", 5001), STORE_STORED);
    assert_int_equal(count(fixture, "SELECT max(expires_at) FROM cutoff"), 100);
}

static enum store_outcome put_document(struct batch_fixture *fixture, const char *name, struct text body,
                                       int64_t expected, int64_t *generation)
{
    struct store_document document = {
        .kind = TEXT("Issuer"), .name = text_of(name), .body = body, .expected_generation = expected};
    struct store_transaction transaction = {.documents = &document, .document_count = 1};
    enum store_outcome outcome = add(fixture, &transaction);
    *generation = transaction.counters.generation.number;
    return outcome;
}

static void changes_a_document_only_for_who_has_seen_its_generation(void **state)
{
    struct batch_fixture *fixture = *state;
    int64_t generation;
    assert_int_equal(put_document(fixture, "a", TEXT("{}"), 0, &generation), STORE_STORED);
    assert_int_equal(generation, 1);
    assert_int_equal(put_document(fixture, "a", TEXT("{}"), 0, &generation), STORE_STALE);
    assert_int_equal(put_document(fixture, "a", TEXT("{}"), 7, &generation), STORE_STALE);
    assert_int_equal(put_document(fixture, "b", TEXT("{}"), 1, &generation), STORE_STALE);
    assert_int_equal(generation, 1);
    assert_int_equal(put_document(fixture, "a", TEXT("{\"x\":1}"), 1, &generation), STORE_STORED);
    assert_int_equal(put_document(fixture, "a", TEXT("{\"x\":2}"), -1, &generation), STORE_STORED);
    assert_int_equal(generation, 3);
    assert_int_equal(put_document(fixture, "a", TEXT_NONE, 3, &generation), STORE_STORED);
    assert_int_equal(count(fixture, "SELECT count(*) FROM document"), 0);
    assert_int_equal(count(fixture, "SELECT value FROM generation"), 4);
}

static void counts_one_generation_for_all_documents_of_a_transaction(void **state)
{
    struct batch_fixture *fixture = *state;
    struct store_document documents[3] = {
        {.kind = TEXT("Issuer"), .name = TEXT("a"), .body = TEXT("{}")},
        {.kind = TEXT("Issuer"), .name = TEXT("b"), .body = TEXT("{}")},
        {.kind = TEXT("Target"), .name = TEXT("a"), .body = TEXT("{}")},
    };
    struct store_transaction transaction = {.documents = documents, .document_count = 3};
    assert_int_equal(add(fixture, &transaction), STORE_STORED);
    assert_int_equal(transaction.counters.generation.number, 1);
    assert_int_equal(count(fixture, "SELECT count(*) FROM document WHERE generation = 1"), 3);
}

static void changes_no_document_when_one_expectation_of_several_fails(void **state)
{
    struct batch_fixture *fixture = *state;
    struct store_document documents[2] = {
        {.kind = TEXT("Issuer"), .name = TEXT("a"), .body = TEXT("{}")},
        {.kind = TEXT("Issuer"), .name = TEXT("b"), .body = TEXT("{}"), .expected_generation = 9},
    };
    struct store_transaction transaction = {.documents = documents, .document_count = 2};
    assert_int_equal(add(fixture, &transaction), STORE_STALE);
    assert_int_equal(count(fixture, "SELECT count(*) FROM document"), 0);
    assert_int_equal(count(fixture, "SELECT value FROM generation"), 0);
}

static void refuses_a_bad_row_with_its_transaction_and_leaves_the_others(void **state)
{
    struct batch_fixture *fixture = *state;
    struct store_record good = fixture_record(fixture->base.arena, clock_wall_us());
    struct store_single_use use = {.digest = {3}, .expires_at_s = INT64_MAX};
    struct store_document document = {.kind = TEXT("Issuer"), .name = TEXT("a"), .body = TEXT("{}")};
    struct store_transaction first = {.records = &good, .record_count = 1};
    struct store_transaction doubled = {.records = &good,
                                        .record_count = 1,
                                        .single_uses = &use,
                                        .single_use_count = 1,
                                        .documents = &document,
                                        .document_count = 1};
    struct store_transaction alone = {.records = &good, .record_count = 1};
    add(fixture, &first);
    add(fixture, &doubled);
    add(fixture, &alone);
    assert_int_equal(first.fault, FAULT_NONE);
    assert_int_equal(doubled.fault, FAULT_STORE_UNAVAILABLE);
    assert_int_equal(alone.fault, FAULT_STORE_UNAVAILABLE);
    commit(fixture);
    assert_int_equal(count(fixture, "SELECT count(*) FROM record"), 1);
    assert_int_equal(count(fixture, "SELECT count(*) FROM single_use"), 0);
    assert_int_equal(count(fixture, "SELECT value FROM generation"), 0);
}

static void refuses_a_record_whose_id_names_no_day(void **state)
{
    struct batch_fixture *fixture = *state;
    struct store_record record = fixture_record(fixture->base.arena, clock_wall_us());
    record.id = TEXT("not-an-identifier");
    struct store_transaction transaction = {.records = &record, .record_count = 1};
    add(fixture, &transaction);
    assert_int_equal(transaction.fault, FAULT_STORE_UNAVAILABLE);
    assert_int_equal(count(fixture, "SELECT count(*) FROM record"), 0);
}

static void counts_records_per_period_around_midnight(void **state)
{
    struct batch_fixture *fixture = *state;
    int64_t midnight_us = 20000 * FIXTURE_DAY_US;
    for (int i = 0; i < 6; i++) {
        struct store_record record =
            fixture_record(fixture->base.arena, midnight_us + (i % 2 == 0 ? -1000 : 1000));
        struct store_transaction transaction = {.records = &record, .record_count = 1};
        add(fixture, &transaction);
    }
    commit(fixture);
    assert_int_equal(count(fixture, "SELECT records FROM period WHERE period = 19999"), 3);
    assert_int_equal(count(fixture, "SELECT records FROM period WHERE period = 20000"), 3);
}

static void leaves_nothing_of_an_abandoned_batch(void **state)
{
    struct batch_fixture *fixture = *state;
    struct store_record record = fixture_record(fixture->base.arena, clock_wall_us());
    struct store_transaction transaction = {.records = &record, .record_count = 1};
    assert_int_equal(add(fixture, &transaction), STORE_STORED);
    batch_abandon(&fixture->batch);
    assert_int_equal(count(fixture, "SELECT count(*) FROM record"), 0);
}

static void replaces_a_key_by_its_id(void **state)
{
    struct batch_fixture *fixture = *state;
    struct store_key key = {.id = TEXT("k"), .algorithm = TEXT("ES256"), .state = TEXT("active")};
    struct store_transaction transaction = {.keys = &key, .key_count = 1};
    add(fixture, &transaction);
    key.state = TEXT("revoked");
    add(fixture, &transaction);
    assert_int_equal(count(fixture, "SELECT count(*) FROM signing_key WHERE state = 'revoked'"), 1);
    assert_int_equal(count(fixture, "SELECT count(*) FROM signing_key"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(stores_nothing_of_a_replayed_transaction_not_even_in_one_batch, begin,
                                        end),
        cmocka_unit_test_setup_teardown(refuses_a_value_that_stands_twice_in_one_transaction, begin, end),
        cmocka_unit_test_setup_teardown(ends_what_was_issued_at_or_before_a_cutoff_of_the_same_batch, begin,
                                        end),
        cmocka_unit_test_setup_teardown(weakens_no_cutoff_by_an_older_or_shorter_one, begin, end),
        cmocka_unit_test_setup_teardown(changes_a_document_only_for_who_has_seen_its_generation, begin, end),
        cmocka_unit_test_setup_teardown(counts_one_generation_for_all_documents_of_a_transaction, begin, end),
        cmocka_unit_test_setup_teardown(changes_no_document_when_one_expectation_of_several_fails, begin, end),
        cmocka_unit_test_setup_teardown(refuses_a_bad_row_with_its_transaction_and_leaves_the_others, begin,
                                        end),
        cmocka_unit_test_setup_teardown(refuses_a_record_whose_id_names_no_day, begin, end),
        cmocka_unit_test_setup_teardown(counts_records_per_period_around_midnight, begin, end),
        cmocka_unit_test_setup_teardown(leaves_nothing_of_an_abandoned_batch, begin, end),
        cmocka_unit_test_setup_teardown(replaces_a_key_by_its_id, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What can be asked, and that every question is a seek or a short scan. */
#include "database_fixture.h"

#include "sqlite/query.h"

static struct store_query ask(struct fixture *fixture, enum store_query_kind kind, struct text id, size_t limit)
{
    struct store_query query = {.kind = kind, .id = id, .limit = limit, .arena = fixture->arena};
    store_find_and_wait(fixture->store, &query);
    assert_int_equal(query.fault, FAULT_NONE);
    return query;
}

static void store_record_of_root(struct fixture *fixture, int64_t at_us, const char *root,
                                 struct store_record *record)
{
    *record = fixture_record(fixture->arena, at_us);
    record->root = text_of(root);
    struct store_transaction stored = fixture_store_records(fixture->store, record, 1);
    assert_int_equal(stored.fault, FAULT_NONE);
}

static void assert_text(struct text actual, struct text expected)
{
    assert_int_equal(actual.length, expected.length);
    assert_true((actual.base == NULL) == (expected.base == NULL));
    if (expected.length != 0)
        assert_memory_equal(actual.base, expected.base, expected.length);
}

static void gives_a_record_back_byte_for_byte(void **state)
{
    struct fixture *fixture = *state;
    struct store_record record;
    store_record_of_root(fixture, clock_wall_us(), "r", &record);
    struct store_query query = ask(fixture, STORE_QUERY_RECORD, record.id, 0);
    assert_int_equal(query.record_count, 1);
    const struct store_record *found = &query.records[0];
    assert_text(found->id, record.id);
    assert_int_equal(found->at_us, record.at_us);
    assert_text(found->kind, record.kind);
    assert_text(found->outcome, record.outcome);
    assert_text(found->reason, TEXT_NONE);
    assert_text(found->root, record.root);
    assert_text(found->parent, TEXT_NONE);
    assert_text(found->team, record.team);
    assert_text(found->client, record.client);
    assert_text(found->actor, record.actor);
    assert_text(found->subject, record.subject);
    assert_text(found->target, record.target);
    assert_int_equal(found->expires_at_s, record.expires_at_s);
    assert_text(found->canonical, record.canonical);
    assert_memory_equal(found->hash, record.hash, STORE_HASH_SIZE);
}

static void finds_nothing_under_an_id_that_is_none(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(ask(fixture, STORE_QUERY_RECORD, TEXT("' OR 1=1 --"), 0).record_count, 0);
    assert_int_equal(ask(fixture, STORE_QUERY_RECORD, fixture_id(fixture->arena, 1), 0).record_count, 0);
}

static void finds_a_tree_across_days_and_nothing_of_other_roots(void **state)
{
    struct fixture *fixture = *state;
    struct store_record records[4], other;
    for (int day = 0; day < 4; day++)
        store_record_of_root(fixture, (20000 + day) * FIXTURE_DAY_US + 5, "mine", &records[day]);
    store_record_of_root(fixture, 20001 * FIXTURE_DAY_US, "other", &other);
    struct store_query tree = ask(fixture, STORE_QUERY_TREE, TEXT("mine"), 100);
    assert_int_equal(tree.record_count, 4);
    for (int day = 0; day < 4; day++)
        assert_text(tree.records[day].id, records[day].id);
    assert_int_equal(ask(fixture, STORE_QUERY_TREE, TEXT("mine"), 3).record_count, 3);
}

/* Enough in between for three stretches of the index. */
static void finds_a_tree_in_commit_order_however_much_lies_between(void **state)
{
    enum { RECORDS = 1200, EVERY = 300 };
    struct fixture *fixture = *state;
    struct store_record mine[RECORDS / EVERY], other;
    for (int i = 0; i < RECORDS; i++)
        store_record_of_root(fixture, 20000 * FIXTURE_DAY_US + i, i % EVERY == 0 ? "mine" : "other",
                             i % EVERY == 0 ? &mine[i / EVERY] : &other);
    struct store_query tree = ask(fixture, STORE_QUERY_TREE, TEXT("mine"), 100);
    assert_int_equal(tree.record_count, RECORDS / EVERY);
    for (int i = 0; i < RECORDS / EVERY; i++)
        assert_text(tree.records[i].id, mine[i].id);
}

static void pages_backwards_from_the_newest(void **state)
{
    struct fixture *fixture = *state;
    struct store_record records[5];
    for (int i = 0; i < 5; i++)
        store_record_of_root(fixture, 20000 * FIXTURE_DAY_US + i * FIXTURE_DAY_US / 2, "r", &records[i]);
    struct store_query page = ask(fixture, STORE_QUERY_RECENT, TEXT_NONE, 2);
    assert_int_equal(page.record_count, 2);
    assert_text(page.records[0].id, records[4].id);
    page = ask(fixture, STORE_QUERY_RECENT, page.records[1].id, 10);
    assert_int_equal(page.record_count, 3);
    assert_text(page.records[0].id, records[2].id);
    assert_text(page.records[2].id, records[0].id);
}

static void gives_documents_with_the_generation_even_when_there_are_none(void **state)
{
    struct fixture *fixture = *state;
    struct store_query none = ask(fixture, STORE_QUERY_DOCUMENTS, TEXT_NONE, 0);
    assert_int_equal(none.document_count, 0);
    assert_int_equal(none.counters.generation.number, 0);
    struct store_document documents[20];
    for (int i = 0; i < 20; i++)
        documents[i] = (struct store_document){.kind = TEXT("Issuer"),
                                               .name = arena_print(fixture->arena, "issuer-%02d", i),
                                               .team = i == 3 ? TEXT("payments") : TEXT_NONE,
                                               .body = TEXT("{\"kind\":\"Issuer\"}")};
    struct store_transaction transaction = {.documents = documents, .document_count = 20};
    store_submit_and_wait(fixture->store, &transaction);
    struct store_query some = ask(fixture, STORE_QUERY_DOCUMENTS, TEXT_NONE, 0);
    assert_int_equal(some.document_count, 20);
    assert_int_equal(some.counters.generation.number, 1);
    assert_text(some.documents[19].name, TEXT("issuer-19"));
    assert_text(some.documents[3].team, TEXT("payments"));
    assert_text(some.documents[4].team, TEXT_NONE);
    assert_int_equal(some.documents[4].generation, 1);
}

static void gives_keys_back_with_their_sealed_bytes(void **state)
{
    struct fixture *fixture = *state;
    struct store_key key = {.id = TEXT("kid"),
                            .algorithm = TEXT("ES256"),
                            .state = TEXT("active"),
                            .sealed = {"\0\1\2\0", 4},
                            .public_jwk = TEXT("{}"),
                            .created_at_s = 1,
                            .activate_at_s = 2,
                            .retire_at_s = 3,
                            .remove_at_s = 4};
    struct store_transaction transaction = {.keys = &key, .key_count = 1};
    store_submit_and_wait(fixture->store, &transaction);
    struct store_query query = ask(fixture, STORE_QUERY_KEYS, TEXT_NONE, 0);
    assert_int_equal(query.key_count, 1);
    assert_text(query.keys[0].sealed, key.sealed);
    assert_text(query.keys[0].state, key.state);
    assert_int_equal(query.keys[0].remove_at_s, 4);
}

static bool is_cut_off(struct fixture *fixture, const struct store_guard *guards, size_t count)
{
    struct store_query query = {
        .kind = STORE_QUERY_CUT_OFF, .guards = guards, .guard_count = count, .arena = fixture->arena};
    store_find_and_wait(fixture->store, &query);
    assert_int_equal(query.fault, FAULT_NONE);
    return query.is_cut_off;
}

static void finds_a_cutoff_by_any_of_several_guards(void **state)
{
    struct fixture *fixture = *state;
    struct store_cutoff cutoff = {.kind = TEXT("client"), .id = TEXT("orders"), .at_us = 1000};
    struct store_transaction transaction = {.cutoffs = &cutoff, .cutoff_count = 1};
    store_submit_and_wait(fixture->store, &transaction);
    struct store_guard guards[] = {{TEXT("lease"), TEXT("orders"), 0}, {TEXT("client"), TEXT("orders"), 1000}};
    assert_true(is_cut_off(fixture, guards, 2));
    assert_false(is_cut_off(fixture, guards, 1));
    guards[1].issued_at_us = 1001;
    assert_false(is_cut_off(fixture, guards, 2));
    assert_int_equal(ask(fixture, STORE_QUERY_CUTOFFS, TEXT_NONE, 10).cutoff_count, 1);
}

static void tells_how_many_records_there_are_and_the_bytes_in_use(void **state)
{
    struct fixture *fixture = *state;
    struct store_record record;
    store_record_of_root(fixture, clock_wall_us(), "r", &record);
    struct store_query query = ask(fixture, STORE_QUERY_STATISTICS, TEXT_NONE, 0);
    assert_int_equal(query.record_count, 1);
    assert_true(query.record_bytes > 8192);
}

/* On an empty database the planner has nothing but the shape of the statement and the indexes to go by. */
static void never_scans_records_or_leases(void **state)
{
    struct fixture *fixture = *state;
    struct database database;
    database_fixture_open(fixture, &database);
    struct query_set set;
    assert_int_equal(query_set_prepare(&set, &database), FAULT_NONE);
    for (size_t i = 0; i < QUERY_STATEMENTS; i++) {
        char *explain = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", sqlite3_sql(set.statements[i]));
        sqlite3_stmt *plan = NULL;
        assert_int_equal(sqlite3_prepare_v2(database.handle, explain, -1, &plan, NULL), SQLITE_OK);
        while (sqlite3_step(plan) == SQLITE_ROW) {
            const char *step = (const char *)sqlite3_column_text(plan, 3);
            assert_null(strstr(step, "SCAN record"));
            assert_null(strstr(step, "SCAN lease"));
            assert_null(strstr(step, "SCAN adapter_state"));
            if (i <= STORE_QUERY_ISSUED)
                assert_null(strstr(step, "TEMP B-TREE"));
        }
        sqlite3_finalize(plan);
        sqlite3_free(explain);
    }
    query_set_dispose(&set);
    database_close(&database);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)
    const struct CMUnitTest tests[] = {
        TEST(gives_a_record_back_byte_for_byte),
        TEST(finds_nothing_under_an_id_that_is_none),
        TEST(finds_a_tree_across_days_and_nothing_of_other_roots),
        TEST(finds_a_tree_in_commit_order_however_much_lies_between),
        TEST(pages_backwards_from_the_newest),
        TEST(gives_documents_with_the_generation_even_when_there_are_none),
        TEST(gives_keys_back_with_their_sealed_bytes),
        TEST(finds_a_cutoff_by_any_of_several_guards),
        TEST(tells_how_many_records_there_are_and_the_bytes_in_use),
    };
    const struct CMUnitTest sqlite_tests[] = {
        TEST(never_scans_records_or_leases),
    };
    return RUN_ON_BOTH_ENGINES(tests) +
           cmocka_run_group_tests_name("sqlite only", sqlite_tests, fixture_choose_sqlite, NULL);
}

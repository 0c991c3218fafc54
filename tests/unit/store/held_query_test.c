/* The question of what is held, on a bare connection: that what is committed between its statements makes the
 * version stale and is never hidden, and that it looks only where it has to. What it gives is held_test.c's. */
#include "database_fixture.h"

#include "sqlite/held_query.h"

struct query_fixture {
    struct fixture base;
    struct database writer, reader;
    struct query_set set;
};

static int begin(void **state)
{
    struct query_fixture *fixture = calloc(1, sizeof(*fixture));
    char detail[STORE_DETAIL_SIZE];
    fixture_make_folder(&fixture->base);
    database_fixture_open(&fixture->base, &fixture->writer);
    assert_int_equal(database_open(&fixture->reader, fixture->base.path, DATABASE_READER, detail), FAULT_NONE);
    assert_int_equal(query_set_prepare(&fixture->set, &fixture->reader), FAULT_NONE);
    *state = fixture;
    return 0;
}

static int end(void **state)
{
    struct query_fixture *fixture = *state;
    query_set_dispose(&fixture->set);
    database_close(&fixture->reader);
    database_close(&fixture->writer);
    fixture_remove_folder(&fixture->base);
    free(fixture);
    return 0;
}

/* Called by SQLite before each statement of the reader: a commit comes in front of each but the first. */
static int commit_something(unsigned event, void *context, void *statement, void *sql)
{
    struct query_fixture *fixture = context;
    (void)event;
    (void)sql;
    if (strstr(sqlite3_sql(statement), "scope_version") == NULL)
        assert_int_equal(database_execute(&fixture->writer,
                                          "UPDATE scope_version SET version = version + 1;"
                                          "INSERT INTO holding SELECT NULL, 'alice', count(*), '', '', '', '', "
                                          "'', 0, 9000000000, 9000000000"
                                          " FROM holding"),
                         FAULT_NONE);
    return 0;
}

static void never_reads_a_version_newer_than_its_holdings(void **state)
{
    struct query_fixture *fixture = *state;
    struct store_holder alice = {.name = TEXT("alice")};
    struct store_query query = {.kind = STORE_QUERY_HELD,
                                .holders = &alice,
                                .holder_count = 1,
                                .limit = 9,
                                .arena = fixture->base.arena};
    assert_int_equal(database_execute(&fixture->writer, "INSERT INTO scope_version VALUES ('alice', 1, 0)"),
                     FAULT_NONE);
    sqlite3_trace_v2(fixture->reader.handle, SQLITE_TRACE_STMT, commit_something, fixture);
    assert_int_equal(query_set_run(&fixture->set, &query), FAULT_NONE);
    sqlite3_trace_v2(fixture->reader.handle, 0, NULL, NULL);
    /* Two commits came in between: their holdings may be there, their versions are not. */
    assert_int_equal(database_fixture_number(&fixture->writer, "SELECT version FROM scope_version"), 3);
    assert_int_equal(alice.version, 1);
    assert_true(query.holding_count >= 1);
}

static void looks_only_at_the_holders_asked_about(void **state)
{
    struct query_fixture *fixture = *state;
    static const int statements[] = {STORE_QUERY_VERSIONS, STORE_QUERY_HELD, QUERY_TALLIES};
    for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
        char *explain =
            sqlite3_mprintf("EXPLAIN QUERY PLAN %s", sqlite3_sql(fixture->set.statements[statements[i]]));
        sqlite3_stmt *plan = NULL;
        assert_int_equal(sqlite3_prepare_v2(fixture->reader.handle, explain, -1, &plan, NULL), SQLITE_OK);
        while (sqlite3_step(plan) == SQLITE_ROW) {
            const char *step = (const char *)sqlite3_column_text(plan, 3);
            assert_null(strstr(step, "SCAN"));
            assert_null(strstr(step, "TEMP B-TREE"));
            assert_null(strstr(step, "kept_until>"));
        }
        sqlite3_finalize(plan);
        sqlite3_free(explain);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(never_reads_a_version_newer_than_its_holdings, begin, end),
        cmocka_unit_test_setup_teardown(looks_only_at_the_holders_asked_about, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

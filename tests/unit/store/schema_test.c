/* Migrations on PostgreSQL: forward only, checksummed, whole or not at all, once however many start together.
 */
#include "postgres_fixture.h"

#include <pthread.h>

#include "migration_cases.h"
#include "postgres/schema.h"

struct schema_fixture {
    struct migrating migrating; /* first */
    struct fixture base;
    struct postgres_server *server;
    PGconn *connection;
};

static enum fault run(struct migrating *migrating, const struct migration *list, size_t count, bool may)
{
    struct schema_fixture *fixture = (struct schema_fixture *)migrating;
    return schema_run(fixture->server, list, count, may, migrating->detail);
}

static int64_t ask(struct migrating *migrating, const char *sql)
{
    return postgres_fixture_number(((struct schema_fixture *)migrating)->connection, sql);
}

static void change(struct migrating *migrating, const char *sql)
{
    postgres_fixture_execute(((struct schema_fixture *)migrating)->connection, sql);
}

static int begin(void **state)
{
    struct schema_fixture *fixture = calloc(1, sizeof(*fixture));
    fixture->migrating.migrate = run;
    fixture->migrating.number = ask;
    fixture->migrating.execute = change;
    fixture_make_folder(&fixture->base);
    struct store_postgres_options options = fixture_postgres_options(fixture->base.path);
    assert_int_equal(postgres_server_create(&options, &fixture->server, fixture->migrating.detail), FAULT_NONE);
    fixture->connection = postgres_fixture_connect(&fixture->base);
    *state = fixture;
    return 0;
}

static int end(void **state)
{
    struct schema_fixture *fixture = *state;
    PQfinish(fixture->connection);
    postgres_server_destroy(fixture->server);
    fixture_remove_folder(&fixture->base);
    free(fixture);
    return 0;
}

static const char count_tables[] =
    "SELECT count(*) FROM pg_class WHERE relnamespace = current_schema()::regnamespace"
    " AND relkind = 'r'";

static void leaves_no_half_of_a_migration_that_fails(void **state)
{
    refuse_the_half_of_a_migration(*state);
    assert_int_equal(number(*state, count_tables), 3);
}

static void only_checks_when_it_may_not_migrate(void **state)
{
    only_check(*state, "SELECT count(*) FROM pg_namespace WHERE nspname = current_schema()");
}

static void refuses_a_schema_with_tables_of_another_program(void **state)
{
    struct schema_fixture *fixture = *state;
    char sql[128];
    snprintf(sql, sizeof(sql), "CREATE SCHEMA \"%s\"; CREATE TABLE theirs (x text)",
             fixture->server->options.schema);
    postgres_fixture_execute(fixture->connection, sql);
    assert_int_equal(migrate(*state, history, 1, true), FAULT_FILE_UNREADABLE);
    assert_non_null(strstr(fixture->migrating.detail, "another program"));
    assert_int_equal(number(*state, count_tables), 1);
}

static void carries_its_own_migrations_without_gaps(void **state)
{
    apply_without_gaps(*state, postgres_migrations, postgres_migration_count);
    assert_int_equal(number(*state, "SELECT epoch FROM counter"), 1);
}

/* And a program of before goes on beside the new schema: its functions stay as they were. */
static void keeps_leases_from_before_and_what_a_program_of_before_calls(void **state)
{
    struct schema_fixture *fixture = *state;
    assert_int_equal(migrate(*state, postgres_migrations, 2, true), FAULT_NONE);
    static const char add_lease[] =
        "SELECT outcome FROM commit_change(NULL, NULL, NULL, NULL, NULL, NULL, NULL,"
        " ARRAY[ROW('%s', 'live', 'a', 'orders', NULL, 'f1', 1, 900, 20000, 0, 0, 0)::lease_row],"
        " NULL, NULL, NULL)";
    char sql[400];
    snprintf(sql, sizeof(sql), add_lease, "l1");
    assert_int_equal(number(*state, sql), 0);
    assert_int_equal(migrate(*state, postgres_migrations, postgres_migration_count, true), FAULT_NONE);
    snprintf(sql, sizeof(sql), add_lease, "l2");
    assert_int_equal(number(*state, sql), 0);
    assert_int_equal(number(*state, sql), 3);
    postgres_fixture_execute(fixture->connection, "SET enable_seqscan = off");
    assert_int_equal(number(*state, "SELECT count(*) FROM lease WHERE fingerprint = 'f1'"), 2);
    assert_int_equal(number(*state, "SELECT count(*) FROM adapter_state"), 0);
}

enum { STARTING_TOGETHER = 6 };

struct starter {
    struct schema_fixture *fixture;
    enum fault fault;
    char detail[STORE_DETAIL_SIZE];
};

static void *start(void *argument)
{
    struct starter *starter = argument;
    starter->fault = schema_run(starter->fixture->server, postgres_migrations, postgres_migration_count, true,
                                starter->detail);
    return NULL;
}

static void migrates_once_when_several_gateways_start_together(void **state)
{
    struct starter starters[STARTING_TOGETHER];
    pthread_t threads[STARTING_TOGETHER];
    for (int i = 0; i < STARTING_TOGETHER; i++) {
        starters[i] = (struct starter){.fixture = *state};
        assert_int_equal(pthread_create(&threads[i], NULL, start, &starters[i]), 0);
    }
    for (int i = 0; i < STARTING_TOGETHER; i++) {
        pthread_join(threads[i], NULL);
        if (starters[i].fault != FAULT_NONE)
            print_error("%s\n", starters[i].detail);
        assert_int_equal(starters[i].fault, FAULT_NONE);
    }
    assert_int_equal(number(*state, "SELECT count(*) FROM schema_migration"),
                     (int64_t)postgres_migration_count);
}

static void says_why_a_server_cannot_be_reached(void **state)
{
    struct schema_fixture *fixture = *state;
    struct store_postgres_options options = fixture_postgres_options(fixture->base.path);
    struct postgres_server *nowhere;
    options.connection = "host=/nonexistent-folder user=nobody dbname=nothing";
    assert_int_equal(postgres_server_create(&options, &nowhere, fixture->migrating.detail), FAULT_NONE);
    assert_int_equal(schema_run(nowhere, history, 1, true, fixture->migrating.detail), FAULT_STORE_UNAVAILABLE);
    assert_non_null(strstr(fixture->migrating.detail, "/nonexistent-folder"));
    postgres_server_destroy(nowhere);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(applies_what_is_missing_once_and_in_order),
        TEST(leaves_no_half_of_a_migration_that_fails),
        TEST(refuses_a_schema_newer_than_the_program),
        TEST(works_with_a_later_schema_that_says_so),
        TEST(goes_on_with_the_books_of_before),
        TEST(refuses_a_migration_whose_content_changed),
        TEST(only_checks_when_it_may_not_migrate),
        TEST(refuses_a_schema_with_tables_of_another_program),
        TEST(carries_its_own_migrations_without_gaps),
        TEST(keeps_leases_from_before_and_what_a_program_of_before_calls),
        TEST(migrates_once_when_several_gateways_start_together),
        TEST(says_why_a_server_cannot_be_reached),
    };
    return RUN_ON_POSTGRES(tests);
}

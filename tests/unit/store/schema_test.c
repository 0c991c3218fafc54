/* Migrations on PostgreSQL: forward only, checksummed, whole or not at all, once however many start together.
 */
#include "postgres_fixture.h"

#include <pthread.h>

#include "postgres/schema.h"

struct schema_fixture {
    struct fixture base;
    struct postgres_server *server;
    PGconn *connection;
    char detail[STORE_DETAIL_SIZE];
};

static int begin(void **state)
{
    struct schema_fixture *fixture = calloc(1, sizeof(*fixture));
    fixture_make_folder(&fixture->base);
    struct store_postgres_options options = fixture_postgres_options(fixture->base.path);
    assert_int_equal(postgres_server_create(&options, &fixture->server, fixture->detail), FAULT_NONE);
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

static const struct migration rewritten[] = {
    {1, "0001_first", "CREATE TABLE first (x integer);"},
    {2, "0002_second", "CREATE TABLE second (x text); INSERT INTO second VALUES (1);"},
};
static const struct migration history[] = {
    {1, "0001_first", "CREATE TABLE first (x text);"},
    {2, "0002_second", "CREATE TABLE second (x text); INSERT INTO second VALUES (1);"},
    {3, "0003_third", "CREATE TABLE third (x text); INSERT INTO nowhere VALUES (1);"},
};

static enum fault migrate(struct schema_fixture *fixture, const struct migration *list, size_t count, bool may)
{
    return schema_run(fixture->server, list, count, may, fixture->detail);
}

static int64_t number(struct schema_fixture *fixture, const char *sql)
{
    return postgres_fixture_number(fixture->connection, sql);
}

static const char count_tables[] =
    "SELECT count(*) FROM pg_class WHERE relnamespace = current_schema()::regnamespace"
    " AND relkind = 'r'";

static void applies_what_is_missing_once_and_in_order(void **state)
{
    struct schema_fixture *fixture = *state;
    assert_int_equal(migrate(fixture, history, 1, true), FAULT_NONE);
    assert_int_equal(number(fixture, "SELECT count(*) FROM schema_migration"), 1);
    assert_int_equal(migrate(fixture, history, 2, true), FAULT_NONE);
    assert_int_equal(migrate(fixture, history, 2, true), FAULT_NONE);
    assert_int_equal(migrate(fixture, history, 2, false), FAULT_NONE);
    assert_int_equal(number(fixture, "SELECT count(*) FROM second"), 1);
    assert_int_equal(number(fixture, "SELECT max(number) FROM schema_migration"), 2);
}

static void leaves_no_half_of_a_migration_that_fails(void **state)
{
    struct schema_fixture *fixture = *state;
    assert_int_equal(migrate(fixture, history, 3, true), FAULT_STORE_UNAVAILABLE);
    assert_non_null(strstr(fixture->detail, "0003_third"));
    assert_non_null(strstr(fixture->detail, "nowhere"));
    assert_int_equal(number(fixture, "SELECT max(number) FROM schema_migration"), 2);
    assert_int_equal(number(fixture, count_tables), 3);
}

static void refuses_a_schema_newer_than_the_program(void **state)
{
    struct schema_fixture *fixture = *state;
    assert_int_equal(migrate(fixture, history, 2, true), FAULT_NONE);
    assert_int_equal(migrate(fixture, history, 1, true), FAULT_SCHEMA_NEWER);
    assert_int_equal(migrate(fixture, history, 1, false), FAULT_SCHEMA_NEWER);
}

static void refuses_a_migration_whose_content_changed(void **state)
{
    struct schema_fixture *fixture = *state;
    assert_int_equal(migrate(fixture, history, 1, true), FAULT_NONE);
    assert_int_equal(migrate(fixture, rewritten, 2, true), FAULT_SCHEMA_CHANGED);
    assert_non_null(strstr(fixture->detail, "0001_first"));
    assert_int_equal(number(fixture, "SELECT max(number) FROM schema_migration"), 1);
}

static void only_checks_when_it_may_not_migrate(void **state)
{
    struct schema_fixture *fixture = *state;
    assert_int_equal(migrate(fixture, history, 1, false), FAULT_SCHEMA_OLDER);
    assert_int_equal(number(fixture, "SELECT count(*) FROM pg_namespace WHERE nspname = current_schema()"), 0);
    assert_int_equal(migrate(fixture, history, 1, true), FAULT_NONE);
    assert_int_equal(migrate(fixture, history, 2, false), FAULT_SCHEMA_OLDER);
    assert_non_null(strstr(fixture->detail, "1 of 2"));
}

static void refuses_a_schema_with_tables_of_another_program(void **state)
{
    struct schema_fixture *fixture = *state;
    char sql[128];
    snprintf(sql, sizeof(sql), "CREATE SCHEMA \"%s\"; CREATE TABLE theirs (x text)",
             fixture->server->options.schema);
    postgres_fixture_execute(fixture->connection, sql);
    assert_int_equal(migrate(fixture, history, 1, true), FAULT_FILE_UNREADABLE);
    assert_non_null(strstr(fixture->detail, "another program"));
    assert_int_equal(number(fixture, count_tables), 1);
}

static void carries_its_own_migrations_without_gaps(void **state)
{
    struct schema_fixture *fixture = *state;
    assert_true(postgres_migration_count >= 1);
    for (size_t i = 0; i < postgres_migration_count; i++)
        assert_int_equal(postgres_migrations[i].number, (int)i + 1);
    assert_int_equal(migrate(fixture, postgres_migrations, postgres_migration_count, true), FAULT_NONE);
    assert_int_equal(number(fixture, "SELECT epoch FROM counter"), 1);
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
    assert_int_equal(postgres_server_create(&options, &nowhere, fixture->detail), FAULT_NONE);
    assert_int_equal(schema_run(nowhere, history, 1, true, fixture->detail), FAULT_STORE_UNAVAILABLE);
    assert_non_null(strstr(fixture->detail, "/nonexistent-folder"));
    postgres_server_destroy(nowhere);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(applies_what_is_missing_once_and_in_order),
        TEST(leaves_no_half_of_a_migration_that_fails),
        TEST(refuses_a_schema_newer_than_the_program),
        TEST(refuses_a_migration_whose_content_changed),
        TEST(only_checks_when_it_may_not_migrate),
        TEST(refuses_a_schema_with_tables_of_another_program),
        TEST(carries_its_own_migrations_without_gaps),
        TEST(migrates_once_when_several_gateways_start_together),
        TEST(says_why_a_server_cannot_be_reached),
    };
    return RUN_ON_POSTGRES(tests);
}

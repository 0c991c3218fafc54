/* What is refused before and at the first word with a server. */
#include "postgres_fixture.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "postgres/postgres_server.h"
#include "standard_error.h"

static int begin(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    fixture_make_folder(fixture);
    *state = fixture;
    return 0;
}

static enum fault create(const struct store_postgres_options *options, char *detail)
{
    struct postgres_server *server = NULL;
    enum fault fault = postgres_server_create(options, &server, detail);
    postgres_server_destroy(server);
    return fault;
}

static struct store_postgres_options options_of(const char *connection)
{
    return (struct store_postgres_options){.connection = connection, .schema = "dragoman"};
}

static void refuses_a_password_in_the_connection_string_without_repeating_it(void **state)
{
    (void)state;
    static const char *const connections[] = {"host=h password=hunter2", "postgresql://u:hunter2@h/d"};
    for (size_t i = 0; i < 2; i++) {
        struct store_postgres_options options = options_of(connections[i]);
        char detail[STORE_DETAIL_SIZE];
        assert_int_equal(create(&options, detail), FAULT_FILE_UNREADABLE);
        assert_non_null(strstr(detail, "passwordFile"));
        assert_null(strstr(detail, "hunter2"));
    }
}

static void refuses_what_is_no_connection_string(void **state)
{
    (void)state;
    struct store_postgres_options options = options_of("host=h hunter2");
    char detail[STORE_DETAIL_SIZE];
    assert_int_equal(create(&options, detail), FAULT_FILE_UNREADABLE);
    assert_null(strstr(detail, "hunter2"));
    assert_non_null(strstr(detail, "connection string"));
}

static void refuses_schema_names_that_would_need_quoting(void **state)
{
    (void)state;
    static const char *const names[] = {"", "a\"b", "a;b", "A", "a b"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct store_postgres_options options = options_of("host=h");
        char detail[STORE_DETAIL_SIZE];
        options.schema = names[i];
        assert_int_equal(create(&options, detail), FAULT_FILE_UNREADABLE);
    }
}

static enum fault create_with_password(struct fixture *fixture, const char *password, mode_t mode, char *detail)
{
    int file = open(fixture->path, O_WRONLY | O_CREAT | O_TRUNC, mode);
    assert_int_equal(write(file, password, strlen(password)), strlen(password));
    close(file);
    assert_int_equal(chmod(fixture->path, mode), 0);
    struct store_postgres_options options = options_of("host=h");
    options.password_file = fixture->path;
    return create(&options, detail);
}

static void takes_a_password_only_from_an_owner_only_file(void **state)
{
    struct fixture *fixture = *state;
    char detail[STORE_DETAIL_SIZE];
    assert_int_equal(create_with_password(fixture, "secret\n", 0600, detail), FAULT_NONE);
    assert_int_equal(create_with_password(fixture, "secret\n", 0640, detail), FAULT_FILE_UNREADABLE);
    assert_non_null(strstr(detail, "0600"));
    assert_int_equal(create_with_password(fixture, "\n", 0600, detail), FAULT_FILE_UNREADABLE);
    unlink(fixture->path);
    struct store_postgres_options options = options_of("host=h");
    options.password_file = fixture->path;
    assert_int_equal(create(&options, detail), FAULT_FILE_UNREADABLE);
    assert_non_null(strstr(detail, "No such file"));
}

static enum fault open_as_weak(struct fixture *fixture, bool allows_weak_durability, char *detail)
{
    char connection[256];
    snprintf(connection, sizeof(connection), "%s options='-c synchronous_commit=off'", fixture_postgres);
    struct store_postgres_options postgres = fixture_postgres_options(fixture->path);
    postgres.connection = connection;
    postgres.allows_weak_durability = allows_weak_durability;
    struct store_options options = {.postgres = &postgres, .queue_limit = 8};
    struct store *store = NULL;
    enum fault fault = store_open(&options, true, &store, detail);
    store_close(store);
    return fault;
}

static void refuses_a_server_that_answers_before_a_commit_is_durable(void **state)
{
    struct fixture *fixture = *state;
    char detail[STORE_DETAIL_SIZE] = "";
    if (fixture_postgres == NULL)
        skip();
    assert_int_equal(open_as_weak(fixture, false, detail), FAULT_STORE_UNAVAILABLE);
    assert_non_null(strstr(detail, "synchronous_commit = off"));
    assert_int_equal(open_as_weak(fixture, true, detail), FAULT_NONE);
}

/* --- what is said beside answers and of failures --- */

static void names_the_files_that_the_connection_names(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct text files[STORE_POSTGRES_FILES_MAX];
    static const char connection[] = "postgresql://u@h/d?sslrootcert=/a/ca.crt&sslcert=/a/c.crt&sslkey=/a/c.key"
                                     "&sslcrl=/a/l.crl&sslcrldir=/a/lists&passfile=/a/pass&sslmode=verify-full";
    assert_int_equal(store_postgres_files(connection, arena, files), 6);
    for (size_t i = 0; i < 6; i++)
        assert_true(text_starts_with(files[i], TEXT("/a/")));
    assert_int_equal(store_postgres_files("host=/run/postgresql sslrootcert=system", arena, files), 0);
    assert_int_equal(store_postgres_files("no connection", arena, files), 0);
}

static const char *value_of(const struct postgres_server *server, size_t attempt, const char *keyword)
{
    const char *value = NULL;
    for (size_t i = 0; i < server->count; i++)
        if (strcmp(server->keywords[i], keyword) == 0)
            value = server->values[attempt % server->servers][i];
    return value;
}

static void begins_each_attempt_with_another_server_of_the_list(void **state)
{
    (void)state;
    struct store_postgres_options options =
        options_of("host=a,b,c hostaddr=1.1.1.1,,3.3.3.3 port=5,6,7 user=u,v");
    struct postgres_server *server;
    char detail[STORE_DETAIL_SIZE];
    assert_int_equal(postgres_server_create(&options, &server, detail), FAULT_NONE);
    static const char *const expected[][3] = {{"a,b,c", "1.1.1.1,,3.3.3.3", "5,6,7"},
                                              {"b,c,a", ",3.3.3.3,1.1.1.1", "6,7,5"},
                                              {"c,a,b", "3.3.3.3,1.1.1.1,", "7,5,6"},
                                              {"a,b,c", "1.1.1.1,,3.3.3.3", "5,6,7"}};
    for (size_t attempt = 0; attempt < 4; attempt++) {
        assert_string_equal(value_of(server, attempt, "host"), expected[attempt][0]);
        assert_string_equal(value_of(server, attempt, "hostaddr"), expected[attempt][1]);
        assert_string_equal(value_of(server, attempt, "port"), expected[attempt][2]);
        assert_string_equal(value_of(server, attempt, "user"), "u,v");
    }
    postgres_server_destroy(server);
    options = options_of("host=a,b port=5433");
    assert_int_equal(postgres_server_create(&options, &server, detail), FAULT_NONE);
    assert_string_equal(value_of(server, 1, "host"), "b,a");
    assert_string_equal(value_of(server, 1, "port"), "5433");
    postgres_server_destroy(server);
}

static PGconn *connect_to(const char *connection)
{
    struct store_postgres_options options = options_of(connection);
    struct postgres_server *server;
    char detail[STORE_DETAIL_SIZE];
    assert_int_equal(postgres_server_create(&options, &server, detail), FAULT_NONE);
    PGconn *link = postgres_server_connect(server, 0, NULL);
    for (int i = 0; i < 2000 && PQstatus(link) != CONNECTION_OK && PQstatus(link) != CONNECTION_BAD; i++) {
        (void)PQconnectPoll(link);
        usleep(1000);
    }
    postgres_server_destroy(server);
    return link;
}

static void writes_notices_to_the_log_and_nowhere_else(void **state)
{
    (void)state;
    if (fixture_postgres == NULL)
        skip();
    PGconn *link = connect_to(fixture_postgres);
    assert_int_equal(PQstatus(link), CONNECTION_OK);
    log_set_level(LOG_INFO);
    standard_error_catch();
    postgres_fixture_execute(link, "DO $$ BEGIN RAISE WARNING 'odd'; RAISE NOTICE 'two\nlines'; END $$");
    const char *lines = standard_error_release();
    const char *warning =
        strstr(lines, "\"level\":\"warning\",\"event\":\"store_notice\",\"severity\":\"WARNING\","
                      "\"code\":\"01000\",\"message\":\"odd\"}\n");
    assert_non_null(warning);
    assert_int_equal(lines[0], '{');
    const char *notice = strchr(warning, '\n') + 1;
    assert_non_null(strstr(notice, "\"message\":\"two\\u000alines\"}\n"));
    assert_string_equal(strchr(notice, '\n'), "\n"); /* and no third line */
    PQfinish(link);
}

static void explains_on_one_line_within_its_size_and_keeps_the_advice(void **state)
{
    (void)state;
    char connection[512] = "host=";
    memset(connection + strlen(connection), 'h', 300);
    PGconn *link = connect_to(connection);
    char detail[STORE_DETAIL_SIZE];
    postgres_server_explain(link, detail);
    assert_true(strlen(detail) == STORE_DETAIL_SIZE - 1 && strchr(detail, '\n') == NULL);
    assert_true(text_ends_with(text_of(detail), TEXT("hhh; see host in store.postgres.connection")));
    PQfinish(link);
    link = connect_to("hostaddr=127.0.0.1 port=1");
    postgres_server_explain(link, detail);
    assert_non_null(strstr(detail, "; see host and port in store.postgres.connection"));
    PQfinish(link);
}

static bool says(const char *connection, const char *keyword, const char *value)
{
    PGconn *link = connect_to(connection);
    PQconninfoOption *options = PQconninfo(link);
    bool is_said = false;
    for (const PQconninfoOption *option = options; option->keyword != NULL; option++)
        is_said |=
            strcmp(option->keyword, keyword) == 0 && option->val != NULL && strcmp(option->val, value) == 0;
    PQconninfoFree(options);
    PQfinish(link);
    return is_said;
}

static void asks_no_kdc_unless_the_connection_says_so(void **state)
{
    (void)state;
    assert_true(says("hostaddr=127.0.0.1 port=1", "gssencmode", "disable"));
    assert_true(says("hostaddr=127.0.0.1 port=1 gssencmode=prefer", "gssencmode", "prefer"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, fixture_end)
    const struct CMUnitTest tests[] = {
        TEST(refuses_a_password_in_the_connection_string_without_repeating_it),
        TEST(refuses_what_is_no_connection_string),
        TEST(refuses_schema_names_that_would_need_quoting),
        TEST(takes_a_password_only_from_an_owner_only_file),
        TEST(refuses_a_server_that_answers_before_a_commit_is_durable),
        TEST(names_the_files_that_the_connection_names),
        TEST(writes_notices_to_the_log_and_nowhere_else),
        TEST(begins_each_attempt_with_another_server_of_the_list),
        TEST(explains_on_one_line_within_its_size_and_keeps_the_advice),
        TEST(asks_no_kdc_unless_the_connection_says_so),
    };
    return cmocka_run_group_tests(tests, fixture_choose_postgres, NULL);
}

/* With servers that fail in every way: each question ends in time, and nobody else is asked. */
#include "directory_stage.h"

#include <stdlib.h>

#include "directory_server.h"
#include "private_realm.h"
#include "tcp_kdc.h"

enum { LIMIT_MS = 400, AT_ONCE_MS = 200, LATE_MS = LIMIT_MS + 250 };

/* How long it took until it ended so. */
static int64_t ask(const char *scheme, uint16_t port, const char *authorities, enum adapter_outcome expected,
                   const char *words)
{
    struct directory_stage stage;
    SCOPED_ARENA arena = arena_create();
    const struct directory_options options = {
        .url = arena_print(arena, "%s://127.0.0.1:%u", scheme, (unsigned)port).base,
        .base = "dc=mit,dc=example",
        .keytab = "MEMORY:none",
        .authorities = authorities,
        .timeout_ms = "400"};
    directory_stage_begin(&stage, &options);
    int64_t begun_ms = tcp_now_ms();
    directory_stage_assert_end(&stage, "alice@mit.example", expected, words);
    int64_t took_ms = tcp_now_ms() - begun_ms;
    directory_stage_end(&stage);
    return took_ms;
}

static void assert_ends(enum directory_way way, enum adapter_outcome expected, const char *words,
                        int64_t earliest_ms, int64_t latest_ms)
{
    struct directory_server *server = directory_server_start(way, NULL);
    int64_t took_ms = ask("ldap", directory_server_port(server), NULL, expected, words);
    if (took_ms < earliest_ms || took_ms > latest_ms)
        fail_msg("%d: took %lld ms", (int)way, (long long)took_ms);
    assert_int_equal(directory_server_connections(server), 1);
    assert_int_equal(directory_server_strays(server), 0);
    directory_server_stop(server);
}

static void says_at_once_that_nobody_listens_or_that_the_connection_was_closed(void **state)
{
    (void)state;
    assert_in_range(ask("ldap", tcp_closed_port(), NULL, ADAPTER_UNAVAILABLE, "could not be connected to"), 0,
                    AT_ONCE_MS);
    assert_ends(DIRECTORY_CLOSES, ADAPTER_UNAVAILABLE, "the search: Can't contact LDAP server", 0, AT_ONCE_MS);
}

static void waits_for_no_answer_half_an_answer_or_drops_of_one_as_long_as_is_settled_and_no_longer(void **state)
{
    (void)state;
    static const enum directory_way ways[] = {DIRECTORY_SILENT, DIRECTORY_HALF, DIRECTORY_DRIPS};
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
        assert_ends(ways[i], ADAPTER_UNAVAILABLE, "did not answer in time: the search", LIMIT_MS - 10, LATE_MS);
}

static void waits_no_longer_where_tls_is_not_answered(void **state)
{
    (void)state;
    struct directory_server *server = directory_server_start(DIRECTORY_SILENT, NULL);
    assert_in_range(
        ask("ldaps", directory_server_port(server), NULL, ADAPTER_UNAVAILABLE, "did not answer in time: TLS"),
        LIMIT_MS - 10, LATE_MS);
    directory_server_stop(server);
}

static void waits_no_longer_than_the_call_does(void **state)
{
    (void)state;
    struct directory_server *server = directory_server_start(DIRECTORY_SILENT, NULL);
    struct directory_stage stage;
    SCOPED_ARENA arena = arena_create();
    const struct directory_options options = {
        .url = arena_print(arena, "ldap://127.0.0.1:%u", (unsigned)directory_server_port(server)).base,
        .base = "dc=x",
        .keytab = "MEMORY:none",
        .timeout_ms = "10000"};
    directory_stage_begin(&stage, &options);
    int64_t begun_ms = tcp_now_ms();
    stage.call.call.deadline_us = (begun_ms + LIMIT_MS) * 1000;
    directory_stage_assert_end(&stage, "alice@mit.example", ADAPTER_UNAVAILABLE, "did not answer in time");
    assert_in_range(tcp_now_ms() - begun_ms, LIMIT_MS - 10, LATE_MS);
    begun_ms = tcp_now_ms();
    stage.call.call.deadline_us = (begun_ms + 60000) * 1000; /* nor two seconds, whatever is settled */
    directory_stage_assert_end(&stage, "alice@mit.example", ADAPTER_UNAVAILABLE, "did not answer in time");
    assert_in_range(tcp_now_ms() - begun_ms, 1990, 2300);
    directory_stage_end(&stage);
    directory_server_stop(server);
}

static void takes_no_message_that_is_large_or_none(void **state)
{
    (void)state;
    assert_ends(DIRECTORY_LARGE, ADAPTER_UNAVAILABLE, "the search", 0, AT_ONCE_MS);
    assert_ends(DIRECTORY_NONSENSE, ADAPTER_UNAVAILABLE, "the search", 0, AT_ONCE_MS);
}

static void looks_at_no_more_than_two_entries_of_however_many(void **state)
{
    (void)state;
    assert_ends(DIRECTORY_ENTRIES, ADAPTER_REFUSED, "several entries", 0, AT_ONCE_MS);
}

static void goes_to_nobody_whom_the_directory_names(void **state)
{
    (void)state;
    assert_ends(DIRECTORY_REFERS, ADAPTER_UNAVAILABLE, "did not answer in time", LIMIT_MS - 10, LATE_MS);
    assert_ends(DIRECTORY_SENDS_AWAY, ADAPTER_MISCONFIGURED, "Referral", 0, AT_ONCE_MS);
}

static void speaks_no_tls_before_version_1_2(void **state)
{
    (void)state;
    realm_begin(NULL);
    SCOPED_ARENA arena = arena_create();
    struct directory_server *server = directory_server_start(DIRECTORY_OLD_TLS, getenv("DRAGOMAN_TEST_KDC"));
    assert_in_range(ask("ldaps", directory_server_port(server), realm_path(arena, "directory.ca"),
                        ADAPTER_UNAVAILABLE, "the directory: TLS"),
                    0, AT_ONCE_MS);
    directory_server_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_at_once_that_nobody_listens_or_that_the_connection_was_closed),
        cmocka_unit_test(
            waits_for_no_answer_half_an_answer_or_drops_of_one_as_long_as_is_settled_and_no_longer),
        cmocka_unit_test(waits_no_longer_where_tls_is_not_answered),
        cmocka_unit_test(waits_no_longer_than_the_call_does),
        cmocka_unit_test(takes_no_message_that_is_large_or_none),
        cmocka_unit_test(looks_at_no_more_than_two_entries_of_however_many),
        cmocka_unit_test(goes_to_nobody_whom_the_directory_names),
        cmocka_unit_test(speaks_no_tls_before_version_1_2),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

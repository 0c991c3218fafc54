/* What a server that is an HTTP API says by itself, in both generations. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "bridge/bridge_server.h"
#include "message_fixture.h"

#define OLD(method, params)                                                                                    \
    "{\"jsonrpc\":\"2.0\",\"id\":\"i\",\"method\":\"" method "\",\"params\":{" params "}}"
#define NEW(method) OLD(method, NEW_META)

static void assert_answer(const char *body, int expected_status, const char *expected)
{
    SCOPED_ARENA arena = arena_create();
    struct openapi_operation operation = {.tool = TEXT("a"),
                                          .definition = fixture_json(arena, "{\"name\":\"a\"}")};
    const struct openapi openapi = {
        .title = TEXT("Shop"), .description = TEXT("Of a shop."), .operations = &operation, .count = 1};
    const struct bridge_server server = {&openapi, TEXT("shop")};
    const struct mcp_message message = fixture_message(arena, body);
    int status;
    struct text answer = bridge_server_answer(arena, &server, &message, &status);
    assert_int_equal(status, expected_status);
    assert_string_equal(arena_copy(arena, answer).base, expected);
}

#define START "{\"jsonrpc\":\"2.0\",\"id\":\"i\",\"result\":{"
#define SELF  "\"capabilities\":{\"tools\":{}},\"instructions\":\"Of a shop.\","

static void begins_a_session_in_the_version_that_was_asked_for_or_its_newest(void **state)
{
    (void)state;
    assert_answer(OLD("initialize", "\"protocolVersion\":\"2025-06-18\""), 200,
                  START "\"protocolVersion\":\"2025-06-18\"," SELF
                        "\"serverInfo\":{\"name\":\"shop\",\"title\":\"Shop\",\"version\":\"1\"}}}");
    assert_answer(OLD("initialize", "\"protocolVersion\":\"1999-01-01\""), 200,
                  START "\"protocolVersion\":\"2025-11-25\"," SELF
                        "\"serverInfo\":{\"name\":\"shop\",\"title\":\"Shop\",\"version\":\"1\"}}}");
}

static void says_what_it_is_and_has_as_nobody_elses_business(void **state)
{
    (void)state;
    assert_answer(
        NEW("server/discover"), 200,
        START "\"supportedVersions\":[\"2026-07-28\"]," SELF
              "\"ttlMs\":60000,\"cacheScope\":\"private\",\"_meta\":{\"io.modelcontextprotocol/serverInfo\":"
              "{\"name\":\"shop\",\"title\":\"Shop\",\"version\":\"1\"}},\"resultType\":\"complete\"}}");
    assert_answer(NEW("tools/list"), 200,
                  START "\"tools\":[{\"name\":\"a\"}],\"ttlMs\":60000,\"cacheScope\":\"private\","
                        "\"resultType\":\"complete\"}}");
    assert_answer(OLD("tools/list", ""), 200, START "\"tools\":[{\"name\":\"a\"}]}}");
    assert_answer(OLD("ping", ""), 200, START "}}");
}

static void has_no_other_methods_and_no_second_page(void **state)
{
    (void)state;
    assert_answer(
        NEW("prompts/list"), 404,
        "{\"jsonrpc\":\"2.0\",\"id\":\"i\",\"error\":{\"code\":-32601,\"message\":\"Method not found\"}}");
    assert_answer(
        OLD("resources/list", ""), 200,
        "{\"jsonrpc\":\"2.0\",\"id\":\"i\",\"error\":{\"code\":-32601,\"message\":\"Method not found\"}}");
    SCOPED_ARENA arena = arena_create();
    const struct openapi openapi = {0};
    const struct bridge_server server = {&openapi, TEXT("shop")};
    const struct mcp_message message = fixture_message(arena, OLD("tools/list", "\"cursor\":\"2\""));
    int status;
    struct text answer = bridge_server_answer(arena, &server, &message, &status);
    assert_int_equal(
        json_integer_of(json_member(fixture_json(arena, arena_copy(arena, answer).base), TEXT("error")),
                        "code"),
        -32602);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(begins_a_session_in_the_version_that_was_asked_for_or_its_newest),
        cmocka_unit_test(says_what_it_is_and_has_as_nobody_elses_business),
        cmocka_unit_test(has_no_other_methods_and_no_second_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

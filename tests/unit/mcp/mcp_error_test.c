/* What each fault is to a client, in either generation: status, code, words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "message/mcp_error.h"
#include "message_fixture.h"

static void assert_answer(enum fault fault, const struct mcp_message *message, int expected_status,
                          const char *expected)
{
    SCOPED_ARENA arena = arena_create();
    int status = 0;
    struct text body = mcp_error_answer(arena, fault, message, &status);
    assert_int_equal(status, expected_status);
    assert_string_equal(arena_copy(arena, body).base, expected);
}

static void hides_what_is_denied_among_what_is_unknown(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const char *tool =
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32602,\"message\":\"Unknown tool: add\"}}";
    static const char *const calls[] = {OLD_CALL, NEW_CALL};
    for (size_t i = 0; i < 2; i++) {
        struct mcp_message message = fixture_message(arena, calls[i]);
        assert_answer(FAULT_MCP_NAME_UNKNOWN, &message, 200, tool);
        assert_answer(FAULT_MCP_NAME_SUSPENDED, &message, 200, tool);
    }
    struct mcp_message prompt = fixture_message(
        arena,
        "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"prompts/get\",\"params\":{\"name\":\"p\\\"q\"}}");
    assert_answer(FAULT_MCP_NAME_UNKNOWN, &prompt, 200,
                  "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"error\":{\"code\":-32602,\"message\":\"Unknown prompt: "
                  "p\\\"q\"}}");
}

static void knows_no_resource_by_another_code_in_each_generation(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct mcp_message old = fixture_message(
        arena, "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"resources/read\",\"params\":{\"uri\":\"a:b\"}}");
    struct mcp_message new = fixture_message(
        arena,
        "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"resources/read\",\"params\":{\"uri\":\"a:b\"," NEW_META
        "}}");
    assert_answer(
        FAULT_MCP_NAME_UNKNOWN, &old, 200,
        "{\"jsonrpc\":\"2.0\",\"id\":2,\"error\":{\"code\":-32002,\"message\":\"Resource not found: a:b\","
        "\"data\":{\"uri\":\"a:b\"}}}");
    assert_answer(
        FAULT_MCP_NAME_UNKNOWN, &new, 200,
        "{\"jsonrpc\":\"2.0\",\"id\":2,\"error\":{\"code\":-32602,\"message\":\"Resource not found: a:b\","
        "\"data\":{\"uri\":\"a:b\"}}}");
}

static void says_which_versions_are_spoken(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct mcp_message new = fixture_message(arena, NEW_CALL), old = fixture_message(arena, OLD_CALL);
    new.version = TEXT("2027-01-01");
    old.version = TEXT("1999-01-01");
    assert_answer(
        FAULT_MCP_VERSION, &new, 400,
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32022,\"message\":\"Unsupported protocol "
        "version: 2027-01-01\",\"data\":{\"supported\":[\"2026-07-28\"],\"requested\":\"2027-01-01\"}}}");
    assert_answer(FAULT_MCP_VERSION, &old, 400,
                  "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32000,\"message\":\"Bad Request: "
                  "Unsupported protocol version: 1999-01-01 (supported versions: 2025-11-25, 2025-06-18, "
                  "2025-03-26)\"}}");
}

struct expected_row {
    enum fault fault;
    int status_new, status_old, code;
};

static void has_the_status_and_code_of_the_protocol(void **state)
{
    (void)state;
    static const struct expected_row expected[] = {
        {FAULT_MCP_HOST, 403, 403, -32000},
        {FAULT_MCP_ORIGIN, 403, 403, -32000},
        {FAULT_MCP_MESSAGE, 400, 400, -32600},
        {FAULT_MCP_HEADER_MISMATCH, 400, 400, -32020},
        {FAULT_MCP_HEADER_DOUBLED, 400, 400, -32020},
        {FAULT_MCP_META, 400, 400, -32602},
        {FAULT_MCP_PARAMS, 200, 200, -32602},
        {FAULT_MCP_METHOD_UNKNOWN, 404, 200, -32601},
        {FAULT_MCP_SESSION_UNKNOWN, 404, 404, -32001},
        {FAULT_MCP_SESSION_MISSING, 400, 400, -32000},
        {FAULT_MCP_APPROVAL, 200, 200, -32000},
        {FAULT_MCP_STATE, 200, 200, -32602},
        {FAULT_MCP_LIMIT, 429, 429, -32010},
        {FAULT_MCP_UPSTREAM_ANSWER, 502, 502, -32603},
        {FAULT_MCP_UPSTREAM_SLOW, 504, 504, -32603},
        {FAULT_STORE_UNAVAILABLE, 503, 503, -32603},
    };
    SCOPED_ARENA arena = arena_create();
    struct mcp_message new = fixture_message(arena, NEW_CALL), old = fixture_message(arena, OLD_CALL);
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        struct mcp_error error = mcp_error_of(arena, expected[i].fault, &new);
        assert_int_equal(error.http_status, expected[i].status_new);
        assert_int_equal(error.code, expected[i].code);
        error = mcp_error_of(arena, expected[i].fault, &old);
        assert_int_equal(error.http_status, expected[i].status_old);
        assert_int_equal(error.code, expected[i].code);
    }
}

static void tells_what_is_no_json_from_what_is_no_message(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct mcp_message message;
    assert_int_equal(mcp_message_read(arena, TEXT("{"), 100, &message), FAULT_MCP_MESSAGE);
    assert_int_equal(mcp_error_of(arena, FAULT_MCP_MESSAGE, &message).code, -32700);
    assert_int_equal(mcp_message_read(arena, TEXT("[]"), 100, &message), FAULT_MCP_MESSAGE);
    assert_int_equal(mcp_error_of(arena, FAULT_MCP_MESSAGE, &message).code, -32600);
}

static void answers_sessions_that_are_anothers_or_none_alike(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct mcp_message message = fixture_message(arena, OLD_CALL);
    const struct mcp_message nothing = {0};
    const char *expected =
        "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32001,\"message\":\"Session not found\"}}";
    assert_answer(FAULT_MCP_SESSION_UNKNOWN, &message, 404, expected);
    assert_answer(FAULT_MCP_SESSION_UNKNOWN, &nothing, 404, expected);
}

static void says_in_a_tools_own_way_what_a_person_should_know(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct mcp_message message = fixture_message(arena, OLD_CALL);
    assert_true(
        text_is(mcp_error_tool_result(arena, &message, TEXT("no")),
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"no\"}],"
                "\"isError\":true}}"));
    message = fixture_message(arena, NEW_CALL);
    assert_true(
        text_is(mcp_error_tool_result(arena, &message, TEXT("no")),
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"no\"}],"
                "\"isError\":true,\"resultType\":\"complete\"}}"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hides_what_is_denied_among_what_is_unknown),
        cmocka_unit_test(knows_no_resource_by_another_code_in_each_generation),
        cmocka_unit_test(says_which_versions_are_spoken),
        cmocka_unit_test(has_the_status_and_code_of_the_protocol),
        cmocka_unit_test(tells_what_is_no_json_from_what_is_no_message),
        cmocka_unit_test(answers_sessions_that_are_anothers_or_none_alike),
        cmocka_unit_test(says_in_a_tools_own_way_what_a_person_should_know),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

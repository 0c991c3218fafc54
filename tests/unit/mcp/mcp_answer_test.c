/* What a server's message is, what it asks a client for, and when it knows no such tool. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "message/message_edit.h"
#include "message_fixture.h"

static void is_a_result_an_error_a_request_or_a_notification(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct mcp_answer answer = fixture_answer(arena, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}");
    assert_int_equal(answer.kind, MCP_ANSWER_RESULT);
    answer = fixture_answer(arena, "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-1,\"message\":\"m\"}}");
    assert_int_equal(answer.kind, MCP_ANSWER_ERROR);
    assert_int_equal(answer.code, -1);
    answer =
        fixture_answer(arena, "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-1,\"message\":\"m\"}}");
    assert_null(answer.id);
    answer = fixture_answer(arena, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}");
    assert_int_equal(answer.kind, MCP_ANSWER_REQUEST);
    answer = fixture_answer(arena, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\",\"params\":{}}");
    assert_int_equal(answer.kind, MCP_ANSWER_NOTIFICATION);
}

static void is_refused_where_it_is_none(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "<html>",
        "[]",
        "{\"jsonrpc\":\"2.0\",\"id\":1}",
        "{\"id\":1,\"result\":{}}",
        "{\"jsonrpc\":\"2.0\",\"id\":null,\"result\":{}}",
        "{\"jsonrpc\":\"2.0\",\"result\":{}}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{},\"method\":\"roots/list\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{},\"error\":{\"code\":1,\"message\":\"m\"}}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":[]}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":\"m\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"message\":\"m\"}}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{},\"result\":{}}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"resultType\":\"input_required\",\"inputRequests\":[]}}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"resultType\":\"input_required\",\"requestState\":1}}",
        "{\"jsonrpc\":\"2.0\",\"method\":\"\"}",
    };
    SCOPED_ARENA arena = arena_create();
    struct mcp_answer answer;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
        assert_int_equal(mcp_answer_read(arena, text_of(bodies[i]), 1000, &answer), FAULT_MCP_UPSTREAM_ANSWER);
}

static void belongs_to_the_request_with_its_id(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct mcp_message message = fixture_message(arena, OLD_CALL);
    struct mcp_answer answer = fixture_answer(arena, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}");
    assert_true(mcp_answer_is_to(&answer, message.id));
    answer = fixture_answer(arena, "{\"jsonrpc\":\"2.0\",\"id\":\"1\",\"result\":{}}");
    assert_false(mcp_answer_is_to(&answer, message.id));
    answer = fixture_answer(arena, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}");
    assert_false(mcp_answer_is_to(&answer, message.id));
}

static const struct mcp_permitted nothing = {0}, everything = {true, true, true};

static void assert_asks(const char *body, const struct mcp_permitted *permitted, const char *missing)
{
    SCOPED_ARENA arena = arena_create();
    struct mcp_answer answer = fixture_answer(arena, body);
    struct text said = TEXT_NONE;
    assert_int_equal(mcp_answer_is_permitted(&answer, permitted, &said), missing == NULL);
    if (missing != NULL)
        assert_true(text_is(said, missing));
}

#define ASKS(method) "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"" method "\",\"params\":{}}"
#define NEEDS(first, second)                                                                                   \
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"resultType\":\"input_required\",\"inputRequests\":{"          \
    "\"a\":{\"method\":\"" first "\"},\"b\":{\"method\":\"" second "\"}}}}"

static void asks_the_client_for_what_is_permitted_alone(void **state)
{
    (void)state;
    assert_asks(ASKS("sampling/createMessage"), &nothing, "sampling");
    assert_asks(ASKS("elicitation/create"), &nothing, "elicitation");
    assert_asks(ASKS("roots/list"), &nothing, "roots");
    assert_asks(ASKS("roots/list"), &everything, NULL);
    assert_asks(ASKS("roots/list"), &(struct mcp_permitted){true, true, false}, "roots");
    assert_asks(ASKS("elicitation/create"), &(struct mcp_permitted){.elicitation = true}, NULL);
    assert_asks(ASKS("ping"), &nothing, NULL);
    assert_asks(ASKS("what/ever"), &everything, "what/ever");
    assert_asks(NEEDS("elicitation/create", "sampling/createMessage"),
                &(struct mcp_permitted){.elicitation = true}, "sampling");
    assert_asks(NEEDS("elicitation/create", "roots/list"), &everything, NULL);
    assert_asks("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"resultType\":\"input_required\","
                "\"inputRequests\":{\"a\":7}}}",
                &everything, "");
    assert_asks("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\"}", &nothing, NULL);
}

static void that_is_not_passed_on_is_answered(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct mcp_answer answer =
        fixture_answer(arena, "{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"method\":\"roots/list\"}");
    assert_true(text_is(mcp_answer_refuse(arena, &answer),
                        "{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"error\":{\"code\":-"
                        "32601,\"message\":\"Method not found\"}}"));
}

static bool unknown(const char *call, const char *body)
{
    SCOPED_ARENA arena = arena_create();
    struct mcp_message message = fixture_message(arena, call);
    struct mcp_answer answer = fixture_answer(arena, body);
    return mcp_answer_says_unknown(&answer, &message);
}
#define ERROR(code, message)                                                                                   \
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":" code ",\"message\":\"" message "\"}}"
#define TOOL_SAYS(text, is_error)                                                                              \
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"" text               \
    "\"}],\"isError\":" is_error "}}"
#define READ_CALL "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"resources/read\",\"params\":{\"uri\":\"a:b\"}}"

static void says_in_several_ways_that_there_is_no_such_tool(void **state)
{
    (void)state;
    assert_true(unknown(OLD_CALL, ERROR("-32602", "Unknown tool: add")));
    assert_true(unknown(OLD_CALL, ERROR("-32602", "MCP error -32602: Tool add not found")));
    assert_true(unknown(OLD_CALL, TOOL_SAYS("MCP error -32602: Tool add not found", "true")));
    assert_true(unknown(NEW_CALL, ERROR("-32602", "Tool add not found")));
    assert_true(unknown(NEW_CALL, ERROR("-32602", "Tool add disabled")));
    assert_true(unknown(READ_CALL, ERROR("-32002", "whatever")));
    assert_true(unknown(READ_CALL, ERROR("-32602", "Resource not found: a:b")));
    assert_false(unknown(OLD_CALL, TOOL_SAYS("Tool add not found", "false")));
    assert_false(unknown(OLD_CALL, TOOL_SAYS("Tool other not found", "true")));
    assert_false(unknown(OLD_CALL, ERROR("-32602", "Invalid arguments for tool add")));
    assert_false(unknown(OLD_CALL, ERROR("-32603", "Unknown tool: add")));
    assert_false(
        unknown("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}", ERROR("-32602", "Unknown tool: ")));
}

static void is_written_with_another_member(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct mcp_answer answer =
        fixture_answer(arena, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"requestState\":\"a\",\"n\":1.0}}");
    const struct json_value value = message_edit_string(TEXT("b"));
    assert_true(text_is(mcp_answer_write_with(arena, &answer, "requestState", &value),
                        "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"requestState\":\"b\",\"n\":1.0}}"));
    assert_true(text_is(mcp_answer_write_with(arena, &answer, "requestState", NULL),
                        "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"n\":1.0}}"));
    assert_true(text_is(mcp_answer_write(arena, &answer),
                        "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"requestState\":\"a\",\"n\":1.0}}"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_a_result_an_error_a_request_or_a_notification),
        cmocka_unit_test(is_refused_where_it_is_none),
        cmocka_unit_test(belongs_to_the_request_with_its_id),
        cmocka_unit_test(asks_the_client_for_what_is_permitted_alone),
        cmocka_unit_test(that_is_not_passed_on_is_answered),
        cmocka_unit_test(says_in_several_ways_that_there_is_no_such_tool),
        cmocka_unit_test(is_written_with_another_member),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

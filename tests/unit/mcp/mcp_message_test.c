/* What a client's message may be, what is known of it, and how it is written again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "message/message_edit.h"
#include "message_fixture.h"

#define REQUEST(members) "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\"" members "}"

static enum fault reading(const char *body)
{
    SCOPED_ARENA arena = arena_create();
    struct mcp_message message;
    return mcp_message_read(arena, text_of(body), 100000, &message);
}

static void is_a_request_a_notification_or_a_response(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct mcp_message request = fixture_message(arena, OLD_CALL);
    assert_int_equal(request.kind, MCP_REQUEST);
    assert_int_equal(request.generation, MCP_OLD);
    assert_true(text_is(request.id->text, "1"));
    assert_int_equal(request.named, MCP_NAMED_TOOL);
    assert_true(text_is(request.name, "add"));
    struct mcp_message notification =
        fixture_message(arena, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}");
    assert_int_equal(notification.kind, MCP_NOTIFICATION);
    assert_null(notification.id);
    struct mcp_message response = fixture_message(arena, "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"result\":{}}");
    assert_int_equal(response.kind, MCP_RESPONSE);
    assert_null(response.method.base);
}

static void is_of_the_new_generation_where_its_meta_says_a_version(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct mcp_message message = fixture_message(arena, NEW_CALL);
    assert_int_equal(message.generation, MCP_NEW);
    assert_true(text_is(message.version, "2026-07-28"));
    assert_int_equal(
        reading(REQUEST(",\"params\":{\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":1}}")),
        FAULT_MCP_META);
}

static void is_refused_where_two_readers_could_read_two_things(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "[" OLD_CALL "]",
        "[]",
        OLD_CALL OLD_CALL,
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\",\"method\":\"b\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\",\"m\\u0065thod\":\"b\"}",
        REQUEST(",\"params\":{\"name\":\"a\",\"name\":\"b\"}"),
        REQUEST(",\"Method\":\"tools/call\""),
        REQUEST(",\"param\xc5\xbf\":{}"),
        REQUEST(",\"params\":{\"Name\":\"b\"}"),
        REQUEST(",\"params\":{\"reque\xc5\xbftState\":\"b\"}"),
        REQUEST(",\"params\":{\"ta\xc5\xbfkId\":\"b\"}"),
        REQUEST(",\"params\":{\"tas\xe2\x84\xaaId\":\"b\"}"),
        REQUEST(",\"params\":{\"ref\":{},\"Ref\":{}}"),
        REQUEST(",\"params\":{\"ref\":{\"name\":\"a\",\"NAME\":\"b\"}}"),
        REQUEST(",\"params\":{\"notifications\":{\"ResourceSubscriptions\":[]}}"),
        REQUEST(",\"params\":{\"x\":\"\xff\"}"),
        REQUEST(",\"result\":{}"),
        ("\xef\xbb\xbf" OLD_CALL),
    };
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
        assert_int_equal(reading(bodies[i]), FAULT_MCP_MESSAGE);
    assert_int_equal(reading(REQUEST(",\"params\":{\"names\":\"b\",\"nam\":1,\"Other\":2}")), FAULT_NONE);
    assert_int_equal(reading(REQUEST(",\"params\":{\"ref\":7,\"notifications\":[\"a\"]}")), FAULT_NONE);
}

static void is_refused_where_it_is_no_message_of_the_protocol(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "",
        "1",
        "{}",
        "{\"id\":1,\"method\":\"m\"}",
        "{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"m\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"m\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":1.5,\"method\":\"m\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":1e3,\"method\":\"m\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"m\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":7}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\\u0000b\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a b\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\xc3\xa4\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\",\"params\":[]}",
        "{\"jsonrpc\":\"2.0\",\"id\":1}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{},\"error\":{}}",
        "{\"jsonrpc\":\"2.0\",\"result\":{}}",
    };
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
        assert_int_equal(reading(bodies[i]), FAULT_MCP_MESSAGE);
}

static struct text nested(struct arena *arena, int depth)
{
    struct buffer out = buffer_in(arena, 1024);
    buffer_append(&out, TEXT("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\",\"params\":"));
    for (int i = 0; i < depth; i++)
        buffer_append(&out, TEXT("{\"a\":"));
    buffer_append(&out, TEXT("1"));
    for (int i = 0; i < depth; i++)
        buffer_append(&out, TEXT("}"));
    buffer_append(&out, TEXT("}"));
    return buffer_text(&out);
}

static void is_refused_beyond_its_limits(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct mcp_message message;
    assert_int_equal(mcp_message_read(arena, nested(arena, 63), 10000, &message), FAULT_NONE);
    assert_int_equal(mcp_message_read(arena, nested(arena, 64), 10000, &message), FAULT_MCP_MESSAGE);
    assert_int_equal(mcp_message_read(arena, TEXT(OLD_CALL), sizeof(OLD_CALL) - 2, &message),
                     FAULT_MCP_MESSAGE);
    char long_text[400];
    for (size_t length = 256; length <= 257; length++) {
        memset(long_text, 'x', length);
        long_text[length] = '\0';
        struct text body =
            arena_print(arena, "{\"jsonrpc\":\"2.0\",\"id\":\"%s\",\"method\":\"m\"}", long_text);
        assert_int_equal(mcp_message_read(arena, body, 10000, &message),
                         length == 256 ? FAULT_NONE : FAULT_MCP_MESSAGE);
    }
    for (size_t length = 128; length <= 129; length++) {
        memset(long_text, 'x', length);
        long_text[length] = '\0';
        struct text body = arena_print(
            arena, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"%s\"}}",
            long_text);
        assert_int_equal(mcp_message_read(arena, body, 10000, &message),
                         length == 128 ? FAULT_NONE : FAULT_MCP_PARAMS);
        assert_non_null(message.id);
    }
}

static struct text with_values(struct arena *arena, size_t count)
{
    struct buffer body = buffer_in(arena, 4096);
    buffer_append(&body, TEXT("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\",\"params\":{\"a\":[0"));
    for (size_t i = 6; i < count; i++)
        buffer_append(&body, TEXT(",0"));
    buffer_append(&body, TEXT("]}}"));
    return buffer_text(&body);
}

static void is_refused_where_it_is_too_many_values(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct mcp_message message;
    struct text most = with_values(arena, MCP_MESSAGE_VALUES_MAX - 10),
                more = with_values(arena, MCP_MESSAGE_VALUES_MAX + 10);
    assert_int_equal(mcp_message_read(arena, most, 1 << 20, &message), FAULT_NONE);
    assert_int_equal(mcp_message_read(arena, more, 1 << 20, &message), FAULT_MCP_MESSAGE);
}

static void outlives_its_reading_in_what_is_kept_of_it(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct arena *reading = arena_create();
    struct mcp_message message = fixture_message(reading, NEW_CALL);
    mcp_message_keep(arena, &message);
    mcp_message_forget(&message);
    arena_destroy(reading);
    assert_true(text_is(message.method, "tools/call") && text_is(message.name, "add"));
    assert_true(text_is(message.version, "2026-07-28") && text_is(message.id->text, "1"));
    assert_true(message.whole == NULL && message.params == NULL && message.arguments == NULL);
}

static void says_what_it_is_about(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct mcp_message message = fixture_message(
        arena,
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"resources/subscribe\",\"params\":{\"uri\":\"file:///a\"}}");
    assert_int_equal(message.named, MCP_NAMED_RESOURCE);
    assert_true(text_is(message.name, "file:///a"));
    message =
        fixture_message(arena, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"prompts/get\",\"params\":{\"name\":"
                               "\"p\",\"arguments\":{\"a\":\"b\"}}}");
    assert_int_equal(message.named, MCP_NAMED_PROMPT);
    assert_int_equal(message.arguments->count, 1);
    static const char *const bodies[] = {
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{}}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":1}}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"a\\u0000b\"}}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"a\",\"arguments\":[]}}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"resources/read\",\"params\":{\"name\":\"a\"}}",
    };
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
        assert_int_equal(reading(bodies[i]), FAULT_MCP_PARAMS);
}

static void is_about_nothing_where_its_generation_has_no_such_method(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct mcp_message message = fixture_message(
        arena, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"resources/subscribe\",\"params\":{" NEW_META "}}");
    assert_int_equal(message.named, MCP_NAMED_NOTHING);
    assert_int_equal(reading("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"resources/subscribe\"}"),
                     FAULT_MCP_PARAMS);
}

static void brings_a_state_along_in_the_new_generation_alone(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct mcp_message message = fixture_message(
        arena, "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/call\",\"params\":{\"name\":\"a\"," NEW_META
               ",\"requestState\":\"s\",\"inputResponses\":{\"x\":{}}}}");
    assert_true(text_is(message.request_state, "s"));
    assert_int_equal(message.input_responses->count, 1);
    message =
        fixture_message(arena, "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/call\",\"params\":{\"name\":"
                               "\"a\",\"requestState\":7}}");
    assert_null(message.request_state.base);
    assert_int_equal(
        reading("{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"m\",\"params\":{" NEW_META ",\"requestState\":7}}"),
        FAULT_MCP_PARAMS);
}

static void is_written_in_bytes_of_our_own(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct mcp_message message =
        fixture_message(arena, " { \"method\" : \"m\\u0061\",\n\"id\":9007199254740993, \"jsonrpc\":\"2.0\","
                               "\"params\":{\"n\":1.50e+3,\"t\":\"\\/\\u0000\\ud83d\\ude00\"}}");
    assert_true(
        text_is(mcp_message_write(arena, &message),
                "{\"method\":\"ma\",\"id\":9007199254740993,\"jsonrpc\":\"2.0\",\"params\":{\"n\":1.50e+3,"
                "\"t\":\"/\\u0000\xf0\x9f\x98\x80\"}}"));
    const struct json_value value = message_edit_string(TEXT("new"));
    const struct message_edit edits[] = {{{"params", "requestState", NULL}, &value},
                                         {{"params", "n", NULL}, NULL}};
    assert_true(text_is(mcp_message_write_edited(arena, &message, edits, 2),
                        "{\"method\":\"ma\",\"id\":9007199254740993,\"jsonrpc\":\"2.0\",\"params\":{"
                        "\"t\":\"/\\u0000\xf0\x9f\x98\x80\",\"requestState\":\"new\"}}"));
}

static void knows_its_versions(void **state)
{
    (void)state;
    assert_true(mcp_version_is_supported(MCP_NEW, TEXT("2026-07-28")));
    assert_false(mcp_version_is_supported(MCP_OLD, TEXT("2026-07-28")));
    assert_true(mcp_version_is_supported(MCP_OLD, TEXT("2025-03-26")));
    assert_false(mcp_version_is_supported(MCP_OLD, TEXT("2024-11-05")));
    assert_true(mcp_version_is_new(TEXT("2027-01-01")));
    assert_false(mcp_version_is_new(TEXT("2025-11-25")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_a_request_a_notification_or_a_response),
        cmocka_unit_test(is_of_the_new_generation_where_its_meta_says_a_version),
        cmocka_unit_test(is_refused_where_two_readers_could_read_two_things),
        cmocka_unit_test(is_refused_where_it_is_no_message_of_the_protocol),
        cmocka_unit_test(is_refused_beyond_its_limits),
        cmocka_unit_test(says_what_it_is_about),
        cmocka_unit_test(is_about_nothing_where_its_generation_has_no_such_method),
        cmocka_unit_test(brings_a_state_along_in_the_new_generation_alone),
        cmocka_unit_test(is_written_in_bytes_of_our_own),
        cmocka_unit_test(is_refused_where_it_is_too_many_values),
        cmocka_unit_test(outlives_its_reading_in_what_is_kept_of_it),
        cmocka_unit_test(knows_its_versions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

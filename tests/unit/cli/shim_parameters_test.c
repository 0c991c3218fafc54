/* Which arguments of a call are repeated in headers, by what lists said. */
#include "mcp/shim_parameters.h"
#include "session.h"

static const struct json_value *parse(struct arena *arena, const char *json)
{
    const struct json_value *value;
    assert_int_equal(json_parse(arena, text_of(json), &json_limits_document, &value), FAULT_NONE);
    return value;
}

static const char list[] =
    "{\"tools\":[{\"name\":\"a\",\"inputSchema\":{\"properties\":{"
    "\"region\":{\"type\":\"string\",\"x-mcp-header\":\"Region\"},"
    "\"deep\":{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\",\"x-mcp-header\":\"N\"}}},"
    "\"is\":{\"type\":\"boolean\",\"x-mcp-header\":\"Is\"},"
    "\"list\":{\"type\":\"array\",\"x-mcp-header\":\"List\"},"
    "\"odd\":{\"type\":\"string\",\"x-mcp-header\":\"O: d\\r\\n\"},"
    "\"plain\":{\"type\":\"string\"}}}},{\"name\":\"b\"}]}";

static size_t headers_of(struct arena *arena, const struct shim_parameters *parameters, const char *tool,
                         const char *arguments, struct http_stream_header *headers)
{
    struct shim_message message;
    struct text line = arena_print(arena,
                                   "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{"
                                   "\"name\":\"%s\",\"arguments\":%s}}",
                                   tool, arguments);
    assert_null(shim_message_read(arena, line, &message));
    return shim_parameters_headers(parameters, arena, &message, headers);
}

static void repeats_marked_arguments_wherever_they_are_in_the_schema(void **state)
{
    SCOPED_ARENA arena = arena_create();
    static struct shim_parameters parameters;
    struct http_stream_header headers[SHIM_PARAMETERS_OF_CALL_MAX];
    (void)state;
    shim_parameters_note(&parameters, parse(arena, list), true);
    assert_int_equal(
        headers_of(arena, &parameters, "a",
                   "{\"region\":\"eu\",\"deep\":{\"n\":1.50},\"is\":false,\"list\":[1],\"odd\":\"x\","
                   "\"plain\":\"y\"}",
                   headers),
        3);
    assert_true(text_is(headers[0].name, "mcp-param-Region"));
    assert_true(text_is(headers[0].value, "eu"));
    assert_true(text_is(headers[1].name, "mcp-param-N"));
    assert_true(text_is(headers[1].value, "1.50"));
    assert_true(text_is(headers[2].value, "false"));
    shim_parameters_dispose(&parameters);
}

static void leaves_out_what_is_not_there_or_no_plain_value(void **state)
{
    SCOPED_ARENA arena = arena_create();
    static struct shim_parameters parameters;
    struct http_stream_header headers[SHIM_PARAMETERS_OF_CALL_MAX];
    (void)state;
    shim_parameters_note(&parameters, parse(arena, list), true);
    assert_int_equal(headers_of(arena, &parameters, "a", "{\"region\":null,\"deep\":7,\"is\":[true]}", headers),
                     0);
    assert_int_equal(headers_of(arena, &parameters, "b", "{\"region\":\"eu\"}", headers), 0);
    assert_int_equal(headers_of(arena, &parameters, "a", "[]", headers), 0);
    shim_parameters_dispose(&parameters);
}

static void knows_the_last_list_alone_with_all_of_its_pages(void **state)
{
    SCOPED_ARENA arena = arena_create();
    static struct shim_parameters parameters;
    struct http_stream_header headers[SHIM_PARAMETERS_OF_CALL_MAX];
    static const char other[] = "{\"tools\":[{\"name\":\"c\",\"inputSchema\":{\"properties\":{\"x\":{\"type\":"
                                "\"string\",\"x-mcp-header\":\"X\"}}}}]}";
    (void)state;
    shim_parameters_note(&parameters, parse(arena, list), true);
    shim_parameters_note(&parameters, parse(arena, other), false);
    assert_int_equal(headers_of(arena, &parameters, "a", "{\"region\":\"eu\"}", headers), 1);
    assert_int_equal(headers_of(arena, &parameters, "c", "{\"x\":\"1\"}", headers), 1);
    shim_parameters_note(&parameters, parse(arena, other), true);
    assert_int_equal(headers_of(arena, &parameters, "a", "{\"region\":\"eu\"}", headers), 0);
    shim_parameters_dispose(&parameters);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(repeats_marked_arguments_wherever_they_are_in_the_schema),
        cmocka_unit_test(leaves_out_what_is_not_there_or_no_plain_value),
        cmocka_unit_test(knows_the_last_list_alone_with_all_of_its_pages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Arguments of a tool to a request: each in its place, and none out of it. */
#include "reading.h"

#include <string.h>

#include "openapi/openapi_request.h"

#define PARAMETERS                                                                                             \
    "{\"name\":\"a\",\"in\":\"path\",\"required\":true,\"schema\":{}},"                                        \
    "{\"name\":\"b\",\"in\":\"path\",\"required\":true,\"schema\":{}},"                                        \
    "{\"name\":\"q\",\"in\":\"query\",\"schema\":{}},"                                                         \
    "{\"name\":\"list of\",\"in\":\"query\",\"explode\":false,\"schema\":{\"type\":\"array\"}},"               \
    "{\"name\":\"n\",\"in\":\"query\",\"schema\":{\"type\":\"integer\"}},"                                     \
    "{\"name\":\"X-Trace\",\"in\":\"header\",\"schema\":{}},"                                                  \
    "{\"name\":\"X_Vendor_Key\",\"in\":\"header\",\"schema\":{}}"

static const char document[] =
    READING_HEAD "\"paths\":{\"/x/{a}.{b}/y\":{\"post\":{\"parameters\":[" PARAMETERS "],"
                 "\"requestBody\":{\"content\":{\"application/json\":{}}}}}}}";

/* "TARGET|name: value|body", or what is wrong. */
static struct text make(struct arena *arena, const char *arguments)
{
    const struct openapi *openapi = reading_good(arena, document);
    struct openapi_request *request = ARENA_NEW(arena, struct openapi_request);
    struct buffer out = buffer_in(arena, 256);
    struct text mistake;
    const struct json_value *given = arguments == NULL ? NULL : reading_json(arena, arguments);
    if (!openapi_request_make(arena, &openapi->operations[0], given, TEXT("x-vendor-key"), request, &mistake))
        return arena_copy(arena, mistake);
    buffer_append(&out, request->target);
    for (size_t i = 0; i < request->header_count; i++)
        buffer_print(&out, "|%.*s: %.*s", TEXT_ARGUMENTS(request->headers[i].name),
                     TEXT_ARGUMENTS(request->headers[i].value));
    if (request->body.base != NULL)
        buffer_print(&out, "|%.*s", TEXT_ARGUMENTS(request->body));
    return arena_copy(arena, buffer_text(&out));
}

static void assert_made(const char *arguments, const char *expected)
{
    SCOPED_ARENA arena = arena_create();
    assert_string_equal(make(arena, arguments).base, expected);
}

static void puts_each_argument_where_the_document_says(void **state)
{
    (void)state;
    assert_made("{\"a\":\"1\",\"b\":2}", "/x/1.2/y");
    assert_made("{\"a\":\"1\",\"b\":true,\"q\":\"s t\",\"list "
                "of\":[1,\"a,b\"],\"n\":-7,\"X-Trace\":[\"u\",\"v\"],\"body\":{\"k\":[1.50,null]}}",
                "/x/1.true/y?q=s%20t&list%20of=1,a%2Cb&n=-7|x-trace: u,v|{\"k\":[1.50,null]}");
    assert_made("{\"a\":[1,\"b,c\"],\"b\":\"\\u00e9\",\"q\":[\"x\",\"y\"],\"body\":null}",
                "/x/1,b%2Cc.%C3%A9/y?q=x&q=y|null");
    assert_made("{\"a\":\"?#;&=+@:\",\"b\":\"[]{}|\\\"<>\",\"q\":\"&a=b#\\u0000\\r\\n+%26\"}",
                "/x/%3F%23%3B%26%3D%2B%40%3A.%5B%5D%7B%7D%7C%22%3C%3E/y?q=%26a%3Db%23%00%0D%0A%2B%2526");
}

static void lets_nothing_out_of_its_part_of_the_path(void **state)
{
    (void)state;
    static const char *const hostile[] = {"/",   "..\\/",   "\\\\",           "%2f",  "%2F..",
                                          "%5c", "%2e%2e",  "%252f",          "a%00", "\\u0000",
                                          "\\n", "\\u007f", "a\\/..\\/admin", "%2E"};
    for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
        SCOPED_ARENA arena = arena_create();
        struct text arguments = arena_print(arena, "{\"a\":\"%s\",\"b\":\"1\"}", hostile[i]);
        assert_made(arguments.base,
                    "argument \"a\": a part of the path cannot have slashes or control characters in it");
        arguments = arena_print(arena, "{\"a\":[\"1\",\"%s\"],\"b\":\"1\"}", hostile[i]);
        assert_made(arguments.base,
                    "argument \"a\": a part of the path cannot have slashes or control characters in it");
    }
    assert_made("{\"a\":\"\",\"b\":\"1\"}", "argument \"a\": a part of the path cannot be empty");
    assert_made("{\"a\":[],\"b\":\"1\"}", "argument \"a\": a part of the path cannot be empty");
    assert_made("{\"a\":\"50%\",\"b\":\"%zz\"}", "/x/50%25.%25zz/y");
}

/* "{a}" alone can be dots, and so can what two make together. */
static void makes_no_dot_segment_of_arguments(void **state)
{
    (void)state;
    static const char *const paths[] = {"/x/{a}", "/x/{a}/y", "/x/.{a}", "/{a}/{b}"};
    static const char *const values[] = {".", "..", ".", "."};
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        SCOPED_ARENA arena = arena_create();
        struct openapi_operation operation = reading_good(arena, document)->operations[0];
        struct openapi_request *request = ARENA_NEW(arena, struct openapi_request);
        struct text mistake = TEXT_NONE;
        operation.path = text_of(paths[i]);
        struct text given = arena_print(arena, "{\"a\":\"%s\",\"b\":\"c\"}", values[i]);
        assert_false(openapi_request_make(arena, &operation, reading_json(arena, given.base),
                                          TEXT("authorization"), request, &mistake));
        assert_true(text_is(mistake, "the arguments make the path one with dot segments"));
    }
    assert_made("{\"a\":\".\",\"b\":\".\"}", "/x/.../y");
}

static void refuses_what_the_tool_does_not_take(void **state)
{
    (void)state;
    assert_made(NULL, "argument \"a\": it is required");
    assert_made("{\"b\":1}", "argument \"a\": it is required");
    assert_made("{\"a\":1,\"b\":1,\"c\":1}",
                "unknown argument \"c\"; this tool takes: a, b, q, list of, n, X-Trace, X_Vendor_Key, body");
    assert_made("{\"a\":1,\"b\":1,\"Q\":1}",
                "unknown argument \"Q\"; this tool takes: a, b, q, list of, n, X-Trace, X_Vendor_Key, body");
    assert_made("{\"a\":1,\"b\":1,\"n\":1.5}",
                "argument \"n\": its value is of another type than the tool says");
    assert_made("{\"a\":1,\"b\":1,\"n\":\"1\"}",
                "argument \"n\": its value is of another type than the tool says");
    assert_made("{\"a\":null,\"b\":1}", "argument \"a\": null and objects cannot be sent");
    assert_made("{\"a\":1,\"b\":1,\"q\":{}}", "argument \"q\": null and objects cannot be sent");
    assert_made("{\"a\":1,\"b\":1,\"q\":[[1]]}", "argument \"q\": its items cannot be null, lists or objects");
}

static void headers_carry_text_and_never_the_credential(void **state)
{
    (void)state;
    assert_made("{\"a\":1,\"b\":1,\"X_Vendor_Key\":\"mine\"}",
                "argument \"X_Vendor_Key\": the gateway itself sets this header");
    static const char *const hostile[] = {"\"a\\r\\nhost: b\"", "\"\\u00e9\"", "\" a\"", "\"a \"",
                                          "\"\\u0000\"",        "[\"a,b\"]"};
    for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
        SCOPED_ARENA arena = arena_create();
        struct text arguments = arena_print(arena, "{\"a\":1,\"b\":1,\"X-Trace\":%s}", hostile[i]);
        assert_made(arguments.base,
                    "argument \"X-Trace\": a header has printable ASCII, and no commas in the items of a list");
    }
}

static void has_a_bound_for_all_of_it(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    char *value = arena_allocate(arena, OPENAPI_TARGET_BYTES_MAX + 1);
    memset(value, 'v', OPENAPI_TARGET_BYTES_MAX);
    struct text arguments = arena_print(arena, "{\"a\":1,\"b\":1,\"q\":\"%s\"}", value);
    assert_made(arguments.base, "the arguments are too long for a path and query");
    arguments = arena_print(arena, "{\"a\":1,\"b\":1,\"X-Trace\":\"%s\"}", value);
    assert_made(arguments.base, "argument \"X-Trace\": it is too long for a header");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(puts_each_argument_where_the_document_says),
        cmocka_unit_test(lets_nothing_out_of_its_part_of_the_path),
        cmocka_unit_test(makes_no_dot_segment_of_arguments),
        cmocka_unit_test(refuses_what_the_tool_does_not_take),
        cmocka_unit_test(headers_carry_text_and_never_the_credential),
        cmocka_unit_test(has_a_bound_for_all_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

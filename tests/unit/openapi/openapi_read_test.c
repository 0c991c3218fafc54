/* OpenAPI documents to tools: names, parameters, scopes, and whatever is wrong with them. */
#include "reading.h"

#include <string.h>

static void makes_a_tool_of_each_operation_by_its_id_or_its_path(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct openapi *openapi = reading_good(
        arena, READING_HEAD
        "\"paths\":{"
        "\"/orders\":{\"get\":{\"operationId\":\"listOrders\"},\"post\":{},\"head\":{},\"options\":{}},"
        "\"/orders/{id}\":{\"parameters\":[" READING_ID "],\"delete\":{\"operationId\":\"remove order/now\"}},"
        "\"/"
        "b\":{\"get\":{\"operationId\":\"unwanted_one\",\"parameters\":[{\"in\":\"cookie\",\"name\":\"a\","
        "\"required\":true}]}},"
        "\"x-more\":{\"get\":{}}}}");
    assert_int_equal(openapi->count, 3);
    assert_true(text_is(openapi->title, "Shop") && text_is(openapi->version, "2"));
    assert_true(text_is(openapi->operations[0].tool, "listOrders"));
    assert_true(text_is(openapi->operations[1].tool, "POST_orders"));
    assert_true(text_is(openapi->operations[2].tool, "remove_order_now"));
    assert_true(text_is(openapi->operations[2].path, "/orders/{id}"));
    assert_ptr_equal(openapi_find(openapi, TEXT("POST_orders")), &openapi->operations[1]);
    assert_null(openapi_find(openapi, TEXT("POST_order")));
}

static void an_operation_says_anew_what_its_path_says(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct openapi *openapi = reading_good(
        arena, READING_HEAD
        "\"components\":{\"parameters\":{\"Page\":{\"name\":\"page\",\"in\":\"query\",\"schema\":{\"type\":"
        "\"integer\"}}}},"
        "\"paths\":{\"/x/{id}\":{\"parameters\":[" READING_ID ",{\"$ref\":\"#/components/parameters/Page\"}],"
        "\"get\":{\"parameters\":[{\"name\":\"page\",\"in\":\"query\",\"required\":true,\"explode\":false,"
        "\"schema\":{\"type\":[\"array\",\"null\"]}},"
        "{\"name\":\"Accept\",\"in\":\"header\",\"required\":true,\"schema\":{}},"
        "{\"name\":\"session\",\"in\":\"cookie\",\"schema\":{}},"
        "{\"name\":\"filter\",\"in\":\"query\",\"style\":\"deepObject\",\"schema\":{\"type\":\"object\"}},"
        "{\"name\":\"X-Forwarded-For\",\"in\":\"header\",\"schema\":{}}]}}}}");
    const struct openapi_operation *operation = &openapi->operations[0];
    assert_int_equal(operation->parameter_count, 2);
    assert_true(text_is(operation->parameters[0].name, "page") && operation->parameters[0].is_required);
    assert_false(operation->parameters[0].is_exploded);
    assert_int_equal(operation->parameters[0].kinds, OPENAPI_ARRAY | OPENAPI_NULL);
    assert_true(text_is(operation->parameters[1].name, "id") && operation->parameters[1].place == OPENAPI_PATH);
}

#define OAUTH                                                                                                  \
    "\"components\":{\"securitySchemes\":{\"o\":{\"type\":\"oauth2\"},\"c\":{\"type\":\"openIdConnect\"},"     \
    "\"k\":{\"type\":\"apiKey\"}}},"

static void assert_scopes(const char *root, const char *own, const char *expected)
{
    SCOPED_ARENA arena = arena_create();
    struct buffer joined = buffer_in(arena, 64);
    struct text document =
        arena_print(arena, READING_HEAD OAUTH "%s\"paths\":{\"/x\":{\"get\":{%s}}}}", root, own);
    const struct openapi_operation *operation = &reading_good(arena, document.base)->operations[0];
    for (size_t i = 0; i < operation->scope_count; i++)
        buffer_print(&joined, "%.*s ", TEXT_ARGUMENTS(operation->scopes[i]));
    buffer_append_byte(&joined, '\0');
    assert_string_equal(joined.base, expected);
}

static void needs_the_scopes_of_the_first_way_in_that_names_some(void **state)
{
    (void)state;
    assert_scopes("", "", "");
    assert_scopes("\"security\":[{\"o\":[\"a\",\"b\",\"a\"],\"c\":[\"c\"]}],", "", "a b c ");
    assert_scopes("\"security\":[{\"o\":[\"a\"]}],", "\"security\":[]", "");
    assert_scopes("\"security\":[{\"o\":[\"a\"]}],", "\"security\":[{\"c\":[\"d\"]}]", "d ");
    assert_scopes("", "\"security\":[{\"k\":[\"role\"]},{},{\"o\":[\"a\"]},{\"c\":[\"d\"]}]", "a ");
    reading_assert_mistake(READING_HEAD "\"paths\":{\"/x\":{\"get\":{\"security\":[{\"none\":[\"a\"]}]}}}}",
                           "/paths/~1x/get/security/0: there is no security scheme \"none\"\n");
    reading_assert_mistake(READING_HEAD OAUTH
                           "\"paths\":{\"/x\":{\"get\":{\"security\":[{\"o\":[\"a b\"]}]}}}}",
                           "/paths/~1x/get/security/0: expected scopes, of printable ASCII without spaces\n");
}

#define PATHS(paths)         READING_HEAD "\"paths\":" paths "}"
#define PARAMETER(parameter) PATHS("{\"/x\":{\"get\":{\"parameters\":[" parameter "]}}}")
#define AT_PARAMETER         "/paths/~1x/get/parameters/0"

static void tells_what_is_wrong_and_where(void **state)
{
    (void)state;
    static const struct {
        const char *document, *mistake;
    } cases[] = {
        {"{}", ": openapi: expected \"3.0.x\" or \"3.1.x\" in quotes, found nothing\n"},
        {"{\"openapi\":\"2.0\",\"swagger\":\"2.0\"}",
         "/openapi: openapi: expected \"3.0.x\" or \"3.1.x\" in quotes, found \"2.0\"\n"},
        {"[]", ": openapi: expected \"3.0.x\" or \"3.1.x\" in quotes, found nothing\n"},
        {"{\"openapi\":\"3.1.0\"}", ": paths is missing: it has the operations\n"},
        {PATHS("{}"), "/paths: there is no operation in it that a rule of spec.mcp.tools fits\n"},
        {PATHS("{\"/x\":{\"get\":7}}"),
         "/paths/~1x/get: expected an operation (operationId, parameters, ...)\n"},
        {PATHS("{\"/x\":{\"get\":{\"operationId\":\"a b\"},\"put\":{\"operationId\":\"a_b\"}}}"),
         "/paths/~1x/put: a tool is called \"a_b\" already, by /paths/~1x/get\n"},
        {PATHS("{\"/x/{id}\":{\"get\":{}}}"),
         "/paths/~1x~1{id}: a part in braces is no parameter of the path\n"},
        {PATHS("{\"/x/{id\":{\"get\":{}}}"), "/paths/~1x~1{id: a brace is not closed\n"},
        {PATHS("{\"/x\":{\"get\":{\"parameters\":[" READING_ID "]}}}"),
         "/paths/~1x/get: each parameter of the path stands in it once, in braces\n"},
        {PATHS("{\"/a/../b\":{\"get\":{}}}"), "/paths/~1a~1..~1b: a path has no dot segments\n"},
        {PATHS("{\"/a?b\":{\"get\":{}}}"),
         "/paths/~1a?b: a path has letters, digits, -._~!$&'()*+,;=:@/ and parameters in braces\n"},
        {PATHS("{\"/a%2fb\":{\"get\":{}}}"),
         "/paths/~1a%2fb: a path has letters, digits, -._~!$&'()*+,;=:@/ and parameters in braces\n"},
        {PARAMETER("{\"name\":\"c\",\"in\":\"cookie\",\"required\":true,\"schema\":{}}"),
         AT_PARAMETER ": parameter \"c\" has to be sent, but cannot be: it is not in path, query or header\n"},
        {PARAMETER("{\"name\":\"Host\",\"in\":\"header\",\"required\":true,\"schema\":{}}"),
         AT_PARAMETER ": parameter \"Host\" has to be sent, but cannot be: a header of this name is not for "
                      "callers to set\n"},
        {PARAMETER("{\"name\":\"o\",\"in\":\"query\",\"required\":true,\"schema\":{\"type\":\"object\"}}"),
         AT_PARAMETER ": parameter \"o\" has to be sent, but cannot be: it is an object\n"},
        {PARAMETER(
             "{\"name\":\"o\",\"in\":\"query\",\"required\":true,\"style\":\"pipeDelimited\",\"schema\":{}}"),
         AT_PARAMETER
         ": parameter \"o\" has to be sent, but cannot be: its style is not the usual one of its place\n"},
        {PARAMETER("{\"name\":\"o\",\"in\":\"query\",\"required\":true,\"content\":{}}"),
         AT_PARAMETER ": parameter \"o\" has to be sent, but cannot be: it has no schema\n"},
        {PARAMETER("{\"name\":\"a b\",\"in\":\"header\",\"schema\":{}}"),
         AT_PARAMETER ": name: expected 1 to 128 printable characters\n"},
        {PARAMETER("{\"name\":\"a\\r\\nb\",\"in\":\"query\",\"schema\":{}}"),
         AT_PARAMETER ": name: expected 1 to 128 printable characters\n"},
        {PARAMETER("{\"name\":\"a\",\"in\":\"query\",\"schema\":{}},{\"name\":\"a\",\"in\":\"header\","
                   "\"schema\":{}}"),
         "/paths/~1x/get/parameters/1: two parameters are called \"a\", in different places\n"},
        {PATHS("{\"/x\":{\"get\":{\"parameters\":{}}}}"),
         "/paths/~1x/get/parameters: expected a list of parameters\n"},
        {PATHS("{\"/x\":{\"post\":{\"requestBody\":{\"required\":true,\"content\":{\"multipart/"
               "form-data\":{}}}}}}"),
         "/paths/~1x/post/requestBody: the body has to be sent, but cannot be: it is no JSON\n"},
        {PATHS("{\"/x\":{\"post\":{\"parameters\":[{\"name\":\"body\",\"in\":\"query\",\"schema\":{}}],"
               "\"requestBody\":{\"content\":{\"application/json\":{}}}}}}"),
         "/paths/~1x/post/requestBody: a parameter is called \"body\" where there is a body\n"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        reading_assert_mistake(cases[i].document, cases[i].mistake);
}

static void refers_to_nothing_outside_and_never_round_in_circles(void **state)
{
    (void)state;
    static const char *const outside[] = {
        "https://evil.example/x.json", "other.yaml#/a", "#a", "#", "", "#/a~"};
    for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
        SCOPED_ARENA arena = arena_create();
        struct text document = arena_print(arena, PARAMETER("{\"$ref\":\"%s\"}"), outside[i]);
        struct text mistake =
            arena_print(arena,
                        AT_PARAMETER ": $ref: expected a place in this document (#/components/...), found "
                                     "\"%s\": nothing is fetched from elsewhere\n",
                        outside[i]);
        reading_assert_mistake(document.base, mistake.base);
    }
    reading_assert_mistake(PARAMETER("{\"$ref\":\"#/components/parameters/None\"}"),
                           AT_PARAMETER ": $ref: there is nothing at \"#/components/parameters/None\"\n");
    reading_assert_mistake(
        READING_HEAD
        "\"components\":{\"parameters\":{\"A\":{\"$ref\":\"#/components/parameters/B\"},"
        "\"B\":{\"$ref\":\"#/components/parameters/A\"}}},"
        "\"paths\":{\"/x\":{\"get\":{\"parameters\":[{\"$ref\":\"#/components/parameters/A\"}]}}}}",
        AT_PARAMETER ": $ref: it refers to another reference, and so on without an end\n");
    reading_assert_mistake(PATHS("{\"/x\":{\"$ref\":\"#/paths/~1x\"}}"),
                           "/paths/~1x: $ref: it refers to another reference, and so on without an end\n");
}

static struct text many_operations(struct arena *arena, size_t count)
{
    struct buffer out = buffer_in(arena, 64 * count);
    buffer_append(&out, TEXT(READING_HEAD "\"paths\":{"));
    for (size_t i = 0; i < count; i++)
        buffer_print(&out, "%s\"/p%zu\":{\"get\":{}}", i == 0 ? "" : ",", i);
    buffer_append(&out, TEXT("}}"));
    buffer_append_byte(&out, '\0');
    return buffer_text(&out);
}

static void has_a_bound_for_operations_names_and_mistakes(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    assert_int_equal(reading_good(arena, many_operations(arena, OPENAPI_OPERATIONS_MAX).base)->count,
                     OPENAPI_OPERATIONS_MAX);
    SCOPED_BUFFER mistakes = {0};
    assert_null(reading_of(arena, many_operations(arena, OPENAPI_OPERATIONS_MAX + 100).base, &mistakes));
    size_t lines = 0;
    for (size_t i = 0; i < mistakes.length; i++)
        lines += mistakes.base[i] == '\n';
    assert_int_equal(lines, 50);
    char *long_name = arena_allocate(arena, OPENAPI_NAME_BYTES_MAX + 2);
    memset(long_name, 'n', OPENAPI_NAME_BYTES_MAX + 1);
    struct text document = arena_print(arena, PATHS("{\"/x\":{\"get\":{\"operationId\":\"%s\"}}}"), long_name);
    reading_assert_mistake(document.base, "/paths/~1x/get: the name of a tool has at most 128 bytes\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_a_tool_of_each_operation_by_its_id_or_its_path),
        cmocka_unit_test(an_operation_says_anew_what_its_path_says),
        cmocka_unit_test(needs_the_scopes_of_the_first_way_in_that_names_some),
        cmocka_unit_test(tells_what_is_wrong_and_where),
        cmocka_unit_test(refers_to_nothing_outside_and_never_round_in_circles),
        cmocka_unit_test(has_a_bound_for_operations_names_and_mistakes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

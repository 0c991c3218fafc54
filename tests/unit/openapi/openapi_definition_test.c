/* What a tool says of itself: words, arguments, answers, hints. */
#include "reading.h"

#include <string.h>

#define PATH_X(method, operation) "\"paths\":{\"/x\":{\"" method "\":" operation "}}}"

static void assert_definition(const char *document, const char *expected)
{
    SCOPED_ARENA arena = arena_create();
    assert_string_equal(reading_definition(arena, document).base, expected);
}

static void says_what_it_is_and_which_arguments_it_takes(void **state)
{
    (void)state;
    assert_definition(
        READING_HEAD "\"paths\":{\"/x/{id}\":{\"parameters\":[" READING_ID
                     "],\"get\":{\"operationId\":\"one\",\"summary\":\"One thing\","
                     "\"description\":\"By "
                     "id.\",\"parameters\":[{\"name\":\"n\",\"in\":\"query\",\"description\":\"How many\","
                     "\"schema\":{\"type\":\"integer\",\"maximum\":9}}]}}}}",
        "{\"name\":\"one\",\"title\":\"One thing\",\"description\":\"One thing\\n\\nBy "
        "id.\",\"inputSchema\":{\"type\":\"object\",\"properties\":{"
        "\"n\":{\"description\":\"How "
        "many\",\"type\":\"integer\",\"maximum\":9},\"id\":{\"type\":\"string\"}},\"required\":[\"id\"],"
        "\"additionalProperties\":false},\"annotations\":{\"readOnlyHint\":true}}");
    assert_definition(READING_HEAD PATH_X("delete", "{}"),
                      "{\"name\":\"DELETE_x\",\"description\":\"DELETE "
                      "/x\",\"inputSchema\":{\"type\":\"object\",\"properties\":{},"
                      "\"required\":[],\"additionalProperties\":false},\"annotations\":{\"readOnlyHint\":false,"
                      "\"destructiveHint\":true,"
                      "\"idempotentHint\":true}}");
    assert_definition(
        READING_HEAD PATH_X("put", "{}"),
        "{\"name\":\"PUT_x\",\"description\":\"PUT /x\",\"inputSchema\":{\"type\":\"object\",\"properties\":{},"
        "\"required\":[],\"additionalProperties\":false},\"annotations\":{\"readOnlyHint\":false,"
        "\"idempotentHint\":true}}");
}

static void takes_the_body_as_one_argument_with_all_that_it_refers_to(void **state)
{
    (void)state;
    assert_definition(
        READING_HEAD
        "\"components\":{\"schemas\":{\"Node\":{\"type\":\"object\",\"required\":[\"id\",\"name\"],"
        "\"properties\":{"
        "\"id\":{\"type\":\"integer\",\"readOnly\":true},\"name\":{\"type\":\"string\",\"pattern\":\"^a\","
        "\"xml\":{},\"x-mcp-header\":\"H\"},"
        "\"children\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/Node\"}}}}}}," PATH_X(
            "post", "{\"requestBody\":{\"required\":true,\"content\":{\"application/"
                    "vnd.x+json\":{\"schema\":{\"$ref\":\"#/components/schemas/Node\"}}}}}"),
        "{\"name\":\"POST_x\",\"description\":\"POST "
        "/x\",\"inputSchema\":{\"type\":\"object\",\"properties\":{\"body\":{\"$ref\":\"#/$defs/Node\"}},"
        "\"required\":[\"body\"],\"additionalProperties\":false,\"$defs\":{\"Node\":{\"type\":\"object\","
        "\"properties\":{\"name\":{\"type\":\"string\","
        "\"pattern\":\"^a\"},\"children\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/"
        "Node\"}}},\"required\":[\"name\"]}}},"
        "\"annotations\":{\"readOnlyHint\":false}}");
}

#define ANSWER(schema) "{\"responses\":{\"200\":{\"content\":{\"application/json\":{\"schema\":" schema "}}}}}"
#define START                                                                                                  \
    "{\"name\":\"GET_x\",\"description\":\"GET /x\",\"inputSchema\":{\"type\":\"object\",\"properties\":{},"   \
    "\"required\":[],\"additionalProperties\":false}"
#define END ",\"annotations\":{\"readOnlyHint\":true}}"

static void promises_an_answer_only_where_each_success_is_an_object(void **state)
{
    (void)state;
    assert_definition(READING_HEAD
                      "\"components\":{\"schemas\":{\"A\":{\"type\":\"object\",\"required\":[\"s\",\"t\"],"
                      "\"properties\":{\"s\":{\"type\":\"string\",\"writeOnly\":true},"
                      "\"t\":{\"type\":\"string\",\"pattern\":\"(?<!x)\",\"format\":\"x\"}}}}}," PATH_X(
                          "get", ANSWER("{\"$ref\":\"#/components/schemas/A\"}")),
                      START ",\"outputSchema\":{\"type\":\"object\",\"properties\":{\"t\":{\"type\":\"string\"}"
                            "},\"required\":[\"t\"]}" END);
    static const char *const unsaid[] = {
        ANSWER("{\"type\":\"array\"}"), ANSWER("{}"), ANSWER("{\"type\":[\"object\",\"null\"]}"),
        ("{\"responses\":{\"200\":{\"content\":{\"application/json\":"
         "{\"schema\":{\"type\":\"object\"}}}},\"204\":{}}}"),
        "{\"responses\":{\"404\":{\"content\":{\"application/json\":{\"schema\":{\"type\":\"object\"}}}}}}"};
    for (size_t i = 0; i < sizeof(unsaid) / sizeof(unsaid[0]); i++) {
        SCOPED_ARENA arena = arena_create();
        assert_definition(arena_print(arena, READING_HEAD PATH_X("get", "%s"), unsaid[i]).base, START END);
    }
}

static void writes_the_dialect_of_3_0_as_json_schema(void **state)
{
    (void)state;
    assert_definition(
        "{\"openapi\":\"3.0.3\"," PATH_X(
            "get", "{\"parameters\":[{\"name\":\"a\",\"in\":\"query\",\"schema\":{\"type\":\"string\","
                   "\"nullable\":true,"
                   "\"enum\":[\"x\"],\"example\":\"x\"}},{\"name\":\"b\",\"in\":\"query\",\"schema\":{\"type\":"
                   "\"number\",\"minimum\":1,\"exclusiveMinimum\":true,"
                   "\"maximum\":2,\"exclusiveMaximum\":false}}]}"),
        "{\"name\":\"GET_x\",\"description\":\"GET "
        "/x\",\"inputSchema\":{\"type\":\"object\",\"properties\":{\"a\":{\"type\":[\"string\",\"null\"],"
        "\"enum\":[\"x\",null]},\"b\":{\"type\":\"number\",\"exclusiveMinimum\":1,\"maximum\":2}},\"required\":"
        "[],\"additionalProperties\":false}" END);
}

/* A schema of so many properties, each as long as it takes. */
static struct text large(struct arena *arena, size_t properties)
{
    struct buffer out = buffer_in(arena, 32 * properties);
    buffer_append(&out, TEXT("{\"type\":\"object\",\"properties\":{"));
    for (size_t i = 0; i < properties; i++)
        buffer_print(&out, "%s\"p%zu\":{\"type\":\"string\"}", i == 0 ? "" : ",", i);
    buffer_append(&out, TEXT("}}"));
    return buffer_text(&out);
}

static void leaves_out_the_answer_before_it_gives_up_for_size(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct text schema = large(arena, 4000);
    struct text answer = arena_print(arena, READING_HEAD PATH_X("get", ANSWER("%.*s")), TEXT_ARGUMENTS(schema));
    assert_definition(answer.base, START END);
    struct text body = arena_print(
        arena,
        READING_HEAD PATH_X("post", "{\"requestBody\":{\"content\":{\"application/json\":{\"schema\":%.*s}}}}"),
        TEXT_ARGUMENTS(schema));
    reading_assert_mistake(
        body.base,
        "/paths/~1x/post: what it takes needs more than 64 KiB to describe, or is nested too deeply\n");
}

/* Each of them refers to the next twice: written out, there would be 2^60. */
static void does_not_write_out_what_is_referred_to(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct buffer out = buffer_in(arena, 16384);
    buffer_append(&out, TEXT(READING_HEAD "\"components\":{\"schemas\":{"));
    for (int i = 0; i < 60; i++)
        buffer_print(&out,
                     "\"S%d\":{\"type\":\"array\",\"prefixItems\":[{\"$ref\":\"#/components/schemas/"
                     "S%d\"},{\"$ref\":\"#/components/schemas/S%d\"}]},",
                     i, i + 1, i + 1);
    buffer_append(&out, TEXT("\"S60\":{}}}," PATH_X(
                            "post", "{\"requestBody\":{\"content\":{\"application/"
                                    "json\":{\"schema\":{\"$ref\":\"#/components/schemas/S0\"}}}}}")));
    buffer_append_byte(&out, '\0');
    assert_true(reading_definition(arena, out.base).length < 8192);
}

static void names_what_is_referred_to_once_each(void **state)
{
    (void)state;
    assert_definition(
        READING_HEAD "\"a\":{\"S\":{\"title\":\"1\"}},\"b\":{\"S\":{\"title\":\"2\"},\"t u\":true}," PATH_X(
            "post", "{\"requestBody\":{\"content\":{\"application/json\":{\"schema\":{\"anyOf\":[{\"$ref\":\"#/"
                    "a/S\"},{\"$ref\":\"#/b/S\"},{\"$ref\":\"#/a/S\"}]}}}}}"),
        "{\"name\":\"POST_x\",\"description\":\"POST "
        "/x\",\"inputSchema\":{\"type\":\"object\",\"properties\":{\"body\":{\"anyOf\":[{\"$ref\":\"#/$defs/"
        "S\"},"
        "{\"$ref\":\"#/$defs/schema_2\"},{\"$ref\":\"#/$defs/"
        "S\"}]}},\"required\":[],\"additionalProperties\":false,\"$defs\":{\"S\":{\"title\":\"1\"},"
        "\"schema_2\":{\"title\":\"2\"}}},\"annotations\":{\"readOnlyHint\":false}}");
    reading_assert_mistake(
        READING_HEAD PATH_X("post", "{\"requestBody\":{\"content\":{\"application/"
                                    "json\":{\"schema\":{\"not\":{\"$ref\":\"file:///etc/passwd\"}}}}}}"),
        "/paths/~1x/post/requestBody/content/application~1json/schema/not: $ref: expected a place in this "
        "document "
        "(#/components/...), found \"file:///etc/passwd\": nothing is fetched from elsewhere\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_it_is_and_which_arguments_it_takes),
        cmocka_unit_test(takes_the_body_as_one_argument_with_all_that_it_refers_to),
        cmocka_unit_test(promises_an_answer_only_where_each_success_is_an_object),
        cmocka_unit_test(writes_the_dialect_of_3_0_as_json_schema),
        cmocka_unit_test(leaves_out_the_answer_before_it_gives_up_for_size),
        cmocka_unit_test(does_not_write_out_what_is_referred_to),
        cmocka_unit_test(names_what_is_referred_to_once_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

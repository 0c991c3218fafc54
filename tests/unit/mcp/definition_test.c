/* A tool's definition has another digest when a model would read something else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "message/definition.h"
#include "message_fixture.h"

static struct definition read(struct arena *arena, const char *entry)
{
    struct definition definition;
    assert_true(definition_read(arena, fixture_json(arena, entry), &definition));
    return definition;
}

static bool is_same(const char *a, const char *b)
{
    SCOPED_ARENA arena = arena_create();
    return strcmp(read(arena, a).digest, read(arena, b).digest) == 0;
}
#define TOOL                                                                                                   \
    "\"name\":\"add\",\"description\":\"Adds.\",\"inputSchema\":{\"type\":\"object\",\"properties\":{\"a\":{}" \
    ",\"b\":{}}}"

static void has_a_name_and_a_schema(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct definition definition = read(arena, "{" TOOL "}");
    assert_true(text_is(definition.name, "add"));
    assert_int_equal(definition.input_schema->count, 2);
    assert_int_equal(strlen(definition.digest), 64);
    assert_null(read(arena, "{\"name\":\"add\"}").input_schema);
    assert_false(definition_read(arena, fixture_json(arena, "{\"name\":7}"), &definition));
    assert_false(definition_read(arena, fixture_json(arena, "{\"name\":\"\"}"), &definition));
    assert_false(definition_read(arena, fixture_json(arena, "[]"), &definition));
}

static void is_the_same_in_another_order(void **state)
{
    (void)state;
    assert_true(is_same("{" TOOL "}",
                        "{\"inputSchema\":{\"properties\":{\"b\":{},\"a\":{}},\"type\":\"object\"},"
                        "\"description\":\"Adds.\",\"name\":\"add\"}"));
    assert_true(is_same("{" TOOL "}", "{" TOOL ",\"_meta\":{\"x\":1},\"icons\":[]}"));
}

static void is_another_with_other_words_schemas_or_hints(void **state)
{
    (void)state;
    static const char *const others[] = {
        "{\"name\":\"add\",\"inputSchema\":{\"type\":\"object\",\"properties\":{\"a\":{},\"b\":{}}}}",
        "{\"name\":\"add\",\"description\":\"Adds!\",\"inputSchema\":{\"type\":\"object\",\"properties\":{"
        "\"a\":{},\"b\":{}}}}",
        "{\"name\":\"add\",\"description\":\"Adds.\",\"inputSchema\":{\"type\":\"object\",\"properties\":{"
        "\"a\":{}}}}",
        "{\"name\":\"sub\",\"description\":\"Adds.\",\"inputSchema\":{\"type\":\"object\",\"properties\":{"
        "\"a\":{},\"b\":{}}}}",
        "{" TOOL ",\"title\":\"Add\"}",
        "{" TOOL ",\"outputSchema\":{}}",
        "{" TOOL ",\"annotations\":{\"readOnlyHint\":true}}",
    };
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_false(is_same("{" TOOL "}", others[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_a_name_and_a_schema),
        cmocka_unit_test(is_the_same_in_another_order),
        cmocka_unit_test(is_another_with_other_words_schemas_or_hints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Which arguments a tool wants in headers too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "message/marked_parameter.h"
#include "message_fixture.h"

enum { MOST = 4 };

static size_t find(struct arena *arena, const char *schema, const char *arguments,
                   struct marked_parameter *found)
{
    return marked_parameters_find(arena, fixture_json(arena, schema), fixture_json(arena, arguments), found,
                                  MOST);
}
#define MARK(type, mark) "{\"type\":\"" type "\",\"x-mcp-header\":\"" mark "\"}"

static void are_found_at_any_depth_of_properties(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct marked_parameter found[MOST];
    assert_int_equal(find(arena,
                          "{\"properties\":{\"a\":" MARK(
                              "string", "My-Name") ",\"b\":{\"properties\":{\"c\":" MARK("number", "n") "}}}}",
                          "{\"b\":{\"c\":1.5},\"a\":\"x\"}", found),
                     2);
    assert_string_equal(found[0].header.base, "mcp-param-my-name");
    assert_true(text_is(found[0].value->text, "x"));
    assert_string_equal(found[1].header.base, "mcp-param-n");
    assert_true(text_is(found[1].value->text, "1.5"));
}

static void are_none_where_a_mark_does_not_count(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct marked_parameter found[MOST];
    static const char *const schemas[] = {
        "{\"properties\":{\"a\":" MARK("string", "a:b") "}}",
        "{\"properties\":{\"a\":" MARK("string", "") "}}",
        "{\"properties\":{\"a\":" MARK("object", "x") "}}",
        "{\"properties\":{\"a\":{\"x-mcp-header\":\"x\"}}}",
        "{\"properties\":{\"a\":{\"type\":\"string\",\"x-mcp-header\":7}}}",
        "{\"allOf\":[{\"properties\":{\"a\":" MARK("string", "x") "}}]}",
        "{\"properties\":[" MARK("string", "x") "]}",
        "{\"properties\":{\"z\":" MARK("string", "x") "}}",
        "7",
    };
    for (size_t i = 0; i < sizeof(schemas) / sizeof(schemas[0]); i++)
        assert_int_equal(find(arena, schemas[i], "{\"a\":\"v\",\"b\":1}", found), 0);
    const char *good = "{\"properties\":{\"a\":" MARK("string", "x") "}}";
    assert_int_equal(find(arena, good, "{\"a\":null}", found), 0);
    assert_int_equal(find(arena, good, "{\"a\":{}}", found), 0);
    assert_int_equal(find(arena, good, "[]", found), 0);
    assert_int_equal(marked_parameters_find(arena, NULL, NULL, found, MOST), 0);
    assert_int_equal(find(arena, good, "{\"a\":\"\"}", found), 1);
}

static void are_not_more_than_there_is_room_for(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct marked_parameter found[MOST];
    assert_int_equal(
        find(arena,
             "{\"properties\":{\"a\":" MARK("string", "a") ",\"b\":" MARK("string", "b") ",\"c\":" MARK(
                 "string", "c") ",\"d\":" MARK("string", "d") ",\"e\":" MARK("string", "e") "}}",
             "{\"a\":\"\",\"b\":\"\",\"c\":\"\",\"d\":\"\",\"e\":\"\"}", found),
        MOST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(are_found_at_any_depth_of_properties),
        cmocka_unit_test(are_none_where_a_mark_does_not_count),
        cmocka_unit_test(are_not_more_than_there_is_room_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

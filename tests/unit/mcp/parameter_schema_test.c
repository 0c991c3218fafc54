/* What a schema says of arguments that stand in headers, made again of what is remembered of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "message/marked_parameter.h"
#include "message_fixture.h"
#include "parameter_schema.h"

static size_t found_in(struct arena *arena, const struct mcp_header_parameter *parameters, size_t count,
                       const char *arguments, struct marked_parameter found[8])
{
    const struct mcp_definition definition = {.parameters = parameters, .parameter_count = count};
    const struct json_value *schema = parameter_schema_make(arena, &definition);
    return marked_parameters_find(arena, schema, fixture_json(arena, arguments), found, 8);
}

static void test_is_none_where_nothing_is_marked(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct mcp_definition definition = {0};
    assert_null(parameter_schema_make(arena, &definition));
}

static void test_marks_the_arguments_that_pointers_lead_to(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct marked_parameter found[8];
    const struct mcp_header_parameter parameters[] = {{TEXT("Region"), TEXT("/where/region")},
                                                      {TEXT("Odd"), TEXT("/a~1b~0c")},
                                                      {TEXT("Zone"), TEXT("/where/zone/name")}};
    assert_int_equal(
        found_in(arena, parameters, 3,
                 "{\"a/b~c\":7,\"where\":{\"region\":\"eu\",\"zone\":{\"name\":\"z1\"}},\"region\":\"no\"}",
                 found),
        3);
    assert_true(text_is(found[0].header, "mcp-param-region") && text_is(found[0].value->text, "eu"));
    assert_true(text_is(found[1].header, "mcp-param-zone") && text_is(found[1].value->text, "z1"));
    assert_true(text_is(found[2].header, "mcp-param-odd") && text_is(found[2].value->text, "7"));
}

static void test_leaves_alone_what_the_call_does_not_have(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct marked_parameter found[8];
    const struct mcp_header_parameter parameters[] = {{TEXT("Region"), TEXT("/where/region")}};
    assert_int_equal(found_in(arena, parameters, 1, "{\"where\":\"everywhere\",\"region\":\"eu\"}", found), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_is_none_where_nothing_is_marked),
        cmocka_unit_test(test_marks_the_arguments_that_pointers_lead_to),
        cmocka_unit_test(test_leaves_alone_what_the_call_does_not_have),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* JSON pointers by the examples of RFC 6901 section 5, and those that are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "json/json_pointer.h"

static const char document[] = "{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,\"c%d\":2,\"e^f\":3,\"g|h\":4,"
                               "\"i\\\\j\":5,\"k\\\"l\":6,\" \":7,\"m~n\":8}";

static void finds_what_the_standard_says(void **state)
{
    (void)state;
    static const struct {
        const char *pointer, *text;
    } cases[] = {{"/foo/0", "bar"}, {"/foo/1", "baz"}, {"/", "0"},    {"/a~1b", "1"},
                 {"/c%d", "2"},     {"/e^f", "3"},     {"/g|h", "4"}, {"/i\\j", "5"},
                 {"/k\"l", "6"},    {"/ ", "7"},       {"/m~0n", "8"}};
    SCOPED_ARENA arena = arena_create();
    const struct json_value *value;
    assert_int_equal(json_parse(arena, text_of(document), &json_limits_document, &value), FAULT_NONE);
    assert_ptr_equal(json_pointer_find(value, TEXT("")), value);
    assert_int_equal(json_pointer_find(value, TEXT("/foo"))->kind, JSON_ARRAY);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        assert_true(text_is(json_pointer_find(value, text_of(cases[i].pointer))->text, cases[i].text));
}

static void finds_nothing_where_there_is_nothing(void **state)
{
    (void)state;
    static const char *const pointers[] = {"/fo",     "/fooo",   "/foo/2",  "/foo/-", "/foo/00", "/foo/01",
                                           "/foo/-1", "/foo/+0", "/foo/0/", "/a/b",   "/m~0",    "/foo/1x"};
    SCOPED_ARENA arena = arena_create();
    const struct json_value *value;
    assert_int_equal(json_parse(arena, text_of(document), &json_limits_document, &value), FAULT_NONE);
    for (size_t i = 0; i < sizeof(pointers) / sizeof(*pointers); i++)
        assert_null(json_pointer_find(value, text_of(pointers[i])));
}

static void knows_which_are_well_formed(void **state)
{
    (void)state;
    assert_true(json_pointer_is_well_formed(TEXT("")));
    assert_true(json_pointer_is_well_formed(TEXT("/a~0~1//b")));
    assert_false(json_pointer_is_well_formed(TEXT("a")));
    assert_false(json_pointer_is_well_formed(TEXT("/a~")));
    assert_false(json_pointer_is_well_formed(TEXT("/a~2")));
}

static void leads_to_a_member_whatever_its_name_is(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct json_value *value;
    assert_int_equal(json_parse(arena, TEXT("{\"~1/~\":{\"\":7}}"), &json_limits_document, &value), FAULT_NONE);
    struct buffer pointer = buffer_in(arena, 16);
    json_pointer_append(&pointer, TEXT("~1/~"));
    json_pointer_append(&pointer, TEXT(""));
    assert_true(text_is(buffer_text(&pointer), "/~01~1~0/"));
    assert_true(text_is(json_pointer_find(value, buffer_text(&pointer))->text, "7"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leads_to_a_member_whatever_its_name_is),
        cmocka_unit_test(finds_what_the_standard_says),
        cmocka_unit_test(finds_nothing_where_there_is_nothing),
        cmocka_unit_test(knows_which_are_well_formed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

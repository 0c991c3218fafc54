/* Values as Cedar source. The texts expected here were each read by the reference implementation as what they
 * stand for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cedar/extension.h"

static void assert_printed(struct cedar_value value, const char *expected)
{
    SCOPED_BUFFER out = {0};
    cedar_value_print(&value, &out);
    buffer_append_byte(&out, '\0');
    assert_string_equal(out.base, expected);
}

static void prints_booleans_and_longs(void **state)
{
    (void)state;
    assert_printed(cedar_boolean(true), "true");
    assert_printed(cedar_boolean(false), "false");
    assert_printed(cedar_long(0), "0");
    assert_printed(cedar_long(INT64_MIN), "-9223372036854775808");
    assert_printed(cedar_long(INT64_MAX), "9223372036854775807");
}

static void escapes_what_ends_a_string_or_hides_in_it(void **state)
{
    (void)state;
    assert_printed(cedar_string(TEXT_NONE), "\"\"");
    assert_printed(cedar_string(TEXT("it's \"a\\b\"")), "\"it\\'s \\\"a\\\\b\\\"\"");
    assert_printed(cedar_string(TEXT("\n\r\t\0"
                                     "1")),
                   "\"\\n\\r\\t\\01\"");
    assert_printed(cedar_string(TEXT("\x01\x1b[0m\x7f")), "\"\\u{1}\\u{1b}[0m\\u{7f}\"");
    assert_printed(cedar_string(TEXT("\xc2\x85\xe2\x80\xae")), "\"\\u{85}\\u{202e}\"");
    assert_printed(cedar_string(TEXT("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80")),
                   "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"");
}

static void passes_broken_text_on_as_it_is(void **state)
{
    (void)state;
    assert_printed(cedar_string(TEXT("\xe2\x80")), "\"\xe2\x80\"");
    assert_printed(cedar_string(TEXT("\x80\xff")), "\"\x80\xff\"");
}

static void prints_entities_with_their_path(void **state)
{
    (void)state;
    static const struct cedar_uid uid = {{"Corp::User", 10}, {"a\"b", 3}};
    assert_printed(cedar_entity_value(&uid), "Corp::User::\"a\\\"b\"");
}

static void prints_sets_and_records_sorted(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct cedar_value items[] = {cedar_long(2), cedar_long(-1), cedar_boolean(true), cedar_long(2)};
    struct cedar_value set = cedar_set_value(arena, items, 4), record;
    assert_printed(set, "[true, -1, 2]");
    assert_printed(cedar_set_value(arena, NULL, 0), "[]");
    struct cedar_attribute attributes[] = {
        {TEXT("b_1"), set},         {TEXT("if"), cedar_long(1)},      {TEXT(""), cedar_long(2)},
        {TEXT("1a"), set},          {TEXT("__cedar"), cedar_long(4)}, {TEXT("a b"), cedar_long(5)},
        {TEXT("Z"), cedar_long(6)},
    };
    assert_true(cedar_record_value(arena, attributes, 7, &record));
    assert_printed(record, "{\"\": 2, \"1a\": [true, -1, 2], Z: 6, \"__cedar\": 4, \"a b\": 5, "
                           "b_1: [true, -1, 2], \"if\": 1}");
    assert_printed((struct cedar_value){.kind = CEDAR_RECORD, .record = &cedar_record_empty}, "{}");
}

static void prints_extension_values_as_calls(void **state)
{
    (void)state;
    static const struct cedar_ipaddr ipaddr = {.address = {10}, .prefix = 8};
    assert_printed((struct cedar_value){.kind = CEDAR_IPADDR, .ipaddr = &ipaddr}, "ip(\"10.0.0.0/8\")");
    assert_printed((struct cedar_value){.kind = CEDAR_DECIMAL, .integer = 15000}, "decimal(\"1.5\")");
    assert_printed((struct cedar_value){.kind = CEDAR_DURATION, .integer = -5}, "duration(\"-5ms\")");
    assert_printed((struct cedar_value){.kind = CEDAR_DATETIME, .integer = 0}, "datetime(\"1970-01-01\")");
    assert_printed((struct cedar_value){.kind = CEDAR_DATETIME, .integer = INT64_MIN},
                   "datetime(\"1970-01-01\").offset(duration(\"-9223372036854775808ms\"))");
}

static void names_stand_without_quotes_where_they_are_no_others(void **state)
{
    (void)state;
    static const struct {
        const char *name, *printed;
    } cases[] = {{"a_1", "a_1"}, {"1a", "\"1a\""}, {"if", "\"if\""}, {"", "\"\""}, {"a b", "\"a b\""}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        SCOPED_BUFFER out = {0};
        cedar_attribute_name_print(text_of(cases[i].name), &out);
        assert_true(text_is(buffer_text(&out), cases[i].printed));
    }
    assert_true(cedar_is_name(TEXT("if")));
    assert_true(cedar_is_reserved(TEXT("__cedar")));
    assert_false(cedar_is_reserved(TEXT("principal")));
    SCOPED_BUFFER out = {0};
    cedar_characters_print(TEXT("a\"b"), &out);
    assert_true(text_is(buffer_text(&out), "a\\\"b"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_booleans_and_longs),
        cmocka_unit_test(escapes_what_ends_a_string_or_hides_in_it),
        cmocka_unit_test(passes_broken_text_on_as_it_is),
        cmocka_unit_test(prints_entities_with_their_path),
        cmocka_unit_test(prints_sets_and_records_sorted),
        cmocka_unit_test(prints_extension_values_as_calls),
        cmocka_unit_test(names_stand_without_quotes_where_they_are_no_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Each kind by its constructor. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cedar/extension.h"

static void each_kind_has_its_constructor(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    static const struct {
        enum cedar_kind kind;
        const char *good, *bad;
    } cases[] = {
        {CEDAR_DECIMAL, "1.5", "1"},
        {CEDAR_IPADDR, "::1", "1.5"},
        {CEDAR_DATETIME, "2024-01-01", "5ms"},
        {CEDAR_DURATION, "5ms", "2024-01-01"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct cedar_value value;
        assert_true(cedar_extension_parse(arena, cases[i].kind, text_of(cases[i].good), &value));
        assert_int_equal(value.kind, cases[i].kind);
        assert_false(cedar_extension_parse(arena, cases[i].kind, text_of(cases[i].bad), &value));
    }
}

static void an_address_outlives_its_text(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    char text[] = "10.1.2.3/8";
    struct cedar_value value;
    assert_true(cedar_extension_parse(arena, CEDAR_IPADDR, text_of(text), &value));
    memset(text, 'x', sizeof(text) - 1);
    assert_int_equal(value.ipaddr->address[0], 10);
    assert_int_equal(value.ipaddr->prefix, 8);
}

static void what_is_printed_of_each_kind_makes_it_again(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    static const struct {
        enum cedar_kind kind;
        const char *text;
    } cases[] = {{CEDAR_DECIMAL, "1.5"},
                 {CEDAR_IPADDR, "10.0.0.0/8"},
                 {CEDAR_DATETIME, "2024-01-01"},
                 {CEDAR_DURATION, "5ms"}};
    struct cedar_value value;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buffer out = buffer_in(arena, 32);
        assert_true(cedar_extension_parse(arena, cases[i].kind, text_of(cases[i].text), &value));
        assert_true(cedar_extension_print(&value, &out));
        assert_true(text_is(buffer_text(&out), cases[i].text));
    }
    struct buffer none = buffer_in(arena, 32);
    value = (struct cedar_value){.kind = CEDAR_DATETIME, .integer = INT64_MAX};
    assert_false(cedar_extension_print(&value, &none));
    assert_int_equal(none.length, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_has_its_constructor),
        cmocka_unit_test(what_is_printed_of_each_kind_makes_it_again),
        cmocka_unit_test(an_address_outlives_its_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

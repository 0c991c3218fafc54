/* duration: parts in their order, each once, within 64 bits of milliseconds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cedar/extension.h"

static void adds_its_parts_up(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t milliseconds;
    } cases[] = {
        {"1d2h3m4s5ms", 93784005},
        {"-1d2h3m4s5ms", -93784005},
        {"1d5ms", 86400005},
        {"1m5ms", 60005},
        {"5m", 300000},
        {"5ms", 5},
        {"90m", 5400000},
        {"1s1000ms", 2000},
        {"100h", 360000000},
        {"0d", 0},
        {"-0ms", 0},
        {"000000000000000000000000000001ms", 1},
        {"9223372036854775807ms", INT64_MAX},
        {"-9223372036854775808ms", INT64_MIN},
        {"106751991167d", 9223372036828800000},
        {"106751991167d7h12m55s807ms", INT64_MAX},
        {"-106751991167d7h12m55s808ms", INT64_MIN},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        SCOPED_BUFFER out = {0};
        int64_t value, again;
        assert_true(cedar_duration_parse(text_of(cases[i].text), &value));
        assert_true(value == cases[i].milliseconds);
        cedar_duration_print(value, &out);
        assert_true(cedar_duration_parse(buffer_text(&out), &again));
        assert_true(again == value);
    }
}

static void refuses_other_orders_and_forms(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",    "-",  "+1d",  "1d2d",  "2h1d", "5ms4s", "5ms5m", "1s2s", "1",  "d",      "ms",
        "1 d", "1D", "1.5h", "1d-2h", "--1d", "1d ",   "1d\n",  "1d1",  "1w", "1ms1ms",
    };
    int64_t value;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_false(cedar_duration_parse(text_of(texts[i]), &value));
}

static void refuses_what_does_not_fit(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "9223372036854775808ms", "-9223372036854775809ms",     "18446744073709551616ms",      "106751991168d",
        "-106751991168d",        "106751991167d7h12m55s808ms", "-106751991167d7h12m55s809ms",
    };
    int64_t value;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_false(cedar_duration_parse(text_of(texts[i]), &value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adds_its_parts_up),
        cmocka_unit_test(refuses_other_orders_and_forms),
        cmocka_unit_test(refuses_what_does_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

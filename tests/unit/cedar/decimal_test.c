/* decimal: what its constructor takes, and that what is printed is read back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cedar/extension.h"

static void takes_up_to_four_places_within_64_bits(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ten_thousandths;
        const char *printed;
    } cases[] = {
        {"1.0", 10000, "1.0"},
        {"1.5000", 15000, "1.5"},
        {"0.0001", 1, "0.0001"},
        {"-0.5", -5000, "-0.5"},
        {"-0.0", 0, "0.0"},
        {"12.34", 123400, "12.34"},
        {"-12.0340", -120340, "-12.034"},
        {"00000000000000000000000001.5", 15000, "1.5"},
        {"922337203685477.5807", INT64_MAX, "922337203685477.5807"},
        {"-922337203685477.5808", INT64_MIN, "-922337203685477.5808"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        SCOPED_BUFFER out = {0};
        int64_t value;
        assert_true(cedar_decimal_parse(text_of(cases[i].text), &value));
        assert_true(value == cases[i].ten_thousandths);
        cedar_decimal_print(value, &out);
        buffer_append_byte(&out, '\0');
        assert_string_equal(out.base, cases[i].printed);
        assert_true(cedar_decimal_parse(text_of(cases[i].printed), &value));
        assert_true(value == cases[i].ten_thousandths);
    }
}

static void refuses_every_other_form(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "1",
        "1.",
        ".5",
        "-.5",
        "+1.5",
        "--1.5",
        "1.00000",
        "1.5 ",
        " 1.5",
        "1,5",
        "1.-5",
        "1.5\n",
        "1e5",
        "1.5.5",
        "922337203685477.5808",
        "-922337203685477.5809",
        "9223372036854775807.0",
        "99999999999999999999.0",
        "\xd9\xa3.5",
        "-",
    };
    int64_t value;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_false(cedar_decimal_parse(text_of(texts[i]), &value));
    assert_false(cedar_decimal_parse(TEXT("1.5\0"), &value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_up_to_four_places_within_64_bits),
        cmocka_unit_test(refuses_every_other_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

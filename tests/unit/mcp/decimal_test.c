/* Numbers are equal by what they are worth, exactly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "message/decimal.h"

static void are_equal_in_whatever_spelling(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"42", "42.0"},  {"42", "4.2e1"},   {"42", "420E-1"}, {"0", "-0.000"},           {"0.5", "5e-1"},
        {"100", "1e+2"}, {"10.10", "10.1"}, {"-7", "-70e-1"}, {"1e999999", "10e999998"}, {"0e5", "0"},
    };
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
        assert_true(decimal_equal(text_of(pairs[i][0]), text_of(pairs[i][1])));
}

static void differ_by_the_last_digit(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"42", "43"}, {"42", "-42"},   {"9007199254740993", "9007199254740992"},
        {"1", "10"},  {"1.01", "1.1"}, {"101", "11"},
        {"0", "0.1"}, {"1e5", "1e6"},
    };
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
        assert_false(decimal_equal(text_of(pairs[i][0]), text_of(pairs[i][1])));
}

static void are_none_in_another_spelling(void **state)
{
    (void)state;
    static const char *const texts[] = {"",      "-",  ".5",  "5.",           "0x10", "1e",
                                        "1e--5", "1 ", "nan", "1e1000000000", "1,0"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_false(decimal_equal(text_of(texts[i]), text_of(texts[i])));
}

static void have_so_many_places(void **state)
{
    (void)state;
    assert_true(decimal_has_places(TEXT("9007199254740993"), 16));
    assert_true(decimal_has_places(TEXT("1e15"), 16));
    assert_false(decimal_has_places(TEXT("1e14"), 16));
    assert_false(decimal_has_places(TEXT("0.1234567890123456789"), 16));
    assert_false(decimal_has_places(TEXT("0"), 1));
    assert_false(decimal_has_places(TEXT("x"), 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(are_equal_in_whatever_spelling),
        cmocka_unit_test(differ_by_the_last_digit),
        cmocka_unit_test(are_none_in_another_spelling),
        cmocka_unit_test(have_so_many_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Runs of digits: how many, and how far a number reaches. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "values/digits.h"

static void takes_only_ascii_digits_and_only_so_many(void **state)
{
    (void)state;
    struct text rest = TEXT("0123x"), digits;
    assert_false(digits_take(&rest, 5, 9, &digits));
    assert_false(digits_take(&rest, 1, 3, &digits));
    assert_true(text_is(rest, "0123x"));
    assert_true(digits_take(&rest, 1, 4, &digits));
    assert_true(text_is(digits, "0123"));
    assert_true(text_is(rest, "x"));
    rest = TEXT("\xd9\xa3"); /* ARABIC-INDIC DIGIT THREE */
    assert_false(digits_take(&rest, 1, 9, &digits));
    rest = TEXT_NONE;
    assert_false(digits_take(&rest, 1, 9, &digits));
}

static void takes_a_number_of_fixed_width(void **state)
{
    (void)state;
    struct text rest = TEXT("00075");
    int number;
    assert_true(digits_take_number(&rest, 4, &number));
    assert_int_equal(number, 7);
    assert_false(digits_take_number(&rest, 2, &number));
    assert_true(text_is(rest, "5"));
    rest = TEXT("1-1");
    assert_false(digits_take_number(&rest, 2, &number));
}

static void reaches_both_ends_of_64_bits_and_no_further(void **state)
{
    (void)state;
    int64_t number = 0;
    assert_true(digits_append(TEXT("922337203685477580"), true, &number));
    assert_true(digits_append(TEXT("8"), true, &number));
    assert_true(number == INT64_MIN);
    assert_false(digits_append(TEXT("0"), true, &number));
    number = 0;
    assert_true(digits_append(TEXT("9223372036854775807"), false, &number));
    assert_true(number == INT64_MAX);
    number = 0;
    assert_false(digits_append(TEXT("9223372036854775808"), false, &number));
    number = 0;
    assert_false(digits_append(TEXT("9223372036854775809"), true, &number));
}

static void skips_only_the_character_asked_for(void **state)
{
    (void)state;
    struct text rest = TEXT("-1");
    assert_false(digits_skip(&rest, '+'));
    assert_true(digits_skip(&rest, '-'));
    assert_true(text_is(rest, "1"));
    rest = TEXT_NONE;
    assert_false(digits_skip(&rest, '\0'));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_only_ascii_digits_and_only_so_many),
        cmocka_unit_test(takes_a_number_of_fixed_width),
        cmocka_unit_test(reaches_both_ends_of_64_bits_and_no_further),
        cmocka_unit_test(skips_only_the_character_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

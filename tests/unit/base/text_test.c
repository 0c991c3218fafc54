/* Borrowed text: comparing, cutting, and the character checks that inputs must pass. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"

static void compares_bytes_and_lengths(void **state)
{
    (void)state;
    assert_true(text_equal(TEXT("ab"), TEXT("ab")));
    assert_true(text_equal(TEXT(""), TEXT_NONE));
    assert_false(text_equal(TEXT("ab"), TEXT("a")));
    assert_false(text_equal(TEXT("a\0b"), TEXT("a\0c")));
    assert_true(text_is(TEXT("ab"), "ab"));
    assert_false(text_is(TEXT("a\0b"), "a"));
    assert_true(text_equal_ignoring_case(TEXT("BaSic"), TEXT("basic")));
    assert_false(text_equal_ignoring_case(TEXT("basi"), TEXT("basic")));
    assert_null(text_of(NULL).base);
}

static void knows_beginnings_and_ends(void **state)
{
    (void)state;
    assert_true(text_starts_with(TEXT("https://x"), TEXT("https://")));
    assert_true(text_starts_with(TEXT("x"), TEXT("")));
    assert_false(text_starts_with(TEXT("http"), TEXT("https")));
    assert_true(text_ends_with(TEXT("a.json"), TEXT(".json")));
    assert_false(text_ends_with(TEXT("json"), TEXT(".json")));
    assert_true(text_ends_with(TEXT_NONE, TEXT_NONE));
}

static void sorts_by_bytes_and_then_length(void **state)
{
    (void)state;
    assert_true(text_compare(TEXT("a"), TEXT("b")) < 0);
    assert_true(text_compare(TEXT("b"), TEXT("a")) > 0);
    assert_true(text_compare(TEXT("a"), TEXT("aa")) < 0);
    assert_true(text_compare(TEXT("\x80"), TEXT("a")) > 0);
    assert_int_equal(text_compare(TEXT_NONE, TEXT("")), 0);
}

static void trims_spaces_and_tabs_and_no_other_characters(void **state)
{
    (void)state;
    assert_true(text_is(text_trim(TEXT("a b")), "a b"));
    assert_true(text_is(text_trim(TEXT(" \t a b\t ")), "a b"));
    assert_true(text_is(text_trim(TEXT("\na\r")), "\na\r"));
    assert_int_equal(text_trim(TEXT(" \t")).length, 0);
    assert_null(text_trim(TEXT_NONE).base);
}

static void cuts_at_each_separator(void **state)
{
    (void)state;
    struct text rest = TEXT("a..b");
    assert_true(text_is(text_cut(&rest, '.'), "a"));
    assert_true(text_is(text_cut(&rest, '.'), ""));
    assert_non_null(rest.base);
    assert_true(text_is(text_cut(&rest, '.'), "b"));
    assert_null(rest.base);
    rest = TEXT("a.");
    assert_true(text_is(text_cut(&rest, '.'), "a"));
    assert_non_null(rest.base); /* an empty part is still to come */
    assert_true(text_is(text_cut(&rest, '.'), ""));
    assert_null(rest.base);
    assert_int_equal(text_cut(&rest, '.').length, 0);
}

static void reads_numbers_that_fit_and_nothing_else(void **state)
{
    (void)state;
    int64_t number = 0;
    assert_true(text_to_int64(TEXT("9223372036854775807"), &number) && number == INT64_MAX);
    assert_true(text_to_int64(TEXT("-9223372036854775808"), &number) && number == INT64_MIN);
    assert_true(text_to_int64(TEXT("-0"), &number) && number == 0);
    assert_true(text_to_int64(TEXT("007"), &number) && number == 7);
    static const char *const wrong[] = {"",
                                        "-",
                                        "+1",
                                        " 1",
                                        "1 ",
                                        "1.0",
                                        "1e3",
                                        "0x1",
                                        "--1",
                                        "9223372036854775808",
                                        "-9223372036854775809",
                                        "99999999999999999999",
                                        "1-"};
    number = 5;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_false(text_to_int64(text_of(wrong[i]), &number));
    assert_int_equal(number, 5);
}

static void reads_durations_in_seconds_minutes_hours_and_days(void **state)
{
    (void)state;
    static const char *const bad[] = {"",     "5",   "m",     "-5m",          "5 m", "5M",
                                      "1.5h", "5ms", "1h30m", "12345678901s", "+5m", "5w"};
    int64_t seconds;
    assert_true(text_to_seconds(TEXT("0s"), &seconds) && seconds == 0);
    assert_true(text_to_seconds(TEXT("90s"), &seconds) && seconds == 90);
    assert_true(text_to_seconds(TEXT("5m"), &seconds) && seconds == 300);
    assert_true(text_to_seconds(TEXT("1h"), &seconds) && seconds == 3600);
    assert_true(text_to_seconds(TEXT("999999999d"), &seconds) && seconds == 999999999LL * 86400);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(text_to_seconds(text_of(bad[i]), &seconds));
    assert_false(text_to_seconds((struct text){"5\0", 2}, &seconds));
}

static void reads_bytes_by_their_units(void **state)
{
    static const char *const bad[] = {"",      "KiB",    "16",    "16K",  "16 KiB",
                                      "-1KiB", "1.5MiB", "16kib", "1TiB", "9999999999GiB"};
    int64_t bytes;
    (void)state;
    assert_true(text_to_bytes(TEXT("16KiB"), &bytes) && bytes == 16384);
    assert_true(text_to_bytes(TEXT("4MiB"), &bytes) && bytes == 4194304);
    assert_true(text_to_bytes(TEXT("999999999GiB"), &bytes) && bytes == 999999999LL << 30);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(text_to_bytes(text_of(bad[i]), &bytes));
}

static void knows_hexadecimal_digits_of_either_case(void **state)
{
    (void)state;
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    for (int i = 0; i < 32; i++)
        assert_int_equal(text_hexadecimal_value(digits[i]), i % 16);
    static const char others[] = "/:@G`g \x10\x19\xe1";
    for (size_t i = 0; i < sizeof(others); i++)
        assert_int_equal(text_hexadecimal_value(others[i]), -1);
}

static void knows_a_media_type_whatever_its_parameters_are(void **state)
{
    (void)state;
    static const char *const same[] = {"application/json", "Application/JSON", "application/json;charset=utf-8",
                                       "application/json \t; a=b"};
    static const char *const others[] = {"", ";", "application/jsonp", "text/json", " application/json"};
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
        assert_true(text_is_media_type(text_of(same[i]), TEXT("application/json")));
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_false(text_is_media_type(text_of(others[i]), TEXT("application/json")));
    assert_false(text_is_media_type(TEXT_NONE, TEXT("application/json")));
}

static void begins_with_whole_characters(void **state)
{
    (void)state;
    struct text euros = TEXT("\xe2\x82\xac\xe2\x82\xac");
    assert_int_equal(text_beginning(euros, 7).length, 6);
    assert_int_equal(text_beginning(euros, 6).length, 6);
    assert_int_equal(text_beginning(euros, 5).length, 3);
    assert_int_equal(text_beginning(euros, 3).length, 3);
    assert_int_equal(text_beginning(euros, 2).length, 0);
    assert_true(text_is(text_beginning(TEXT("abc"), 2), "ab"));
}

static void accepts_only_well_formed_utf8(void **state)
{
    (void)state;
    static const char *const good[] = {"",
                                       "abc",
                                       "\xc2\x80",
                                       "\xdf\xbf",
                                       "\xe0\xa0\x80",
                                       "\xed\x9f\xbf",
                                       "\xee\x80\x80",
                                       "\xef\xbf\xbf",
                                       "\xf0\x90\x80\x80",
                                       "\xf4\x8f\xbf\xbf"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_true(text_is_utf8(text_of(good[i])));
    static const char *const wrong[] = {"\x80",
                                        "\xbf",
                                        "\xc0\x80",
                                        "\xc1\xbf",
                                        "\xc2",
                                        "\xc2\x41",
                                        "\xe0\x9f\xbf",
                                        "\xed\xa0\x80",
                                        "\xed\xbf\xbf",
                                        "\xe2\x82",
                                        "\xe2\x82\x41",
                                        "\xf0\x8f\xbf\xbf",
                                        "\xf4\x90\x80\x80",
                                        "\xf5\x80\x80\x80",
                                        "\xf0\x90\x80",
                                        "\xff",
                                        "\xf8\x88\x80\x80\x80",
                                        "a\xe2"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_false(text_is_utf8(text_of(wrong[i])));
}

static void refuses_invisible_characters_as_printable(void **state)
{
    (void)state;
    assert_true(text_is_printable(TEXT("Zo\xc3\xab \xe2\x82\xac \xf0\x9f\x98\x80 ~")));
    static const char *const wrong[] = {"a\n",          "\t",           "\x1b",         "\x7f",
                                        "\xc2\x80",     "\xc2\x9f",     "\xe2\x80\xa8", "\xe2\x80\xa9",
                                        "\xe2\x80\xae", "\xe2\x81\xa6", "\xe2\x81\xa9", "\xff"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_false(text_is_printable(text_of(wrong[i])));
    assert_false(text_is_printable((struct text){"a\0b", 3}));
}

static void allows_line_feeds_and_tabs_in_printable_lines(void **state)
{
    (void)state;
    static const char *const good[] = {"", "\n", "\t", "a\n\tb\n", "Zo\xc3\xab\n\xe2\x82\xac"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_true(text_is_printable_lines(text_of(good[i])));
    static const char *const wrong[] = {"a\r\n", "\n\x1b", "\x7f\n", "a\n\xe2\x80\xae", "\xc3\n\xab"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_false(text_is_printable_lines(text_of(wrong[i])));
}

static void accepts_uris_that_have_a_scheme(void **state)
{
    (void)state;
    static const char *const good[] = {"https://gateway.example",
                                       "urn:ietf:params:oauth:token-type:jwt",
                                       "a:b",
                                       "https://a.example/%7Eb?c=d&e=%F0",
                                       "x+y-z.1:q",
                                       "https://[::1]:8443/",
                                       "a:b#c"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_true(text_is_absolute_uri(text_of(good[i])));
    static const char *const wrong[] = {"",      ":",     "a:",    ":a",    "jwt",        "1a:b",
                                        "a b:c", "-a:b",  "a:b c", "a:b\"", "a:<b>",      "a:%",
                                        "a:%4",  "a:%4g", "a:%g4", "a:b%",  "a:\xc3\xa9", "a:\\b",
                                        "a:\n",  "//a/b", "a:{b}", "a:b^",  "a:`",        "a:|"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_false(text_is_absolute_uri(text_of(wrong[i])));
    assert_false(text_is_absolute_uri((struct text){"a:b\0", 4}));
}

static void measures_how_far_names_are_apart(void **state)
{
    (void)state;
    assert_int_equal(text_distance(TEXT("issuer"), TEXT("issuer")), 0);
    assert_int_equal(text_distance(TEXT("isuer"), TEXT("issuer")), 1);
    assert_int_equal(text_distance(TEXT("kitten"), TEXT("sitting")), 3);
    assert_int_equal(text_distance(TEXT(""), TEXT("abc")), 3);
    assert_int_equal(text_distance(TEXT("abc"), TEXT_NONE), 3);
    char name[65];
    memset(name, 'a', sizeof(name));
    assert_int_equal(text_distance((struct text){name, 64}, TEXT("a")), 63);
    assert_int_equal(text_distance((struct text){name, 65}, TEXT("a")), UINT_MAX);
}

static void takes_every_character_of_a_token_and_no_other(void **state)
{
    (void)state;
    char name[3] = "xx";
    for (int byte = 0; byte < 256; byte++) {
        bool is_letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        bool is_mark = byte != 0 && strchr("!#$%&'*+-.^_`|~", byte) != NULL;
        name[1] = (char)byte;
        assert_int_equal(text_is_token((struct text){name, 2}),
                         is_letter || is_mark || (byte >= '0' && byte <= '9'));
    }
    assert_false(text_is_token(TEXT("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_every_character_of_a_token_and_no_other),
        cmocka_unit_test(compares_bytes_and_lengths),
        cmocka_unit_test(knows_beginnings_and_ends),
        cmocka_unit_test(sorts_by_bytes_and_then_length),
        cmocka_unit_test(trims_spaces_and_tabs_and_no_other_characters),
        cmocka_unit_test(cuts_at_each_separator),
        cmocka_unit_test(reads_numbers_that_fit_and_nothing_else),
        cmocka_unit_test(reads_durations_in_seconds_minutes_hours_and_days),
        cmocka_unit_test(reads_bytes_by_their_units),
        cmocka_unit_test(knows_hexadecimal_digits_of_either_case),
        cmocka_unit_test(knows_a_media_type_whatever_its_parameters_are),
        cmocka_unit_test(begins_with_whole_characters),
        cmocka_unit_test(accepts_only_well_formed_utf8),
        cmocka_unit_test(refuses_invisible_characters_as_printable),
        cmocka_unit_test(allows_line_feeds_and_tabs_in_printable_lines),
        cmocka_unit_test(accepts_uris_that_have_a_scheme),
        cmocka_unit_test(measures_how_far_names_are_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

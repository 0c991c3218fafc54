/* The pass over the raw characters: what it refuses wherever it stands, and what it leaves to the parser. Each
 * case runs at every alignment, because the pass takes eight bytes at a time where it can. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "json_characters.h"

enum { ALIGNMENTS = 17 };

/* Puts the piece behind and before so many plain characters. */
static void assert_mistake(struct text piece, const char *expected, size_t expected_offset)
{
    for (size_t before = 0; before < ALIGNMENTS; before++)
        for (size_t behind = 0; behind < ALIGNMENTS; behind++) {
            SCOPED_BUFFER document = {0};
            buffer_append(&document, (struct text){"0123456789abcdefghi", before});
            buffer_append(&document, piece);
            buffer_append(&document, (struct text){"ghijklmnopqrstuvwxyz", behind});
            size_t offset = SIZE_MAX;
            const char *mistake = json_characters_mistake(buffer_text(&document), false, &offset);
            if (expected == NULL) {
                assert_null(mistake);
                continue;
            }
            assert_non_null(mistake);
            assert_string_equal(mistake, expected);
            assert_int_equal(offset, before + expected_offset);
        }
}

static void accepts_plain_text_tab_and_line_ends(void **state)
{
    (void)state;
    assert_mistake(TEXT(""), NULL, 0);
    assert_mistake(TEXT(" \t\r\n!\"#~\x7f"), NULL, 0);
}

static void refuses_every_other_control_character(void **state)
{
    (void)state;
    for (char byte = 0; byte < 0x20; byte++)
        if (byte != '\t' && byte != '\n' && byte != '\r')
            assert_mistake((struct text){&byte, 1},
                           "A control character is not allowed here; in a string it must be escaped.", 0);
}

static void refuses_a_control_character_behind_a_backslash(void **state)
{
    (void)state;
    assert_mistake(TEXT("\\\x01"), "A control character is not allowed here; in a string it must be escaped.",
                   1);
}

static void accepts_well_formed_utf8(void **state)
{
    (void)state;
    assert_mistake(TEXT("\xc3\xa9"), NULL, 0);
    assert_mistake(TEXT("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"), NULL, 0);
    assert_mistake(TEXT("\xef\xbf\xbf \xf4\x8f\xbf\xbf"), NULL, 0); /* noncharacters are left alone */
}

static void refuses_what_is_not_utf8(void **state)
{
    (void)state;
    static const char *const pieces[] = {"\x80",
                                         "\xff",
                                         "\xc3",
                                         "\xc0\xaf",
                                         "\xed\xa0\x80",
                                         "\xe2\x82",
                                         "\xf4\x90\x80\x80",
                                         "\xe0\x9f\xbf",
                                         "\xf0\x8f\xbf\xbf",
                                         "\xc3\xa9\xa9",
                                         "\xf5\x80\x80\x80",
                                         "\xfe\x83\xbf\xbf\xbf\xbf"};
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++)
        assert_mistake(text_of(pieces[i]), "The text is not well-formed UTF-8.", 0);
    assert_mistake(TEXT("\\\xff"), "The text is not well-formed UTF-8.", 1);
}

static void refuses_an_escaped_zero(void **state)
{
    (void)state;
    assert_mistake(TEXT("\\u0000"), "The character U+0000 is not allowed, not even escaped.", 0);
}

static void accepts_escapes_that_make_characters(void **state)
{
    (void)state;
    assert_mistake(TEXT("\\u0001\\uD7ff\\ue000\\uFFFF"), NULL, 0);
    assert_mistake(TEXT("\\ud83d\\ude00\\uD800\\uDC00\\udbff\\udfff"), NULL, 0);
    assert_mistake(TEXT("\\n\\\\\\\"\\/"), NULL, 0);
}

static void accepts_a_backslash_pair_before_a_u(void **state)
{
    (void)state;
    assert_mistake(TEXT("\\\\ud800"), NULL, 0);
    assert_mistake(TEXT("\\\\\\\\u0000"), NULL, 0);
    assert_mistake(TEXT("\\\\\\u0000"), "The character U+0000 is not allowed, not even escaped.", 2);
}

static void refuses_a_high_surrogate_without_a_low_one(void **state)
{
    (void)state;
    static const char expected[] = "An escaped high surrogate has no low surrogate after it.";
    assert_mistake(TEXT("\\ud800"), expected, 0);
    assert_mistake(TEXT("\\udbff"), expected, 0);
    assert_mistake(TEXT("\\uD83D\\u0041"), expected, 0);
    assert_mistake(TEXT("\\ud800\\ud800\\udc00"), expected, 0);
    assert_mistake(TEXT("\\ud800 \\udc00"), expected, 0);
    assert_mistake(TEXT("\\ud800\\\\udc00"), expected, 0);
    assert_mistake(TEXT("\\ud800\\udcxx"), expected, 0);
}

static void refuses_a_low_surrogate_without_a_high_one(void **state)
{
    (void)state;
    static const char expected[] = "An escaped low surrogate has no high surrogate before it.";
    assert_mistake(TEXT("\\udc00"), expected, 0);
    assert_mistake(TEXT("\\uDFFF"), expected, 0);
    assert_mistake(TEXT("\\ud83d\\ude00\\ude00"), expected, 12);
}

static void refuses_an_escape_without_four_digits(void **state)
{
    (void)state;
    static const char expected[] = "An escape \\u needs four hexadecimal digits.";
    assert_mistake(TEXT("\\u"), expected, 0);
    assert_mistake(TEXT("\\u00g0"), expected, 0);
    assert_mistake(TEXT("\\u12 4"), expected, 0);
    assert_mistake(TEXT("\\u`000"), expected, 0);
    assert_mistake(TEXT("\\u@000"), expected, 0);
    assert_mistake(TEXT("\\U0041\\u\xc3\xa9"), expected, 6);
}

static void leaves_other_escapes_to_the_parser(void **state)
{
    (void)state;
    assert_mistake(TEXT("\\x"), NULL, 0);
    size_t offset;
    assert_null(json_characters_mistake(TEXT("\\"), false, &offset));
}

static void refuses_a_byte_order_mark_at_the_start_only(void **state)
{
    (void)state;
    size_t offset;
    assert_string_equal(json_characters_mistake(TEXT("\xef\xbb\xbf{}"), false, &offset),
                        "The text begins with a byte order mark.");
    assert_null(json_characters_mistake(TEXT("\"\xef\xbb\xbf\""), false, &offset));
}

static void takes_an_escaped_nul_where_that_is_asked_for(void **state)
{
    (void)state;
    size_t offset;
    assert_null(json_characters_mistake(TEXT("a\\u0000b"), true, &offset));
    assert_non_null(json_characters_mistake(TEXT("a\0b"), true, &offset));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_an_escaped_nul_where_that_is_asked_for),
        cmocka_unit_test(accepts_plain_text_tab_and_line_ends),
        cmocka_unit_test(refuses_every_other_control_character),
        cmocka_unit_test(refuses_a_control_character_behind_a_backslash),
        cmocka_unit_test(accepts_well_formed_utf8),
        cmocka_unit_test(refuses_what_is_not_utf8),
        cmocka_unit_test(refuses_an_escaped_zero),
        cmocka_unit_test(accepts_escapes_that_make_characters),
        cmocka_unit_test(accepts_a_backslash_pair_before_a_u),
        cmocka_unit_test(refuses_a_high_surrogate_without_a_low_one),
        cmocka_unit_test(refuses_a_low_surrogate_without_a_high_one),
        cmocka_unit_test(refuses_an_escape_without_four_digits),
        cmocka_unit_test(leaves_other_escapes_to_the_parser),
        cmocka_unit_test(refuses_a_byte_order_mark_at_the_start_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

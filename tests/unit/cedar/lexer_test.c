/* Tokens: the longest at each place, white space and comments between them. */
#include "syntax_fixture.h"

#include "syntax/lexer.h"

static void assert_token(const char *source, size_t offset, enum cedar_token_kind kind, const char *token)
{
    struct cedar_token found = cedar_token_at(text_of(source), offset);
    assert_int_equal(found.kind, kind);
    assert_true(text_is(cedar_span_text(text_of(source), found.span), token));
}

static void takes_the_longest_sign(void **state)
{
    (void)state;
    assert_token("::=", 0, CEDAR_TOKEN_SIGN, "::");
    assert_token(":=", 0, CEDAR_TOKEN_SIGN, ":");
    assert_token("===", 0, CEDAR_TOKEN_SIGN, "==");
    assert_token("===", 2, CEDAR_TOKEN_SIGN, "=");
    assert_token("<==", 0, CEDAR_TOKEN_SIGN, "<=");
    assert_token("!=", 0, CEDAR_TOKEN_SIGN, "!=");
    assert_token("&&&", 0, CEDAR_TOKEN_SIGN, "&&");
    assert_token("&&&", 2, CEDAR_TOKEN_WRONG, "&");
    assert_token("|a", 0, CEDAR_TOKEN_WRONG, "|");
}

static void parts_numbers_and_names(void **state)
{
    (void)state;
    assert_token("12ab", 0, CEDAR_TOKEN_NUMBER, "12");
    assert_token("12ab", 2, CEDAR_TOKEN_NAME, "ab");
    assert_token("_a1 ", 0, CEDAR_TOKEN_NAME, "_a1");
    assert_token("?principal ", 0, CEDAR_TOKEN_SLOT, "?principal");
    assert_token("? a", 0, CEDAR_TOKEN_WRONG, "?");
    assert_token("?1", 0, CEDAR_TOKEN_WRONG, "?");
}

static void a_string_goes_to_its_second_quote(void **state)
{
    (void)state;
    assert_token("\"a\\\"b\" c", 0, CEDAR_TOKEN_STRING, "\"a\\\"b\"");
    assert_token("\"a\nb\"", 0, CEDAR_TOKEN_STRING, "\"a\nb\"");
    assert_token("\"a\\\\\"\"", 0, CEDAR_TOKEN_STRING, "\"a\\\\\"");
    assert_token("\"\"", 0, CEDAR_TOKEN_STRING, "\"\"");
    assert_token("\"", 0, CEDAR_TOKEN_UNCLOSED, "\"");
    assert_token("\"abc\n", 0, CEDAR_TOKEN_UNCLOSED, "\"abc");
    assert_token("\"a\\\nb\"", 0, CEDAR_TOKEN_UNCLOSED, "\"a\\");
    assert_token("\"a\\", 0, CEDAR_TOKEN_UNCLOSED, "\"a\\");
}

static void skips_white_space_of_all_of_unicode(void **state)
{
    (void)state;
    assert_token(" \t\n\v\f\r\xc2\x85\xc2\xa0\xe1\x9a\x80\xe2\x80\x80\xe2\x80\x8a\xe2\x80\xa8\xe2\x80\xa9"
                 "\xe2\x80\xaf\xe2\x81\x9f\xe3\x80\x80"
                 "a",
                 0, CEDAR_TOKEN_NAME, "a");
    assert_token("\xe2\x80\x8b"
                 "a",
                 0, CEDAR_TOKEN_WRONG, "\xe2\x80\x8b");
    assert_token("\xef\xbb\xbf"
                 "a",
                 0, CEDAR_TOKEN_WRONG, "\xef\xbb\xbf");
    assert_token("\xe1\xa0\x8e", 0, CEDAR_TOKEN_WRONG, "\xe1\xa0\x8e");
}

static void a_comment_ends_with_its_line(void **state)
{
    (void)state;
    assert_token("// a\nb", 0, CEDAR_TOKEN_NAME, "b");
    assert_token("// a\rb", 0, CEDAR_TOKEN_NAME, "b");
    assert_token("// a\xe2\x80\xa8"
                 "b",
                 0, CEDAR_TOKEN_END, "");
    assert_token("//", 0, CEDAR_TOKEN_END, "");
    assert_token("/ /", 0, CEDAR_TOKEN_SIGN, "/");
    assert_token("", 0, CEDAR_TOKEN_END, "");
}

static void knows_how_long_a_character_is(void **state)
{
    (void)state;
    assert_int_equal(cedar_character_length(TEXT("a\xc3\xa9"), 0), 1);
    assert_int_equal(cedar_character_length(TEXT("a\xc3\xa9"), 1), 2);
    assert_int_equal(cedar_character_length(TEXT("\xf0\x9f\x98\x80"), 0), 4);
    assert_int_equal(cedar_character_length(TEXT("\xf0\x9f\x98"), 0), 0);
    assert_int_equal(cedar_character_length(TEXT("\xff"), 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_the_longest_sign),
        cmocka_unit_test(parts_numbers_and_names),
        cmocka_unit_test(a_string_goes_to_its_second_quote),
        cmocka_unit_test(skips_white_space_of_all_of_unicode),
        cmocka_unit_test(a_comment_ends_with_its_line),
        cmocka_unit_test(knows_how_long_a_character_is),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}

/* Escapes: every one there is, what is near to one, and stars in patterns. */
#include "syntax_fixture.h"

#include "syntax/string_literal.h"

static void assert_meant(const char *inner, struct text meant)
{
    struct text value;
    struct cedar_span wrong;
    assert_true(cedar_string_unescape(arena, text_of(inner), &value, &wrong));
    assert_true(text_equal(value, meant));
}

static void assert_wrong(const char *inner, size_t offset, size_t length)
{
    struct text value;
    struct cedar_span wrong = {0, 0};
    struct cedar_pattern pattern;
    assert_false(cedar_string_unescape(arena, text_of(inner), &value, &wrong));
    assert_int_equal(wrong.offset, offset);
    assert_int_equal(wrong.length, length);
    if (strstr(inner, "\\*") == NULL)
        assert_false(cedar_pattern_unescape(arena, text_of(inner), &pattern, &wrong));
}

static void resolves_every_escape(void **state)
{
    (void)state;
    assert_meant("\\n\\r\\t\\\\\\0\\'\\\"", TEXT("\n\r\t\\\0'\""));
    assert_meant("\\x41\\x7f\\x00", TEXT("A\x7f\0"));
    assert_meant("\\u{41}\\u{e9}\\u{20AC}\\u{1F600}\\u{10ffff}",
                 TEXT("A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf"));
    assert_meant("\\u{000041}\\u{4_1}\\u{4__}\\u{00_00_41}", TEXT("AA\x04"
                                                                  "A"));
    assert_meant("", TEXT(""));
    assert_meant("a\nb\t\xc3\xa9*", TEXT("a\nb\t\xc3\xa9*"));
}

static void says_which_escape_there_is_not(void **state)
{
    (void)state;
    assert_wrong("a\\q", 1, 2);
    assert_wrong("\\X41", 0, 2);
    assert_wrong("\\", 0, 1);
    assert_wrong("\\\xc3\xa9z", 0, 3);
    assert_wrong("\\*", 0, 2);
    assert_wrong("a\rb", 1, 1);
    assert_wrong("\\\r", 0, 2);
}

static void a_code_is_of_two_digits_and_ascii(void **state)
{
    (void)state;
    assert_wrong("\\x80", 0, 4);
    assert_wrong("\\x4", 0, 3);
    assert_wrong("\\xg1", 0, 2);
}

static void a_braced_code_is_a_character_of_at_most_six_digits(void **state)
{
    (void)state;
    assert_wrong("\\u41", 0, 2);
    assert_wrong("\\u{}", 0, 4);
    assert_wrong("\\u{_41}", 0, 3);
    assert_wrong("\\u{____}", 0, 3);
    assert_wrong("\\u{41", 0, 5);
    assert_wrong("\\u{4 1}", 0, 4);
    assert_wrong("\\u{0000041}", 0, 11);
    assert_wrong("\\u{d800}", 0, 8);
    assert_wrong("\\u{dfff}", 0, 8);
    assert_wrong("\\u{110000}", 0, 10);
}

static void assert_pattern(const char *inner, const char *joined)
{
    struct cedar_pattern pattern;
    struct cedar_span wrong;
    struct buffer out = buffer_in(arena, 32);
    assert_true(cedar_pattern_unescape(arena, text_of(inner), &pattern, &wrong));
    for (size_t i = 0; i < pattern.count; i++) {
        buffer_append(&out, i == 0 ? TEXT("") : TEXT("~"));
        buffer_append(&out, pattern.parts[i]);
    }
    assert_true(text_is(buffer_text(&out), joined));
}

static void a_pattern_is_parted_at_its_wildcards(void **state)
{
    (void)state;
    assert_pattern("", "");
    assert_pattern("*", "~");
    assert_pattern("a*b", "a~b");
    assert_pattern("**a", "~~a");
    assert_pattern("a\\*b\\\\*", "a*b\\~");
}

static void an_encoded_star_is_a_wildcard_too(void **state)
{
    (void)state;
    assert_pattern("\\x2a*\\*", "~~*");
    assert_pattern("\\u{2a}", "~");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resolves_every_escape),
        cmocka_unit_test(says_which_escape_there_is_not),
        cmocka_unit_test(a_code_is_of_two_digits_and_ascii),
        cmocka_unit_test(a_braced_code_is_a_character_of_at_most_six_digits),
        cmocka_unit_test(a_pattern_is_parted_at_its_wildcards),
        cmocka_unit_test(an_encoded_star_is_a_wildcard_too),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}

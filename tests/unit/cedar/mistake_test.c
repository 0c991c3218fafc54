/* Mistakes as people see them. */
#include "syntax_fixture.h"

static void assert_position(const char *source, size_t offset, unsigned line, unsigned column)
{
    unsigned found_line, found_column;
    cedar_position(text_of(source), offset, &found_line, &found_column);
    assert_int_equal(found_line, line);
    assert_int_equal(found_column, column);
}

static void columns_count_characters(void **state)
{
    (void)state;
    assert_position("", 0, 1, 1);
    assert_position("abc", 2, 1, 3);
    assert_position("a\nbc", 3, 2, 2);
    assert_position("a\r\nbc", 3, 2, 1);
    assert_position("a\rb", 2, 2, 1);
    assert_position("\xc3\xa9\xf0\x9f\x98\x80x", 6, 1, 3);
    assert_position("ab", 99, 1, 3);
}

static void assert_printed(struct cedar_mistake printed, unsigned line_offset, const char *expected)
{
    struct buffer out = buffer_in(arena, 256);
    cedar_mistake_print(&printed, TEXT("a.cedar"), line_offset, &out);
    buffer_append_byte(&out, '\0');
    assert_string_equal(buffer_text(&out).base, expected);
}

static void the_line_is_shown_with_carets(void **state)
{
    (void)state;
    assert_printed((struct cedar_mistake){TEXT("a\n\tb\xc3\xa9 = c\nd"), {7, 1}, TEXT("no"), TEXT("Yes.")}, 0,
                   "a.cedar:2:5: no\n     b\xc3\xa9 = c\n        ^\nYes.\n");
    assert_printed((struct cedar_mistake){TEXT("abc def"), {4, 3}, TEXT("no"), TEXT_NONE}, 10,
                   "a.cedar:11:5: no\n    abc def\n        ^^^\n");
}

static void a_place_where_something_is_missing_has_one_caret(void **state)
{
    (void)state;
    assert_printed((struct cedar_mistake){TEXT("abc\nd"), {3, 0}, TEXT("no"), TEXT_NONE}, 0,
                   "a.cedar:1:4: no\n    abc\n       ^\n");
    assert_printed((struct cedar_mistake){TEXT("abc\n"), {4, 0}, TEXT("no"), TEXT_NONE}, 0,
                   "a.cedar:2:1: no\n    \n    ^\n");
    assert_printed((struct cedar_mistake){TEXT_NONE, {0, 0}, TEXT("no"), TEXT_NONE}, 0, "a.cedar:1:1: no\n");
}

static void a_span_of_several_lines_is_shown_on_its_first(void **state)
{
    (void)state;
    assert_printed((struct cedar_mistake){TEXT("ab cd\nef"), {3, 5}, TEXT("no"), TEXT_NONE}, 0,
                   "a.cedar:1:4: no\n    ab cd\n       ^^\n");
}

static void nothing_shown_can_steer_a_terminal(void **state)
{
    (void)state;
    assert_printed((struct cedar_mistake){TEXT("a\x1b[2J\xff\xe2\x80\xae ="), {10, 1}, TEXT("no"), TEXT_NONE},
                   0, "a.cedar:1:9: no\n    a?[2J?? =\n            ^\n");
}

static void a_long_line_is_shown_around_the_mistake(void **state)
{
    (void)state;
    char line[1000];
    memset(line, 'a', sizeof line);
    line[500] = '=';
    struct buffer out = buffer_in(arena, 256);
    struct cedar_mistake printed = {{line, sizeof line}, {500, 1}, TEXT("no"), TEXT_NONE};
    cedar_mistake_print(&printed, TEXT("a.cedar"), 0, &out);
    assert_true(out.length < 400);
    assert_true(text_starts_with(buffer_text(&out), TEXT("a.cedar:1:501: no\n    aaa")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_count_characters),
        cmocka_unit_test(the_line_is_shown_with_carets),
        cmocka_unit_test(a_place_where_something_is_missing_has_one_caret),
        cmocka_unit_test(a_span_of_several_lines_is_shown_on_its_first),
        cmocka_unit_test(nothing_shown_can_steer_a_terminal),
        cmocka_unit_test(a_long_line_is_shown_around_the_mistake),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}

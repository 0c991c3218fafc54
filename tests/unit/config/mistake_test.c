/* How mistakes are worded and kept. */
#include "mistake.h"
#include "reading.h"

static const struct text colours[] = {TEXT("red"), TEXT("green"), TEXT("lightBlue")};

static void assert_nearest(const char *name, const char *expected)
{
    SCOPED_ARENA arena = arena_create();
    assert_string_equal(mistake_nearest(arena, text_of(name), colours, 3).base, expected);
}

static void offers_the_nearest_name_or_all_there_are(void **state)
{
    (void)state;
    assert_nearest("gren", "; did you mean \"green\"?");
    assert_nearest("light_blue", "; did you mean \"lightBlue\"?");
    assert_nearest("LIGHT-BLUE", "; did you mean \"lightBlue\"?");
    assert_nearest("yellow", "; known: red, green, lightBlue");
    assert_nearest("", "; known: red, green, lightBlue");
}

static void cuts_long_values_between_characters_and_shows_nothing_unprintable(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    SCOPED_BUFFER text = {0};
    buffer_append_byte(&text, 'a');
    for (int i = 0; i < 40; i++)
        buffer_append(&text, TEXT("\xc3\xa4"));
    struct text quoted = mistake_quote(arena, buffer_text(&text));
    assert_true(quoted.length < 70 && text_is_utf8(quoted));
    assert_true(text_ends_with(quoted, TEXT("\xe2\x80\xa6\"")));
    assert_true(text_is(mistake_quote(arena, TEXT("a\x1b[31m")), "text with control characters"));
}

static void keeps_a_bounded_number_of_mistakes_and_says_that_there_are_more(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct documents documents;
    documents_init(&documents, arena);
    for (unsigned i = 0; i < 2 * DOCUMENTS_MISTAKES_MAX; i++)
        mistake_add(&documents, TEXT("a"), 5000 - i, 1, "wrong %u", i);
    mistake_sort(&documents, 0);
    assert_int_equal(documents.mistake_count, DOCUMENTS_MISTAKES_MAX);
    assert_true(documents.mistakes[0].line < documents.mistakes[1].line);
    assert_true(
        text_starts_with(documents.mistakes[DOCUMENTS_MISTAKES_MAX - 1].sentence, TEXT("there are more")));
}

static void keeps_one_mistake_once_and_puts_them_in_order(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct documents documents;
    documents_init(&documents, arena);
    mistake_add(&documents, TEXT("b"), 2, 1, "x");
    mistake_add(&documents, TEXT("b"), 2, 1, "x");
    mistake_add(&documents, TEXT("b"), 1, 9, "y");
    mistake_add(&documents, TEXT("a"), 0, 0, "z");
    mistake_sort(&documents, 0);
    reading_assert_mistakes(&documents, "a: z\nb:1:9: y\nb:2:1: x\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offers_the_nearest_name_or_all_there_are),
        cmocka_unit_test(cuts_long_values_between_characters_and_shows_nothing_unprintable),
        cmocka_unit_test(keeps_a_bounded_number_of_mistakes_and_says_that_there_are_more),
        cmocka_unit_test(keeps_one_mistake_once_and_puts_them_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Guesses at what was meant. */
#include "syntax_fixture.h"

#include "syntax/suggestion.h"

static const char *const effects[] = {"permit", "forbid", NULL};

static void the_nearest_spelling_is_meant(void **state)
{
    (void)state;
    static const char *const methods[] = {"contains", "containsAll", "containsAny", "isEmpty", NULL};
    assert_string_equal(cedar_nearest(TEXT("permti"), effects), "permit");
    assert_string_equal(cedar_nearest(TEXT("PERMIT"), effects), "permit");
    assert_string_equal(cedar_nearest(TEXT("contian"), methods), "contains");
    assert_string_equal(cedar_nearest(TEXT("containsALL"), methods), "containsAll");
    assert_null(cedar_nearest(TEXT("xyz"), effects));
    assert_null(cedar_nearest(TEXT("ab"), effects));
}

static void words_of_other_languages_are_known(void **state)
{
    (void)state;
    static const char *const clauses[] = {"when", "unless", NULL};
    assert_string_equal(cedar_nearest(TEXT("allow"), effects), "permit");
    assert_string_equal(cedar_nearest(TEXT("deny"), effects), "forbid");
    assert_string_equal(cedar_nearest(TEXT("if"), clauses), "when");
    assert_null(cedar_nearest(TEXT("allow"), clauses));
}

static void signs_of_other_languages_are_known(void **state)
{
    (void)state;
    assert_true(text_is(cedar_foreign_sign(TEXT("a = b"), 2), "Write == to compare."));
    assert_true(text_is(cedar_foreign_sign(TEXT("& b"), 0), "Write && for and."));
    assert_true(text_is(cedar_foreign_sign(TEXT("and b"), 0), "Write && for and."));
    assert_true(text_is(cedar_foreign_sign(TEXT("'a'"), 0), "Strings are written with double quotes."));
    assert_int_equal(cedar_foreign_sign(TEXT("android"), 0).length, 0);
}

static void what_is_right_is_no_foreign_sign(void **state)
{
    (void)state;
    assert_int_equal(cedar_foreign_sign(TEXT("== b"), 0).length, 0);
    assert_int_equal(cedar_foreign_sign(TEXT("&& b"), 0).length, 0);
    assert_int_equal(cedar_foreign_sign(TEXT("|| b"), 0).length, 0);
    assert_int_equal(cedar_foreign_sign(TEXT("a"), 1).length, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nearest_spelling_is_meant),
        cmocka_unit_test(words_of_other_languages_are_known),
        cmocka_unit_test(signs_of_other_languages_are_known),
        cmocka_unit_test(what_is_right_is_no_foreign_sign),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}

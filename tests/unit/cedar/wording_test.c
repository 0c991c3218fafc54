/* Names in sentences for people, and guesses at what was meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "schema/wording.h"

static void guesses_what_is_near_and_nothing_else(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct schema_guess guess = schema_guess_start(TEXT("ownr"));
    schema_guess_offer(&guess, TEXT("other"));
    schema_guess_offer(&guess, TEXT("owners"));
    schema_guess_offer(&guess, TEXT("owner"));
    assert_true(text_is(schema_guess_text(arena, &guess), "; did you mean \"owner\"?"));
    guess = schema_guess_start(TEXT("q"));
    schema_guess_offer(&guess, TEXT("a"));
    assert_int_equal(schema_guess_text(arena, &guess).length, 0);
    guess = schema_guess_start(TEXT("M::User"));
    schema_guess_offer(&guess, TEXT("Loser"));
    schema_guess_offer(&guess, TEXT("Corp::User"));
    assert_true(text_is(schema_guess_text(arena, &guess), "; did you mean \"Corp::User\"?"));
}

static void names_are_safe_to_print_and_not_too_long(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    assert_true(text_is(schema_quote(arena, TEXT("a\x1b[2J\"b")), "\"a\\u{1b}[2J\\\"b\""));
    struct text name = arena_print(arena, "%099d%s", 0, "\xc3\xa9 and more");
    struct text quoted = schema_quote(arena, name);
    assert_true(text_ends_with(quoted, TEXT("0\"...")));
    assert_int_equal(quoted.length, 99 + 2 + 3);
}

static void identifiers_stand_for_themselves(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct buffer out = buffer_in(arena, 64);
    schema_name_print(TEXT("a_1"), &out);
    schema_name_print(TEXT("1a"), &out);
    schema_name_print(TEXT(""), &out);
    assert_true(text_is(buffer_text(&out), "a_1\"1a\"\"\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(guesses_what_is_near_and_nothing_else),
        cmocka_unit_test(names_are_safe_to_print_and_not_too_long),
        cmocka_unit_test(identifiers_stand_for_themselves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

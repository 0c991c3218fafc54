/* The words of a schema: what is skipped, what is none, and strings with their escapes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "schema/schema_lexer.h"
#include "schema_fixture.h"

static void skips_white_space_and_comments(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"", NULL, NULL},
        {" \t\r\n\v\f", NULL, NULL},
        {"// only this", NULL, NULL},
        {"entity A; // and this\r\n// and that\nentity B;", NULL, NULL},
        {"  　entityA ;", NULL, NULL},
    };
    ASSERT_SCHEMAS_SAY(cases);
}

static void says_what_no_word_is(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"/* x */ entity A;", "a comment begins with \"//\" and ends with its line", "/*"},
        {"entity A { 'a': Long };", "a string stands in double quotes", "'"},
        {"entity É;", "this character has no meaning in a schema; a name that has it is a string in quotes",
         "É"},
        {"entity A { 1: Long };",
         "this character has no meaning in a schema; a name that has it is a string in quotes", "1"},
        {"entity A & B;", "this character has no meaning in a schema; a name that has it is a string in quotes",
         "&"},
    };
    ASSERT_SCHEMAS_SAY(cases);
}

static void reads_strings_with_their_escapes(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"action \"\";", NULL, NULL},
        {"action \"\\n\\r\\t\\0\\\\\\'\\\"\\x41\\x7f\\u{41}\\u{10ffff}\";", NULL, NULL},
        {"action \"line\nbreak\";", NULL, NULL},
        {"action \"é\";", NULL, NULL},
        {"action \"a;", "this string has no closing quote", "\""},
        {"action \"a\\", "this string has no closing quote", "\""},
        {"action \"\\q\";", "there is no such escape; a backslash itself is written \"\\\\\"", NULL},
        {"action \"\\x80\";", "there is no such escape; a backslash itself is written \"\\\\\"", NULL},
        {"action \"\\u{110000}\";", "there is no such escape; a backslash itself is written \"\\\\\"", NULL},
        {"action \"\\*\";", "there is no such escape; a backslash itself is written \"\\\\\"", NULL},
    };
    ASSERT_SCHEMAS_SAY(cases);
}

static void takes_a_string_for_what_its_escapes_mean(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct cedar_mistake mistake = {0};
    struct schema_lexer lexer = {.arena = arena, .source = TEXT(" \"a\\n\\u{e9}\" ::"), .mistake = &mistake};
    struct schema_token token;
    assert_int_equal(schema_lexer_next(&lexer, &token), FAULT_NONE);
    assert_int_equal(token.kind, SCHEMA_STRING);
    assert_true(text_equal(token.text, TEXT("a\n\xc3\xa9")));
    assert_int_equal(token.span.offset, 1);
    assert_int_equal(token.span.length, 11);
    assert_int_equal(schema_lexer_next(&lexer, &token), FAULT_NONE);
    assert_int_equal(token.kind, SCHEMA_COLONS);
    assert_int_equal(schema_lexer_next(&lexer, &token), FAULT_NONE);
    assert_int_equal(token.kind, SCHEMA_END);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(skips_white_space_and_comments),
        cmocka_unit_test(says_what_no_word_is),
        cmocka_unit_test(reads_strings_with_their_escapes),
        cmocka_unit_test(takes_a_string_for_what_its_escapes_mean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

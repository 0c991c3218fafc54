/* What all parsers share: the bounds of a text, names, paths, and how a mistake is said. */
#include "syntax_fixture.h"

#include "syntax/parser.h"

static void begin(struct cedar_parser *parser, const char *source)
{
    assert_int_equal(cedar_parser_begin(parser, arena, text_of(source), &mistake), FAULT_NONE);
}

static void a_text_is_bounded_and_utf8(void **state)
{
    (void)state;
    struct cedar_parser parser;
    static char large[CEDAR_POLICY_BYTES_MAX + 1];
    memset(large, ' ', sizeof large);
    assert_int_equal(cedar_parser_begin(&parser, arena, (struct text){large, sizeof large - 1}, &mistake),
                     FAULT_NONE);
    assert_int_equal(cedar_parser_begin(&parser, arena, (struct text){large, sizeof large}, &mistake),
                     FAULT_POLICY_INVALID);
    assert_non_null(strstr(mistake.sentence.base, "more than 1048576 bytes"));
    assert_int_equal(cedar_parser_begin(&parser, arena, TEXT("a\xc3\xa9\xff"), &mistake), FAULT_POLICY_INVALID);
    assert_said("", 3, 1, "not UTF-8");
}

static void walks_from_token_to_token(void **state)
{
    (void)state;
    struct cedar_parser parser;
    begin(&parser, "a == \"b\"");
    assert_true(cedar_parser_at(&parser, "a"));
    assert_false(cedar_parser_accept(&parser, "b"));
    assert_true(cedar_parser_accept(&parser, "a"));
    assert_int_equal(cedar_parser_expect(&parser, "==", "x"), FAULT_NONE);
    struct cedar_span span = cedar_parser_span_since(&parser, 0);
    assert_int_equal(span.length, 4);
    struct text value;
    assert_int_equal(cedar_parse_string(&parser, "x", &value), FAULT_NONE);
    assert_true(text_is(value, "b"));
    assert_int_equal(parser.token.kind, CEDAR_TOKEN_END);
    assert_false(cedar_parser_at(&parser, ""));
    assert_int_equal(cedar_parser_unexpected(&parser, "more"), FAULT_POLICY_INVALID);
    assert_said("", 8, 0, "found the end of the text where more is expected");
}

static void a_path_is_its_names_alone(void **state)
{
    (void)state;
    struct cedar_parser parser;
    struct text path;
    bool goes_on;
    begin(&parser, "A :: // a\n B::C");
    assert_int_equal(cedar_parse_path(&parser, "a path", &path, &goes_on), FAULT_NONE);
    assert_true(text_is(path, "A::B::C"));
    assert_false(goes_on);
    begin(&parser, "A::B::\"c\"");
    assert_int_equal(cedar_parse_path(&parser, "a path", &path, &goes_on), FAULT_NONE);
    assert_true(text_is(path, "A::B"));
    assert_true(goes_on);
    assert_int_equal(parser.token.kind, CEDAR_TOKEN_STRING);
}

static void reserved_words_are_no_names(void **state)
{
    (void)state;
    static const char *const reserved[] = {"true", "false", "if",  "then", "else",
                                           "in",   "like",  "has", "is",   "__cedar"};
    struct cedar_parser parser;
    struct text name;
    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++) {
        begin(&parser, reserved[i]);
        assert_int_equal(cedar_parse_name(&parser, "a name", &name), FAULT_POLICY_INVALID);
        assert_said(reserved[i], 0, strlen(reserved[i]), "reserved");
    }
    begin(&parser, "principal");
    assert_int_equal(cedar_parse_name(&parser, "a name", &name), FAULT_NONE);
    begin(&parser, "A::in");
    assert_int_equal(cedar_parse_type(&parser, &name), FAULT_POLICY_INVALID);
    assert_said("A::in", 3, 2, "reserved");
}

static void a_type_is_no_entity(void **state)
{
    (void)state;
    struct cedar_parser parser;
    struct text type;
    begin(&parser, "A::\"b\"");
    assert_int_equal(cedar_parse_type(&parser, &type), FAULT_POLICY_INVALID);
    assert_said("", 0, 6, "found one entity where an entity type is expected");
    begin(&parser, "A::1");
    assert_int_equal(cedar_parse_type(&parser, &type), FAULT_POLICY_INVALID);
    assert_said("", 3, 1, "the rest of an entity type");
}

static void what_is_shown_of_a_token_is_short_and_printable(void **state)
{
    (void)state;
    struct cedar_parser parser;
    begin(&parser, "\"0123456789012345678901234567890123456789abc\"");
    assert_int_equal(cedar_parser_unexpected(&parser, "x"), FAULT_POLICY_INVALID);
    assert_non_null(strstr(mistake.sentence.base, "78... where"));
    assert_null(strstr(mistake.sentence.base, "abc"));
    begin(&parser, "\x01");
    assert_int_equal(cedar_parser_unexpected(&parser, "x"), FAULT_POLICY_INVALID);
    assert_non_null(strstr(mistake.sentence.base, "a character that cannot be seen"));
    begin(&parser, "\"abc");
    assert_int_equal(cedar_parser_unexpected(&parser, "x"), FAULT_POLICY_INVALID);
    assert_said("", 0, 4, "this string is not closed");
}

static void nesting_is_bounded(void **state)
{
    (void)state;
    struct cedar_parser parser;
    begin(&parser, "a");
    for (int i = 0; i < CEDAR_DEPTH_MAX; i++)
        assert_int_equal(cedar_parser_enter(&parser), FAULT_NONE);
    assert_int_equal(cedar_parser_enter(&parser), FAULT_POLICY_INVALID);
    cedar_parser_leave(&parser);
    cedar_parser_leave(&parser);
    assert_int_equal(cedar_parser_enter(&parser), FAULT_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_is_bounded_and_utf8),
        cmocka_unit_test(walks_from_token_to_token),
        cmocka_unit_test(a_path_is_its_names_alone),
        cmocka_unit_test(reserved_words_are_no_names),
        cmocka_unit_test(a_type_is_no_entity),
        cmocka_unit_test(what_is_shown_of_a_token_is_short_and_printable),
        cmocka_unit_test(nesting_is_bounded),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}

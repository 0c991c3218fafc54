/* Expressions as source: the parentheses they need and no others, and the same tree when it is parsed. */
#include "syntax_fixture.h"

static const char *print_of(const struct cedar_expression *expression)
{
    struct buffer out = buffer_in(arena, 256);
    cedar_expression_print(expression, &out);
    buffer_append_byte(&out, '\0');
    return out.base;
}

/* Prints as it is written, but for what is given as printed; and parses to the same tree. */
static void assert_printed(const char *source, const char *expected)
{
    const char *print = print_of(expression_of(source));
    assert_string_equal(print, expected);
    assert_string_equal(tree_of(print), tree_of(source));
}

static void keeps_the_parentheses_that_say_something(void **state)
{
    (void)state;
    static const char *const sources[] = {
        "1 - (2 - 3)",
        "1 - 2 - 3",
        "(1 + 2) * 3",
        "1 + 2 * 3",
        "1 * (2 * 3)",
        "true || false && true",
        "(true || false) && true",
        "true && (false && true)",
        "(1 == 2) == true",
        "true == (1 < 2)",
        "(if true then 1 else 2) + 3",
        "if true then 1 else if false then 2 else 3",
        "!(true && false)",
        "-(1)",
        "-context.a",
        "-(1 + 2)",
        "!(!true)",
        "-(-1)",
        "(-1).a",
        "1.a",
        "(1 + 2).isEmpty()",
        "(context has a) has b",
        "(principal is A) is B",
        "principal is A in [B::\"x\", principal]",
        "(principal in A::\"x\") in B::\"y\"",
        "[1, principal, -2]",
        "{a: principal, \"b c\": 1, \"if\": 2}",
        "context has a.b.c",
        "context has a && context.a has b",
        "context[\"a b\"][\"in\"].c has \"x y\"",
        "principal.hasTag(\"a\") && principal.getTag(context.b) == 1",
        "ip(context.a).isInRange(ip(\"10.0.0.1\"))",
        "(if true then principal else resource).a",
        "ip()",
        "ip(\"1\", 2)",
        "context.a.isIpv4(1, 2)",
        "ip(\"none\")",
        "[1].contains(2) || [].containsAll([1])",
        "(true || false) == true",
        "!(1 == 2)",
    };
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++)
        assert_printed(sources[i], sources[i]);
}

static void drops_the_parentheses_that_say_nothing(void **state)
{
    (void)state;
    assert_printed("((1) + (2)) - (3 * 4)", "1 + 2 - 3 * 4");
    assert_printed("(true && true) && (1 == 2)", "true && true && 1 == 2");
    assert_printed("!!true", "!(!true)");
    assert_printed("- -3", "-(-3)");
    assert_printed("1 - -2", "1 - -2");
}

static void spells_constants_and_patterns_in_one_way(void **state)
{
    (void)state;
    assert_printed("[2, 1, 1]", "[1, 2]");
    assert_printed("decimal(\"1.00\")", "decimal(\"1.0\")");
    assert_printed("\"a\\x41\\u{7}\" like \"\\**\\u{0}*\\*x\\\"\"", "\"aA\\u{7}\" like \"\\**\\0*\\*x\\\"\"");
    assert_printed("\"\" like \"\"", "\"\" like \"\"");
    assert_printed("\"\" like \"**\"", "\"\" like \"**\"");
}

static void says_a_datetime_no_literal_can_by_arithmetic(void **state)
{
    (void)state;
    struct cedar_expression far = {.operation = CEDAR_LITERAL,
                                   .literal = {.kind = CEDAR_DATETIME, .integer = INT64_MAX}};
    assert_string_equal(print_of(&far), "datetime(\"1970-01-01\").offset(duration(\"9223372036854775807ms\"))");
    assert_int_equal(expression_of(print_of(&far))->operation, CEDAR_OFFSET);
}

static void prints_the_deepest_tree_there_may_be(void **state)
{
    (void)state;
    struct buffer source = buffer_in(arena, 4096);
    for (int i = 1; i < CEDAR_DEPTH_MAX; i++)
        buffer_append(&source, TEXT("!("));
    buffer_append(&source, TEXT("true"));
    for (int i = 1; i < CEDAR_DEPTH_MAX; i++)
        buffer_append(&source, TEXT(")"));
    buffer_append_byte(&source, '\0');
    const struct cedar_expression *deepest = expression_of(source.base);
    assert_int_equal(deepest->depth, CEDAR_DEPTH_MAX);
    assert_string_equal(tree_of(print_of(deepest)), tree_of(source.base));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_the_parentheses_that_say_something),
        cmocka_unit_test(drops_the_parentheses_that_say_nothing),
        cmocka_unit_test(spells_constants_and_patterns_in_one_way),
        cmocka_unit_test(says_a_datetime_no_literal_can_by_arithmetic),
        cmocka_unit_test(prints_the_deepest_tree_there_may_be),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}

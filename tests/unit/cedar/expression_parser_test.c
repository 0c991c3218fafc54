/* Operators by how tightly they bind, and what does not stand beside what. */
#include "syntax_fixture.h"

static void operators_bind_as_the_language_says(void **state)
{
    (void)state;
    assert_tree("1 - 2 - 3", "(- (- 1 2) 3)");
    assert_tree("1 + 2 * 3 - 4", "(- (+ 1 (* 2 3)) 4)");
    assert_tree("context.a * context.b", "(* (get context a) (get context b))");
    assert_tree("true || false && true || false", "(|| (|| true (&& false true)) false)");
    assert_tree("1 + 2 == 3 && !true", "(&& (== (+ 1 2) 3) (! true))");
    assert_tree("principal in [resource]", "(in principal (set resource))");
    assert_tree("1 < 2 && 1 <= 2 && 1 > 2 && 1 >= 2 && 1 != 2",
                "(&& (&& (&& (&& (< 1 2) (<= 1 2)) (> 1 2)) (>= 1 2)) (!= 1 2))");
}

static void if_takes_all_that_follows_it(void **state)
{
    (void)state;
    assert_tree("if true then 1 else 2 + 3", "(if true 1 (+ 2 3))");
    assert_tree("if true then 1 else if false then 2 else 3", "(if true 1 (if false 2 3))");
    assert_refused("true && if true then 1 else 2", 8, 2, "behind an operator");
    assert_refused("if true then 1", 14, 0, "`else`");
}

static void signs_stand_at_most_four_in_a_row(void **state)
{
    (void)state;
    assert_tree("!!!!true", "(! (! (! (! true))))");
    assert_tree("- - 1", "(neg -1)");
    assert_tree("1 - -1", "(- 1 -1)");
    assert_refused("!!!!!true", 4, 1, "more than 4 `!`");
    assert_refused("-----1", 4, 1, "more than 4 `-`");
    assert_refused("!-1", 1, 1, "an expression");
    assert_refused("-!true", 1, 1, "an expression");
}

static void a_minus_belongs_to_its_number_unless_that_is_asked(void **state)
{
    (void)state;
    assert_tree("-9223372036854775808", "-9223372036854775808");
    assert_tree("--0009223372036854775808", "(neg -9223372036854775808)");
    assert_tree("-1.a", "(neg (get 1 a))");
    assert_tree("-(1)", "(neg 1)");
    assert_tree("-0", "0");
    assert_refused("-9223372036854775809", 1, 19, "too small");
    assert_refused("1 -9223372036854775808", 3, 19, "too large");
    assert_refused("-9223372036854775808.a", 1, 19, "too large");
}

static void has_takes_a_string_or_a_path(void **state)
{
    (void)state;
    assert_tree("context has a", "(has context a)");
    assert_tree("context has \"a.b\"", "(has context a.b)");
    assert_tree("context.x has a.b.c && true",
                "(&& (&& (&& (has (get context x) a) (has (get (get context x) a) b)) "
                "(has (get (get (get context x) a) b) c)) true)");
    assert_tree("context has principal.action",
                "(&& (has context principal) (has (get context principal) action))");
    assert_refused("context has if", 12, 2, "reserved");
    assert_refused("context has a[\"b\"]", 13, 1, "found `[`");
    assert_refused("context has a::b", 13, 2, "found `::`");
    assert_refused("context has (a)", 12, 1, "an attribute's name or a string");
}

static void like_takes_a_pattern(void **state)
{
    (void)state;
    assert_tree("context.a like \"a*\\*\"", "(like (get context a) a~*)");
    assert_refused("\"a\" like context", 9, 7, "a pattern as a string");
    assert_refused("\"a\" like \"b\\q\"", 11, 2, "no such escape in a pattern");
}

static void is_takes_a_type_and_perhaps_a_group(void **state)
{
    (void)state;
    assert_tree("principal is A::B", "(is principal A::B)");
    assert_tree("principal is A in B::\"c\" && true", "(&& (is principal B::\"c\" A) true)");
    assert_refused("principal is A == principal", 15, 2, "cannot be used together");
    assert_refused("principal is \"A\"", 13, 3, "an entity type");
    assert_refused("principal is A::\"b\"", 13, 6, "found one entity");
}

static void comparisons_do_not_stand_on_each_other(void **state)
{
    (void)state;
    assert_refused("1 < 2 < 3", 6, 1, "second comparison");
    assert_suggested("Put one of the two in parentheses.");
    assert_refused("context has a == true", 14, 2, "second comparison");
    assert_refused("principal is A in B::\"c\" in B::\"d\"", 25, 2, "second comparison");
    assert_tree("(1 < 2) == true", "(== (< 1 2) true)");
}

static void habits_of_other_languages_are_told(void **state)
{
    (void)state;
    assert_refused("context.a = 1", 10, 1, "found `=`");
    assert_suggested("Write == to compare.");
    assert_refused("true and false", 5, 3, "found `and`");
    assert_suggested("Write && for and.");
    assert_refused("1 / 2 == 3", 2, 1, "found `/`");
    assert_refused("\"abc", 0, 4, "not closed");
}

static void an_expressions_span_is_all_of_it(void **state)
{
    (void)state;
    const struct cedar_expression *expression = expression_of(" (1 + 2) * context.a ");
    assert_int_equal(expression->span.offset, 1);
    assert_int_equal(expression->span.length, 19);
    assert_int_equal(expression->operands[1]->span.offset, 11);
    assert_int_equal(expression->operands[1]->span.length, 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operators_bind_as_the_language_says),
        cmocka_unit_test(if_takes_all_that_follows_it),
        cmocka_unit_test(signs_stand_at_most_four_in_a_row),
        cmocka_unit_test(a_minus_belongs_to_its_number_unless_that_is_asked),
        cmocka_unit_test(has_takes_a_string_or_a_path),
        cmocka_unit_test(like_takes_a_pattern),
        cmocka_unit_test(is_takes_a_type_and_perhaps_a_group),
        cmocka_unit_test(comparisons_do_not_stand_on_each_other),
        cmocka_unit_test(habits_of_other_languages_are_told),
        cmocka_unit_test(an_expressions_span_is_all_of_it),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}

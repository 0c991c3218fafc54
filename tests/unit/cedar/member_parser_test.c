/* The ends of expressions: literals, names, sets, records, and access to members. */
#include "syntax_fixture.h"

static void reads_literals_and_variables(void **state)
{
    (void)state;
    assert_tree("true", "true");
    assert_tree("00012", "12");
    assert_tree("9223372036854775807", "9223372036854775807");
    assert_tree("\"a\\u{62}\"", "\"ab\"");
    assert_tree("A :: B :: \"c\"", "A::B::\"c\"");
    assert_tree("principal::\"c\"", "principal::\"c\"");
    assert_tree("resource", "resource");
    assert_tree("((action))", "action");
}

static void a_number_fits_a_long(void **state)
{
    (void)state;
    assert_refused("9223372036854775808", 0, 19, "too large");
    assert_refused("99999999999999999999999", 0, 23, "too large");
    assert_refused("-(9223372036854775808)", 2, 19, "too large");
}

static void members_are_asked_for_one_after_the_other(void **state)
{
    (void)state;
    assert_tree("context.a[\"b c\"].d", "(get (get (get context a) b c) d)");
    assert_tree("context . principal", "(get context principal)");
    assert_tree("(context).a", "(get context a)");
    assert_tree("context[\"if\"]", "(get context if)");
    assert_tree("{a: 1}.a", "(get {a: 1} a)");
    assert_refused("context.if", 8, 2, "reserved word `if`");
    assert_suggested("An attribute of that name is written [\"if\"].");
    assert_refused("context[a]", 8, 1, "an attribute's name as a string");
    assert_refused("context[\"a\"](1)", 12, 1, "only functions and methods can be called");
    assert_refused("context.", 8, 0, "the end of the text");
}

static void the_last_item_may_have_a_comma(void **state)
{
    (void)state;
    assert_tree("[1, 2,]", "[1, 2]");
    assert_tree("{a: 1,}", "{a: 1}");
    assert_refused("[,]", 1, 1, "found `,`");
    assert_refused("[1 2]", 3, 1, "`,` or `]`");
    assert_refused("{a: 1 b: 2}", 6, 1, "`,` or `}`");
}

static void a_record_names_each_attribute_once(void **state)
{
    (void)state;
    assert_refused("{a: 1, b: 2, \"a\": 3}", 13, 3, "stands twice");
    assert_refused("{if: 1}", 1, 2, "reserved");
    assert_refused("{(\"a\"): 1}", 1, 1, "an attribute's name or a string");
    assert_refused("{a}", 2, 1, "`:`");
    assert_tree("{\"if\": 1}", "{\"if\": 1}");
}

static void names_that_are_nothing_are_guessed(void **state)
{
    (void)state;
    assert_refused("principle", 0, 9, "no such variable");
    assert_suggested("Did you mean principal?");
    assert_refused("not true", 0, 3, "no such variable");
    assert_suggested("Write ! for not.");
    assert_refused("resource == alice", 12, 5, "no such variable");
    assert_suggested("Write a string in double quotes, or an entity as Type::\"name\".");
    assert_refused("A::B", 0, 4, "no such variable");
    assert_refused("User::name", 0, 10, "no such variable");
    assert_refused("'a'", 0, 1, "found the character '");
    assert_suggested("Strings are written with double quotes.");
}

static void slots_are_not_for_conditions(void **state)
{
    (void)state;
    assert_refused("principal == ?principal", 13, 10, "only in the head");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_literals_and_variables),
        cmocka_unit_test(a_number_fits_a_long),
        cmocka_unit_test(members_are_asked_for_one_after_the_other),
        cmocka_unit_test(the_last_item_may_have_a_comma),
        cmocka_unit_test(a_record_names_each_attribute_once),
        cmocka_unit_test(names_that_are_nothing_are_guessed),
        cmocka_unit_test(slots_are_not_for_conditions),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}

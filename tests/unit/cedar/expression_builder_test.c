/* Depth, weight, and what becomes a literal. */
#include "syntax_fixture.h"

static void what_is_constant_is_one_literal(void **state)
{
    (void)state;
    const struct cedar_expression *set = expression_of("[1, [2, 1, 2], {b: 1, a: User::\"x\"}]");
    assert_int_equal(set->operation, CEDAR_LITERAL);
    assert_int_equal(set->literal.kind, CEDAR_SET);
    assert_int_equal(set->literal.set->count, 3);
    assert_int_equal(set->depth, 3);
    assert_int_equal(set->operand_count, 0);
    assert_int_equal(expression_of("[]")->operation, CEDAR_LITERAL);
    assert_int_equal(expression_of("{}")->literal.record->count, 0);
}

static void what_is_not_constant_is_made_when_it_is_evaluated(void **state)
{
    (void)state;
    assert_tree("[1, principal]", "(set 1 principal)");
    assert_tree("{a: 1, \"b c\": context}", "(record a:1 b c:context)");
    assert_int_equal(expression_of("[1 + 2]")->operation, CEDAR_MAKE_SET);
    assert_int_equal(expression_of("[1, principal, 1]")->operand_count, 3);
}

static const char *repeated(const char *before, const char *part, size_t count, const char *after)
{
    struct buffer out = buffer_in(arena, 64);
    buffer_append(&out, text_of(before));
    for (size_t i = 0; i < count; i++)
        buffer_append(&out, text_of(part));
    buffer_append(&out, text_of(after));
    buffer_append_byte(&out, '\0');
    return buffer_text(&out).base;
}

static void a_chain_is_as_deep_as_it_is_long(void **state)
{
    (void)state;
    assert_int_equal(expression_of(repeated("true", "&&true", CEDAR_DEPTH_MAX - 1, ""))->depth,
                     CEDAR_DEPTH_MAX);
    assert_int_equal(expression_of(repeated("context", ".a", CEDAR_DEPTH_MAX - 1, ""))->depth, CEDAR_DEPTH_MAX);
    const char *chains[] = {
        repeated("true", "&&true", CEDAR_DEPTH_MAX, ""), repeated("1", "+1", CEDAR_DEPTH_MAX, ""),
        repeated("context", ".a", CEDAR_DEPTH_MAX, ""), repeated("context has a", ".a", CEDAR_DEPTH_MAX, "")};
    const struct cedar_expression *expression;
    for (size_t i = 0; i < sizeof chains / sizeof chains[0]; i++) {
        assert_int_equal(cedar_expression_parse(arena, text_of(chains[i]), &expression, &mistake),
                         FAULT_POLICY_INVALID);
        assert_non_null(strstr(mistake.sentence.base, "more than 512 levels"));
    }
}

static void nesting_is_bounded_whatever_nests(void **state)
{
    (void)state;
    static const char *const parts[][2] = {{"(", "1)"},
                                           {"[", "]"},
                                           {"{a:", "}"},
                                           {"ip(", ")"},
                                           {"!(", ")"},
                                           {"if ", ""},
                                           {"context.contains(", ")"}};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        const char *source = repeated(repeated("", parts[i][0], 50000, ""), parts[i][1], 1, "");
        const struct cedar_expression *expression;
        assert_int_equal(cedar_expression_parse(arena, text_of(source), &expression, &mistake),
                         FAULT_POLICY_INVALID);
        assert_non_null(strstr(mistake.sentence.base, "nested deeper than 512"));
    }
    expression_of(repeated(repeated("", "(", CEDAR_DEPTH_MAX - 1, "1"), ")", CEDAR_DEPTH_MAX - 1, ""));
}

static void a_path_behind_has_repeats_its_object_without_copying_it(void **state)
{
    (void)state;
    const struct cedar_expression *has = expression_of("context has a.b.c");
    assert_int_equal(has->operation, CEDAR_AND);
    const struct cedar_expression *last = has->operands[1], *first = has->operands[0]->operands[0];
    assert_ptr_equal(last->operands[0]->operands[0]->operands[0], first->operands[0]);
}

static void trees_that_double_are_refused_before_they_are_walked(void **state)
{
    (void)state;
    const char *source = repeated(repeated("", "(", 100, "context"), " has a.b)", 100, "");
    const struct cedar_expression *expression;
    assert_int_equal(cedar_expression_parse(arena, text_of(source), &expression, &mistake),
                     FAULT_POLICY_INVALID);
    assert_non_null(strstr(mistake.sentence.base, "too many has with paths"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_constant_is_one_literal),
        cmocka_unit_test(what_is_not_constant_is_made_when_it_is_evaluated),
        cmocka_unit_test(a_chain_is_as_deep_as_it_is_long),
        cmocka_unit_test(nesting_is_bounded_whatever_nests),
        cmocka_unit_test(a_path_behind_has_repeats_its_object_without_copying_it),
        cmocka_unit_test(trees_that_double_are_refused_before_they_are_walked),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}

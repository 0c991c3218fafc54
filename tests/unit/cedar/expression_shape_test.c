/* Signs, tightness, and which && is the has of a path. */
#include "forms/expression_forms.h"
#include "syntax_fixture.h"

static void every_sign_is_found_by_its_operation_and_back(void **state)
{
    (void)state;
    unsigned count = 0;
    for (unsigned i = 0; i < CEDAR_OPERATION_COUNT; i++) {
        const char *sign = expression_sign((enum cedar_operation)i);
        enum cedar_operation operation = CEDAR_LITERAL;
        if (sign == NULL)
            continue;
        assert_true(expression_operation_of_sign(text_of(sign), &operation));
        assert_int_equal(operation, i);
        count++;
    }
    assert_int_equal(count, 12);
    enum cedar_operation operation;
    assert_false(expression_operation_of_sign(TEXT("!"), &operation));
    assert_false(expression_operation_of_sign(TEXT("="), &operation));
}

static void what_is_written_looser_needs_parentheses_in_what_is_tighter(void **state)
{
    (void)state;
    static const struct {
        const char *source;
        enum tightness tightness;
    } rows[] = {
        {"if true then 1 else 2", TIGHTNESS_IF},
        {"true || false", TIGHTNESS_OR},
        {"true && false", TIGHTNESS_AND},
        {"1 == 2", TIGHTNESS_RELATION},
        {"context has a", TIGHTNESS_RELATION},
        {"context has a.b", TIGHTNESS_RELATION},
        {"principal is A", TIGHTNESS_RELATION},
        {"\"\" like \"\"", TIGHTNESS_RELATION},
        {"1 - 2", TIGHTNESS_SUM},
        {"1 * 2", TIGHTNESS_PRODUCT},
        {"!true", TIGHTNESS_UNARY},
        {"-(1)", TIGHTNESS_UNARY},
        {"-1", TIGHTNESS_UNARY},
        {"1", TIGHTNESS_MEMBER},
        {"[-1]", TIGHTNESS_MEMBER},
        {"context.a", TIGHTNESS_MEMBER},
        {"ip(\"::1\")", TIGHTNESS_MEMBER},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(expression_tightness(expression_of(rows[i].source)), rows[i].tightness);
}

static void only_a_path_that_was_written_as_one_is_one(void **state)
{
    (void)state;
    assert_true(expression_is_has_path(expression_of("context has a.b")));
    assert_true(expression_is_has_path(expression_of("context has a.b.c")));
    assert_false(expression_is_has_path(expression_of("context has a")));
    assert_false(expression_is_has_path(expression_of("context has a && context.a has b")));
    assert_false(expression_is_has_path(expression_of("true && context has a.b")));
    assert_false(expression_is_has_path(expression_of("context has a.b && context has a.b")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sign_is_found_by_its_operation_and_back),
        cmocka_unit_test(what_is_written_looser_needs_parentheses_in_what_is_tighter),
        cmocka_unit_test(only_a_path_that_was_written_as_one_is_one),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}

/* The walk over an expression: what is looked at, in which order, and what is left out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "asking.h"
#include "made_by_hand.h"

static void the_request_is_there_by_name(void **state)
{
    (void)state;
    static const struct asked asked[] = {
        {"principal", "Agent::\"a\"", NULL},
        {"action", "Action::\"read\"", NULL},
        {"resource", "Doc::\"none\"", NULL},
        {"context", "{deep: {er: true}, n: 1, s: \"text\", set: [1, 2]}", NULL},
        {"User::\"x\"", "User::\"x\"", NULL},
        {"\"a\"", "\"a\"", NULL},
        {"[]", "[]", NULL},
    };
    ASSERT_ALL_ANSWERED(asked);
}

static void and_looks_right_only_where_left_is_true(void **state)
{
    (void)state;
    static const struct asked asked[] = {
        {"true && true", "true", NULL},
        {"true && false", "false", NULL},
        {"false && context.none", "false", NULL},
        {"context.n == 2 && context.n", "false", NULL},
        {"true && context.n", "expected a bool, found a long", "context.n"},
        {"context.n && true", "expected a bool, found a long", "context.n"},
        {"context.none && false", "the record has no attribute \"none\"", "context.none"},
    };
    ASSERT_ALL_ANSWERED(asked);
}

static void or_looks_right_only_where_left_is_false(void **state)
{
    (void)state;
    static const struct asked asked[] = {
        {"true || context.n", "true", NULL},
        {"true || context.none", "true", NULL},
        {"false || true", "true", NULL},
        {"false || false", "false", NULL},
        {"false || context.n", "expected a bool, found a long", "context.n"},
        {"context.s || true", "expected a bool, found a string", "context.s"},
    };
    ASSERT_ALL_ANSWERED(asked);
}

static void if_looks_at_one_branch(void **state)
{
    (void)state;
    static const struct asked asked[] = {
        {"if context.n == 1 then \"yes\" else context.none", "\"yes\"", NULL},
        {"if context.n == 2 then context.none else 3", "3", NULL},
        {"if context.n then 1 else 2", "expected a bool, found a long", "context.n"},
    };
    ASSERT_ALL_ANSWERED(asked);
}

static void is_asks_for_the_type_first(void **state)
{
    (void)state;
    static const struct asked asked[] = {
        {"principal is Agent", "true", NULL},
        {"principal is User", "false", NULL},
        {"resource is Doc", "true", NULL},
        {"principal is Agent in Team::\"t\"", "true", NULL},
        {"principal is Agent in [Org::\"o\", User::\"u\"]", "true", NULL},
        {"principal is Agent in Team::\"x\"", "false", NULL},
        {"principal is User in context.none", "false", NULL},
        {"principal is User in context.n", "false", NULL},
        {"principal is Agent in context.n", "expected an entity or a set of entities, found a long",
         "context.n"},
        {"principal is Agent in context.none", "the record has no attribute \"none\"", "context.none"},
        {"context.n is Agent", "expected an entity, found a long", "context.n"},
    };
    ASSERT_ALL_ANSWERED(asked);
}

static void sets_and_records_need_all_their_parts(void **state)
{
    (void)state;
    static const struct asked asked[] = {
        {"[context.n, 2, context.n]", "[1, 2]", NULL},
        {"{b: context.n, a: {c: principal}}", "{a: {c: Agent::\"a\"}, b: 1}", NULL},
        {"[1, context.none]", "the record has no attribute \"none\"", "context.none"},
        {"{a: 1, b: resource.x}", "Doc::\"none\" does not exist", "resource"},
        {"[1, context.n + \"a\"].contains(1)", "expected a long, found a string", "\"a\""},
    };
    ASSERT_ALL_ANSWERED(asked);
}

static void the_first_failure_is_told(void **state)
{
    (void)state;
    static const struct asked asked[] = {
        {"context.none + context.other", "the record has no attribute \"none\"", "context.none"},
        {"context.n.contains(context.none)", "the record has no attribute \"none\"", "context.none"},
    };
    ASSERT_ALL_ANSWERED(asked);
}

static void a_call_with_the_wrong_number_of_arguments_fails_where_it_is_evaluated(void **state)
{
    (void)state;
    static const struct asked asked[] = {
        {"false && decimal() == 1", "false", NULL},
        {"decimal()", "decimal is called with too many or too few arguments", "decimal()"},
        {"ip(\"::1\", 2, 3)", "ip is called with too many or too few arguments", "ip(\"::1\", 2, 3)"},
        {"ip(\"::1\").isInRange()", "isInRange is called with too many or too few arguments",
         "ip(\"::1\").isInRange()"},
        {"decimal(context.none, 1)", "the record has no attribute \"none\"", "context.none"},
    };
    ASSERT_ALL_ANSWERED(asked);
}

static void the_deepest_tree_is_evaluated(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct asking asking;
    struct cedar_value value;
    struct cedar_error error;
    asking_begin(&asking, arena);
    const struct cedar_expression *expression = literal_in(arena, cedar_boolean(true));
    while (expression->depth < CEDAR_DEPTH_MAX)
        expression = node_in(arena, CEDAR_NOT, expression, NULL);
    assert_int_equal(
        cedar_evaluate(arena, expression, asking.entities, &asking.request, CEDAR_WORK_DEFAULT, &value, &error),
        FAULT_NONE);
    assert_false(value.boolean); /* 511 times not true */
}

/* The least work with which there is a value. */
static size_t work_of(const char *text)
{
    for (size_t work = 0;; work++) {
        SCOPED_ARENA arena = arena_create();
        struct asking asking;
        struct cedar_value value;
        struct cedar_error error;
        asking_begin(&asking, arena);
        const struct cedar_expression *expression = expression_in(arena, text);
        if (cedar_evaluate(arena, expression, asking.entities, &asking.request, work, &value, &error) ==
            FAULT_NONE)
            return work;
        assert_true(text_is(error.sentence, "this takes more work than a decision may"));
    }
}

static void every_step_costs_work(void **state)
{
    (void)state;
    assert_int_equal(work_of("true"), 1);
    assert_int_equal(work_of("principal"), 1);
    assert_int_equal(work_of("!context.deep.er"), 4);
    assert_int_equal(work_of("if true then 1 else context.n + 2"), 3);
    assert_int_equal(work_of("false && context.n == 1"), 2);
    assert_int_equal(work_of("context.n == 1"), 5);             /* and one for comparing */
    assert_int_equal(work_of("context.set == context.set"), 8); /* of three values each */
    assert_int_equal(work_of("context.set.contains(1)"), 6);    /* two comparisons */
    assert_int_equal(work_of("context.set.containsAll([1, 2])"), 10);
    assert_int_equal(work_of("principal in Team::\"t\""), 6); /* itself and a search among two */
    assert_int_equal(work_of("principal in [Doc::\"x\", Doc::\"y\"]"), 9);
    assert_int_equal(work_of("[context.n, context.n]"), 9); /* two values, compared twice at most */
    assert_int_equal(work_of("context.s like \"t*\""), 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_request_is_there_by_name),
        cmocka_unit_test(and_looks_right_only_where_left_is_true),
        cmocka_unit_test(or_looks_right_only_where_left_is_false),
        cmocka_unit_test(if_looks_at_one_branch),
        cmocka_unit_test(is_asks_for_the_type_first),
        cmocka_unit_test(sets_and_records_need_all_their_parts),
        cmocka_unit_test(the_first_failure_is_told),
        cmocka_unit_test(a_call_with_the_wrong_number_of_arguments_fails_where_it_is_evaluated),
        cmocka_unit_test(the_deepest_tree_is_evaluated),
        cmocka_unit_test(every_step_costs_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

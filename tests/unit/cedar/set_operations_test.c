/* Methods of sets: what they find and what they refuse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "asking.h"

static void contains_looks_for_one(void **state)
{
    (void)state;
    static const struct asked asked[] = {
        {"context.set.contains(1)", "true", NULL},
        {"context.set.contains(3)", "false", NULL},
        {"context.set.contains(\"1\")", "false", NULL},
        {"[[1], {a: 1}].contains({a: context.n})", "true", NULL},
        {"[context.set].contains([2, 1])", "true", NULL},
        {"[].contains(1)", "false", NULL},
        {"context.n.contains(1)", "expected a set, found a long", "context.n"},
        {"context.s.contains(\"t\")", "expected a set, found a string", "context.s"},
    };
    ASSERT_ALL_ANSWERED(asked);
}

static void contains_all_looks_for_every_one(void **state)
{
    (void)state;
    static const struct asked asked[] = {
        {"context.set.containsAll([1])", "true", NULL},
        {"context.set.containsAll([2, 1])", "true", NULL},
        {"context.set.containsAll([1, 3])", "false", NULL},
        {"[1].containsAll(context.set)", "false", NULL},
        {"context.set.containsAll([])", "true", NULL},
        {"[].containsAll([])", "true", NULL},
        {"context.set.containsAll(context.n)", "expected a set, found a long", "context.n"},
        {"principal.containsAll([1])", "expected a set, found an entity", "principal"},
    };
    ASSERT_ALL_ANSWERED(asked);
}

static void contains_any_looks_for_some(void **state)
{
    (void)state;
    static const struct asked asked[] = {
        {"context.set.containsAny([3, 2])", "true", NULL},
        {"context.set.containsAny([3])", "false", NULL},
        {"[7, 8, 9, 1].containsAny(context.set)", "true", NULL},
        {"context.set.containsAny([])", "false", NULL},
        {"[].containsAny([])", "false", NULL},
        {"context.set.containsAny(context.s)", "expected a set, found a string", "context.s"},
        {"context.containsAny([1])", "expected a set, found a record", "context"},
    };
    ASSERT_ALL_ANSWERED(asked);
}

static void is_empty_counts(void **state)
{
    (void)state;
    static const struct asked asked[] = {
        {"context.set.isEmpty()", "false", NULL},
        {"[].isEmpty()", "true", NULL},
        {"context.s.isEmpty()", "expected a set, found a string", "context.s"},
    };
    ASSERT_ALL_ANSWERED(asked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contains_looks_for_one),
        cmocka_unit_test(contains_all_looks_for_every_one),
        cmocka_unit_test(contains_any_looks_for_some),
        cmocka_unit_test(is_empty_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

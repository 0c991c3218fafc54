/* Operators on booleans, longs and strings: what they make, what they refuse, and where. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "asking.h"

static void not_turns_a_boolean_round(void **state)
{
    (void)state;
    static const struct asked asked[] = {
        {"!true", "false", NULL},
        {"!!true", "true", NULL},
        {"!context.deep.er", "false", NULL},
        {"!context.n", "expected a bool, found a long", "context.n"},
    };
    ASSERT_ALL_ANSWERED(asked);
}

static void a_negated_long_must_fit(void **state)
{
    (void)state;
    static const struct asked asked[] = {
        {"-context.n", "-1", NULL},
        {"-(-9223372036854775807)", "9223372036854775807", NULL},
        {"-(context.n - context.n - 9223372036854775807 - context.n)",
         "the result of -(-9223372036854775808) does not fit a long",
         "-(context.n - context.n - 9223372036854775807 - context.n)"},
        {"-context.s", "expected a long, found a string", "context.s"},
    };
    ASSERT_ALL_ANSWERED(asked);
}

static void everything_can_be_compared_for_equality(void **state)
{
    (void)state;
    static const struct asked asked[] = {
        {"context.n == 1", "true", NULL},
        {"context.n != 1", "false", NULL},
        {"context.n == \"1\"", "false", NULL},
        {"context.n != \"1\"", "true", NULL},
        {"principal == Agent::\"a\"", "true", NULL},
        {"principal == User::\"a\"", "false", NULL},
        {"principal == 1", "false", NULL},
        {"context.set == [2, 1, 2]", "true", NULL},
        {"context.set == [1]", "false", NULL},
        {"context.deep == {er: true}", "true", NULL},
        {"context.deep == {}", "false", NULL},
        {"decimal(\"1.0\") == decimal(\"1.0000\")", "true", NULL},
        {"ip(\"10.0.0.1\") == ip(\"10.0.0.1/32\")", "true", NULL},
        {"datetime(\"1970-01-01\") == duration(\"0ms\")", "false", NULL},
        {"context.n == context.none", "the record has no attribute \"none\"", "context.none"},
    };
    ASSERT_ALL_ANSWERED(asked);
}

static void only_longs_datetimes_and_durations_have_an_order(void **state)
{
    (void)state;
    static const struct asked asked[] = {
        {"context.n < 2", "true", NULL},
        {"context.n < 1", "false", NULL},
        {"context.n <= 1", "true", NULL},
        {"context.n > 1", "false", NULL},
        {"context.n >= 1", "true", NULL},
        {"context.n > 0", "true", NULL},
        {"datetime(\"2024-01-01\") < datetime(\"2024-01-02\")", "true", NULL},
        {"duration(\"1h\") >= duration(\"61m\")", "false", NULL},
        {"context.n < context.s", "expected a long, found a string", "context.s"},
        {"context.s < context.n", "expected a long, found a string", "context.s"},
        {"context.s < context.s", "expected a long, a datetime or a duration, found a string", "context.s"},
        {"datetime(\"2024-01-01\") < duration(\"1h\")", "expected a datetime, found a duration",
         "duration(\"1h\")"},
        {"context.n >= datetime(\"2024-01-01\")", "expected a long, found a datetime",
         "datetime(\"2024-01-01\")"},
        {"decimal(\"1.0\") < decimal(\"2.0\")", "expected a long, a datetime or a duration, found a decimal",
         "decimal(\"1.0\")"},
        {"ip(\"::1\") <= context.n", "expected a long, found an ipaddr", "ip(\"::1\")"},
        {"true > false", "expected a long, a datetime or a duration, found a bool", "true"},
        {"principal < principal", "expected a long, a datetime or a duration, found an entity", "principal"},
    };
    ASSERT_ALL_ANSWERED(asked);
}

static void arithmetic_stays_within_a_long(void **state)
{
    (void)state;
    static const struct asked asked[] = {
        {"context.n + 1", "2", NULL},
        {"context.n - 2", "-1", NULL},
        {"context.n * -3", "-3", NULL},
        {"1 + 2 * 3", "7", NULL},
        {"context.n + 9223372036854775807", "the result of 1 + 9223372036854775807 does not fit a long",
         "context.n + 9223372036854775807"},
        {"(0 - context.n - 1) - 9223372036854775807",
         "the result of -2 - 9223372036854775807 does not fit a long",
         "(0 - context.n - 1) - 9223372036854775807"},
        {"9223372036854775807 * (context.n + 1)", "the result of 9223372036854775807 * 2 does not fit a long",
         "9223372036854775807 * (context.n + 1)"},
        {"context.n + context.s", "expected a long, found a string", "context.s"},
        {"context.s - context.n", "expected a long, found a string", "context.s"},
        {"context.n * duration(\"1h\")", "expected a long, found a duration", "duration(\"1h\")"},
    };
    ASSERT_ALL_ANSWERED(asked);
}

static void like_takes_strings(void **state)
{
    (void)state;
    static const struct asked asked[] = {
        {"context.s like \"t*t\"", "true", NULL},
        {"context.s like \"t*x\"", "false", NULL},
        {"\"a*b\" like \"a\\*b\"", "true", NULL},
        {"\"axb\" like \"a\\*b\"", "false", NULL},
        {"context.n like \"*\"", "expected a string, found a long", "context.n"},
    };
    ASSERT_ALL_ANSWERED(asked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(not_turns_a_boolean_round),
        cmocka_unit_test(a_negated_long_must_fit),
        cmocka_unit_test(everything_can_be_compared_for_equality),
        cmocka_unit_test(only_longs_datetimes_and_durations_have_an_order),
        cmocka_unit_test(arithmetic_stays_within_a_long),
        cmocka_unit_test(like_takes_strings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Constructors and methods of the extension types, as a policy calls them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "asking.h"

static void constructors_take_a_string_that_is_one(void **state)
{
    (void)state;
    static const struct asked asked[] = {
        {"decimal(\"1.5\")", "decimal(\"1.5\")", NULL},
        {"ip(\"10.0.0.0/8\")", "ip(\"10.0.0.0/8\")", NULL},
        {"datetime(\"2024-01-01\") == datetime(\"2024-01-01T00:00:00Z\")", "true", NULL},
        {"duration(\"90s\") == duration(\"1m30s\")", "true", NULL},
        {"decimal(context.n)", "expected a string, found a long", "context.n"},
        {"ip(context.set)", "expected a string, found a set", "context.set"},
        {"datetime(principal)", "expected a string, found an entity", "principal"},
        {"duration(context.n)", "expected a string, found a long", "context.n"},
        {"decimal(context.s)", "\"text\" is not a decimal", "context.s"},
        {"ip(context.s)", "\"text\" is not an ipaddr", "context.s"},
        {"datetime(context.s)", "\"text\" is not a datetime", "context.s"},
        {"duration(context.s)", "\"text\" is not a duration", "context.s"},
    };
    ASSERT_ALL_ANSWERED(asked);
}

static void decimals_have_an_order_of_their_own(void **state)
{
    (void)state;
    static const struct asked asked[] = {
        {"decimal(\"1.0\").lessThan(decimal(\"1.1\"))", "true", NULL},
        {"decimal(\"1.1\").lessThan(decimal(\"1.1\"))", "false", NULL},
        {"decimal(\"1.1\").lessThanOrEqual(decimal(\"1.1\"))", "true", NULL},
        {"decimal(\"1.1\").greaterThan(decimal(\"-1.1\"))", "true", NULL},
        {"decimal(\"1.1\").greaterThan(decimal(\"1.1\"))", "false", NULL},
        {"decimal(\"1.1\").greaterThanOrEqual(decimal(\"1.2\"))", "false", NULL},
        {"context.n.lessThan(decimal(\"1.1\"))", "expected a decimal, found a long", "context.n"},
        {"decimal(\"1.1\").greaterThan(context.n)", "expected a decimal, found a long", "context.n"},
    };
    ASSERT_ALL_ANSWERED(asked);
}

static void addresses_say_what_they_are(void **state)
{
    (void)state;
    static const struct asked asked[] = {
        {"ip(\"10.0.0.1\").isIpv4()", "true", NULL},
        {"ip(\"10.0.0.1\").isIpv6()", "false", NULL},
        {"ip(\"::1\").isIpv6()", "true", NULL},
        {"ip(\"::1\").isLoopback()", "true", NULL},
        {"ip(\"10.0.0.1\").isLoopback()", "false", NULL},
        {"ip(\"224.0.0.1\").isMulticast()", "true", NULL},
        {"ip(\"10.0.0.1\").isMulticast()", "false", NULL},
        {"ip(\"10.1.2.3\").isInRange(ip(\"10.0.0.0/8\"))", "true", NULL},
        {"ip(\"11.1.2.3\").isInRange(ip(\"10.0.0.0/8\"))", "false", NULL},
        {"context.s.isIpv4()", "expected an ipaddr, found a string", "context.s"},
        {"context.n.isLoopback()", "expected an ipaddr, found a long", "context.n"},
        {"context.s.isInRange(ip(\"::1\"))", "expected an ipaddr, found a string", "context.s"},
        {"ip(\"::1\").isInRange(context.s)", "expected an ipaddr, found a string", "context.s"},
    };
    ASSERT_ALL_ANSWERED(asked);
}

static void datetimes_move_by_durations(void **state)
{
    (void)state;
    static const struct asked asked[] = {
        {"datetime(\"2024-01-01\").offset(duration(\"1d\")) == datetime(\"2024-01-02\")", "true", NULL},
        {"datetime(\"2024-01-02\").durationSince(datetime(\"2024-01-01\")) == duration(\"1d\")", "true", NULL},
        {"datetime(\"2024-01-02T03:04:05Z\").toDate() == datetime(\"2024-01-02\")", "true", NULL},
        {"datetime(\"2024-01-02T03:04:05Z\").toTime() == duration(\"3h4m5s\")", "true", NULL},
        {"datetime(\"2024-01-01\").offset(duration(\"9223372036854775807ms\"))",
         "the result does not fit a datetime",
         "datetime(\"2024-01-01\").offset(duration(\"9223372036854775807ms\"))"},
        {"datetime(\"1969-01-01\").offset(duration(\"-9223372036854775807ms\"))",
         "the result does not fit a datetime",
         "datetime(\"1969-01-01\").offset(duration(\"-9223372036854775807ms\"))"},
        {"datetime(\"1970-01-01\").offset(duration(\"-9223372036854775807ms\")).durationSince(datetime(\"2024-"
         "01-01\"))",
         "the result does not fit a duration",
         "datetime(\"1970-01-01\").offset(duration(\"-9223372036854775807ms\")).durationSince(datetime(\"2024-"
         "01-01\"))"},
        {"datetime(\"1970-01-01\").offset(duration(\"-9223372036854775808ms\")).toDate()",
         "the result does not fit a datetime",
         "datetime(\"1970-01-01\").offset(duration(\"-9223372036854775808ms\")).toDate()"},
        {"datetime(\"2024-01-01\").offset(context.n)", "expected a duration, found a long", "context.n"},
        {"duration(\"1h\").offset(duration(\"1h\"))", "expected a datetime, found a duration",
         "duration(\"1h\")"},
        {"datetime(\"2024-01-01\").durationSince(duration(\"1h\"))", "expected a datetime, found a duration",
         "duration(\"1h\")"},
        {"context.n.durationSince(datetime(\"2024-01-01\"))", "expected a datetime, found a long", "context.n"},
        {"context.n.toDate()", "expected a datetime, found a long", "context.n"},
        {"duration(\"1h\").toTime()", "expected a datetime, found a duration", "duration(\"1h\")"},
    };
    ASSERT_ALL_ANSWERED(asked);
}

static void durations_are_counted_in_whole_units(void **state)
{
    (void)state;
    static const struct asked asked[] = {
        {"duration(\"1500ms\").toMilliseconds()", "1500", NULL},
        {"duration(\"1500ms\").toSeconds()", "1", NULL},
        {"duration(\"-1500ms\").toSeconds()", "-1", NULL},
        {"duration(\"90s\").toMinutes()", "1", NULL},
        {"duration(\"25h\").toHours()", "25", NULL},
        {"duration(\"25h\").toDays()", "1", NULL},
        {"context.n.toSeconds()", "expected a duration, found a long", "context.n"},
        {"datetime(\"2024-01-01\").toDays()", "expected a duration, found a datetime",
         "datetime(\"2024-01-01\")"},
    };
    ASSERT_ALL_ANSWERED(asked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(constructors_take_a_string_that_is_one),
        cmocka_unit_test(decimals_have_an_order_of_their_own),
        cmocka_unit_test(addresses_say_what_they_are),
        cmocka_unit_test(datetimes_move_by_durations),
        cmocka_unit_test(durations_are_counted_in_whole_units),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Extension values from JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cedar/extension.h"
#include "document_bench.h"

static void reads_each_of_the_four_types(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct cedar_value value = value_of(arena, "{\"__extn\": {\"fn\": \"decimal\", \"arg\": \"1.25\"}}");
    assert_true(value.kind == CEDAR_DECIMAL && value.integer == 12500);
    value = value_of(arena, "{\"__extn\": {\"fn\": \"ip\", \"arg\": \"10.0.0.0/8\"}}");
    assert_true(value.kind == CEDAR_IPADDR && !value.ipaddr->is_ipv6 && value.ipaddr->prefix == 8);
    value = value_of(arena, "{\"__extn\": {\"fn\": \"datetime\", \"arg\": \"1970-01-02\"}}");
    assert_true(value.kind == CEDAR_DATETIME && value.integer == 86400000);
    value = value_of(arena, "{\"__extn\": {\"fn\": \"duration\", \"args\": [\"-1m2s\"]}}");
    assert_true(value.kind == CEDAR_DURATION && value.integer == -62000);
}

static void reads_a_datetime_that_is_so_much_after_another(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct cedar_value value =
        value_of(arena, "{\"__extn\": {\"fn\": \"offset\", \"args\": ["
                        "{\"__extn\": {\"fn\": \"datetime\", \"arg\": \"1970-01-01\"}},"
                        "{\"__extn\": {\"fn\": \"duration\", \"arg\": \"-8101986847143815834ms\"}}]}}");
    assert_true(value.kind == CEDAR_DATETIME && value.integer == -8101986847143815834);
}

static void refuses_what_their_constructors_refuse(void **state)
{
    (void)state;
    assert_value_refused("{\"__extn\": {\"fn\": \"decimal\", \"arg\": \"1.23456\"}}",
                         "value.__extn.arg: \"1.23456\" is no decimal.");
    assert_value_refused("{\"__extn\": {\"fn\": \"ip\", \"arg\": \"300.0.0.1\"}}",
                         "value.__extn.arg: \"300.0.0.1\" is no ipaddr.");
    assert_value_refused("{\"__extn\": {\"fn\": \"ip\", \"arg\": 7}}",
                         "value.__extn.arg: a string is expected, there is a number.");
    assert_value_refused("{\"__extn\": {\"fn\": \"ip\"}}",
                         "value.__extn.arg: a string is expected, there is nothing.");
}

static void refuses_what_makes_no_extension_value(void **state)
{
    (void)state;
    assert_value_refused("{\"__extn\": \"::1\"}",
                         "value.__extn: an extension value is an object with fn and arg.");
    assert_value_refused(
        "{\"__extn\": {\"fn\": \"unknown\", \"arg\": \"x\"}}",
        "value.__extn.fn: an extension value is made by decimal, ip, datetime or duration, or by "
        "offset.");
    assert_value_refused("{\"__extn\": {\"fn\": \"ip\", \"arg\": \"::1\", \"args\": []}}",
                         "value.__extn: there is arg and args; write one of them.");
    assert_value_refused("{\"__extn\": {\"fn\": \"ip\", \"args\": [\"::1\", \"::2\"]}}",
                         "value.__extn.args: \"ip\" takes one argument.");
    assert_value_refused("{\"__extn\": {\"fn\": \"ip\", \"arg\": \"::1\", \"prefix\": 8}}",
                         "value.__extn.prefix: no such member is known here.");
}

static void refuses_offsets_of_other_things_and_beyond_64_bits(void **state)
{
    (void)state;
    assert_value_refused("{\"__extn\": {\"fn\": \"offset\", \"arg\": \"1h\"}}",
                         "value.__extn.args: offset takes an array of a datetime and a duration.");
    assert_value_refused("{\"__extn\": {\"fn\": \"offset\", \"args\": [1, 2]}}",
                         "value.__extn.args[0]: a datetime is expected, there is a long.");
    assert_value_refused("{\"__extn\": {\"fn\": \"offset\", \"args\": ["
                         "{\"__extn\": {\"fn\": \"datetime\", \"arg\": \"1970-01-02\"}},"
                         "{\"__extn\": {\"fn\": \"duration\", \"arg\": \"9223372036854775807ms\"}}]}}",
                         "value.__extn.args: the datetime does not fit 64 bits.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_each_of_the_four_types),
        cmocka_unit_test(reads_a_datetime_that_is_so_much_after_another),
        cmocka_unit_test(refuses_what_their_constructors_refuse),
        cmocka_unit_test(refuses_what_makes_no_extension_value),
        cmocka_unit_test(refuses_offsets_of_other_things_and_beyond_64_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

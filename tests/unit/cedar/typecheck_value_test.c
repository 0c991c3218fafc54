/* Values that are written out: literals, sets, records, extension values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "schema_fixture.h"

static void a_set_has_elements_of_one_type(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"[1, 2].contains(principal.age)", NULL, NULL},
        {"[1, principal.age].contains(1)", NULL, NULL},
        {"[true, false].contains(true)", NULL, NULL},
        {"[{a: true}, {a: false}].contains({a: principal.age == 1})", NULL, NULL},
        {"[[1], [principal.age]].contains([1])", NULL, NULL},
        {"[1, \"a\"].contains(1)", "a set has elements of one type, but here are Long and String",
         "[1, \"a\"]"},
        {"[principal, resource].contains(principal)",
         "a set has elements of one type, but here are Agent and Target", "resource"},
        {"[ip(\"::1\"), decimal(\"1.0\")].isEmpty()",
         "a set has elements of one type, but here are decimal and ipaddr", NULL},
        {"[Agent::\"a\", Group::\"b\"].isEmpty()",
         "a set has elements of one type, but here are Agent and Group", NULL},
    };
    ASSERT_CONDITIONS_SAY(house_schema, cases);
}

static void and_at_least_one(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"[].contains(1)", "an empty set has no type here; to ask whether a set is empty, use isEmpty()", "[]"},
        {"principal in []", "an empty set has no type here; to ask whether a set is empty, use isEmpty()",
         "[]"},
        {"[[], [1]].isEmpty()", "an empty set has no type here; to ask whether a set is empty, use isEmpty()",
         NULL},
        {"{a: []} == {a: [1]}", "an empty set has no type here; to ask whether a set is empty, use isEmpty()",
         NULL},
    };
    ASSERT_CONDITIONS_SAY(house_schema, cases);
}

static void records_are_of_the_types_of_what_is_in_them(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"{a: 1, b: principal}.b == principal", NULL, NULL},
        {"{a: 1}.a == 1", NULL, NULL},
        {"{a: 1}.a == \"x\"", "these can never be equal: one is of type Long, the other of type String", NULL},
        {"{a: principal.foo}.a == 1", "there is no attribute \"foo\" in Agent", NULL},
        {"{a: 1, b: principal} == {a: 1}",
         "these can never be equal: one is of type {a: Long, b: Agent}, the other of type {a: Long}", NULL},
    };
    ASSERT_CONDITIONS_SAY(house_schema, cases);
}

static void extension_values_are_made_from_strings_that_stand_there(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"resource.address == ip(\"10.0.0.1\")", NULL, NULL},
        {"resource.price == decimal(\"1.5\")", NULL, NULL},
        {"ip(\"10.0.0\") == resource.address", "this string does not spell an ipaddr", "\"10.0.0\""},
        {"decimal(\"1\") == resource.price", "this string does not spell a decimal", "\"1\""},
        {"datetime(\"yesterday\") == context.at", "this string does not spell a datetime", NULL},
        {"duration(\"1y\") == duration(\"1d\")", "this string does not spell a duration", NULL},
        {"ip(principal.name) == resource.address",
         "an ipaddr can only be made from a string that stands here, not from what is found out when the "
         "policy is asked",
         "principal.name"},
        {"ip(1) == resource.address", "a String was expected here, but this is of type Long", "1"},
    };
    ASSERT_CONDITIONS_SAY(house_schema, cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_set_has_elements_of_one_type),
        cmocka_unit_test(and_at_least_one),
        cmocka_unit_test(records_are_of_the_types_of_what_is_in_them),
        cmocka_unit_test(extension_values_are_made_from_strings_that_stand_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

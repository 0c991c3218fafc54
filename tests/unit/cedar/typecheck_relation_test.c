/* Equality, order, membership in sets and in hierarchies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "schema_fixture.h"

static void what_can_never_be_equal_is_a_mistake(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"principal.name == 1", "these can never be equal: one is of type String, the other of type Long",
         "principal.name == 1"},
        {"principal.name != 1", "these can never be equal: one is of type String, the other of type Long",
         NULL},
        {"principal == \"a\"",
         "these can never be equal: one is of type Agent, the other of type String; an entity is written "
         "Agent::\"its id\"",
         NULL},
        {"principal == 1", "these can never be equal: one is of type Agent, the other of type Long", NULL},
        {"principal.owner == principal", NULL, NULL},
        {"context == context", NULL, NULL},
    };
    ASSERT_CONDITIONS_SAY(house_schema, cases);
}

static void literals_and_entities_of_two_types_are_known_to_differ(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"1 == \"a\" && principal.foo", NULL, NULL},
        {"1 != 2 || principal.foo", NULL, NULL},
        {"(true && (false || true)) == \"a\" && principal.foo", NULL, NULL},
        {"(true && 1 == 1) == \"a\"", "these can never be equal: one is of type Bool, the other of type String",
         NULL},
        {"principal == resource && principal.foo", NULL, NULL},
        {"principal != resource || principal.foo", NULL, NULL},
        {"action == Action::\"edit\" && principal.foo", NULL, NULL},
        {"action == Action::\"view\" || principal.foo", NULL, NULL},
        {"Agent::\"a\" == Agent::\"b\" && principal.foo", NULL, NULL},
        {"Agent::\"a\" == principal && principal.foo", "there is no attribute \"foo\" in Agent", NULL},
        {"[1] == [2] && principal.foo", "there is no attribute \"foo\" in Agent", NULL},
    };
    ASSERT_CONDITIONS_SAY(house_schema, cases);
}

static void order_is_for_numbers_and_times(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"principal.age < 1 || principal.age >= 2", NULL, NULL},
        {"context.at < datetime(\"2024-01-01\") || duration(\"1h\") <= context.at.toTime()", NULL, NULL},
        {"principal.name > \"a\"", "a Long, datetime or duration was expected here, but this is of type String",
         "principal.name"},
        {"resource.price < resource.price",
         "a Long, datetime or duration (decimals have lessThan() and so on) was expected here, but this is of "
         "type decimal",
         "resource.price"},
        {"principal.age < context.at", "a Long was expected here, but this is of type datetime", "context.at"},
        {"context.at < duration(\"1h\")",
         "a datetime such as datetime(\"2026-01-31T12:00:00Z\") was expected here, but this is of type "
         "duration",
         NULL},
        {"duration(\"1h\") < context.at",
         "a duration such as duration(\"5m\") was expected here, but this is of type datetime", NULL},
        {"context.at.toTime() > 60",
         "a duration such as duration(\"5m\") was expected here, but this is of type Long", "60"},
        {"context.at > \"2026-01-31\"",
         "a datetime such as datetime(\"2026-01-31T12:00:00Z\") was expected here, but this is of type String",
         "\"2026-01-31\""},
        {"principal.age > \"5\"", "a Long was expected here, but this is of type String", "\"5\""},
    };
    ASSERT_CONDITIONS_SAY(house_schema, cases);
}

static void sets_contain_what_is_of_their_elements_type(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"resource.names.contains(\"a\") || resource.names.isEmpty()", NULL, NULL},
        {"resource.names.containsAll([\"a\"]) || resource.names.containsAny([principal.name])", NULL, NULL},
        {"resource.names.contains(1)",
         "these can never be equal: one is of type String, the other of type Long",
         "resource.names.contains(1)"},
        {"resource.names.containsAll([1])",
         "these can never be equal: one is of type Set<String>, the other of type Set<Long>", NULL},
        {"resource.names.containsAny(\"a\")", "a set was expected here, but this is of type String", "\"a\""},
        {"principal.contains(1)", "a set was expected here, but this is of type Agent", "principal"},
        {"principal.name.isEmpty()", "a set was expected here, but this is of type String", "principal.name"},
    };
    ASSERT_CONDITIONS_SAY(house_schema, cases);
}

static void hierarchies_say_what_may_be_in_what(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"principal in Group::\"a\" || principal in [Group::\"a\", Group::\"b\"]", NULL, NULL},
        {"principal in resource && principal.foo", NULL, NULL},
        {"principal in Target::\"a\" && principal.foo", NULL, NULL},
        {"resource in [Agent::\"a\"] && principal.foo", NULL, NULL},
        {"principal in principal && principal.foo", "there is no attribute \"foo\" in Agent", NULL},
        {"principal.name in Group::\"a\"", "an entity was expected here, but this is of type String",
         "principal.name"},
        {"principal in \"a\"", "an entity or a set of entities was expected here, but this is of type String",
         "\"a\""},
        {"principal in [1]", "an entity or a set of entities was expected here, but this is of type Set<Long>",
         "[1]"},
    };
    ASSERT_CONDITIONS_SAY(house_schema, cases);
}

static void where_an_action_is_in_is_known(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"action in Action::\"write\" && principal.foo", NULL, NULL},
        {"action in Action::\"view\" || principal.foo", NULL, NULL},
        {"action in [Action::\"write\", action] || principal.foo", NULL, NULL},
        {"Action::\"edit\" in Action::\"write\" || principal.foo", NULL, NULL},
        {"Action::\"edit\" in [Action::\"view\"] && principal.foo", NULL, NULL},
        {"action in principal && principal.foo", NULL, NULL},
        {"action in [Agent::\"a\"] && principal.foo", NULL, NULL},
    };
    ASSERT_CONDITIONS_SAY(house_schema, cases);
}

static void is_tells_types_apart(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"principal is Agent || principal.foo", NULL, NULL},
        {"principal is Target && principal.foo", NULL, NULL},
        {"action is Action || principal.foo", NULL, NULL},
        {"principal is Target in Agent::\"a\" && principal.foo", NULL, NULL},
        {"principal is Agent in Group::\"a\" && principal.foo", "there is no attribute \"foo\" in Agent", NULL},
        {"principal.age is Agent", "an entity was expected here, but this is of type Long", "principal.age"},
        {"principal is Agent in 1",
         "an entity or a set of entities was expected here, but this is of type Long", "1"},
    };
    ASSERT_CONDITIONS_SAY(house_schema, cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_can_never_be_equal_is_a_mistake),
        cmocka_unit_test(literals_and_entities_of_two_types_are_known_to_differ),
        cmocka_unit_test(order_is_for_numbers_and_times),
        cmocka_unit_test(sets_contain_what_is_of_their_elements_type),
        cmocka_unit_test(hierarchies_say_what_may_be_in_what),
        cmocka_unit_test(where_an_action_is_in_is_known),
        cmocka_unit_test(is_tells_types_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

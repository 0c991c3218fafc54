/* Names that the schema does not have, wherever in a policy they stand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "schema_fixture.h"

static void says_which_entity_types_there_are_not(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"permit (principal is Agnet, action, resource);",
         "there is no entity type \"Agnet\"; did you mean \"Agent\"?", "principal is Agnet"},
        {"permit (principal, action, resource == Tarrget::\"a\");",
         "there is no entity type \"Tarrget\"; did you mean \"Target\"?", NULL},
        {"permit (principal, action, resource) when { false && principal is Foo };",
         "there is no entity type \"Foo\"", "principal is Foo"},
        {"permit (principal, action, resource) when { false && [Foo::\"a\"].contains(principal) };",
         "there is no entity type \"Foo\"", "[Foo::\"a\"]"},
        {"permit (principal, action, resource) when { false && {a: Foo::\"a\"}.a == principal };",
         "there is no entity type \"Foo\"", NULL},
        {"permit (principal, action, resource) when { principal is N::Action };", NULL, NULL},
    };
    ASSERT_POLICIES_SAY(house_schema, cases);
}

static void says_which_actions_there_are_not(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"permit (principal, action == Action::\"veiw\", resource);",
         "there is no action Action::\"veiw\"; did you mean \"view\"?", "action == Action::\"veiw\""},
        {"permit (principal, action in [Action::\"view\", N::Action::\"edit\"], resource);",
         "there is no action N::Action::\"edit\"; did you mean Action::\"edit\"?", NULL},
        {"permit (principal, action, resource) when { action == Action::\"zz\" };",
         "there is no action Action::\"zz\"", "Action::\"zz\""},
    };
    ASSERT_POLICIES_SAY(house_schema, cases);
}

static void says_which_ids_an_enum_has_not(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"permit (principal, action, resource) when { Color::\"grean\" == Color::\"red\" };",
         "\"grean\" is none of the ids that Color has; did you mean \"green\"?", "Color::\"grean\""},
        {"permit (principal, action, resource in Color::\"blue\");",
         "\"blue\" is none of the ids that Color has", NULL},
    };
    ASSERT_POLICIES_SAY(house_schema, cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_which_entity_types_there_are_not),
        cmocka_unit_test(says_which_actions_there_are_not),
        cmocka_unit_test(says_which_ids_an_enum_has_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Whole policies: heads, conditions one after the other, templates, and every environment there is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "schema_fixture.h"

static void heads_pick_what_conditions_are_checked_for(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"permit (principal is Agent, action == Action::\"view\", resource) when { context.at == context.at };",
         NULL, NULL},
        {"permit (principal, action, resource) when { context.at == context.at };",
         "there is no attribute \"at\" in the context of Action::\"edit\"", "context.at"},
        {"permit (principal, action == Action::\"edit\", resource) when { principal.age == 1 };",
         "there is no attribute \"age\" in Group", "principal.age"},
        {"permit (principal is Agent, action in Action::\"write\", resource) when { principal.age == 1 };",
         NULL, NULL},
        {"permit (principal in Agent::\"a\", action, resource) when { principal.age == 1 };", NULL, NULL},
        {"permit (principal == Agent::\"a\", action, resource) when { principal.age == 1 };", NULL, NULL},
        {"permit (principal is Agent in Group::\"a\", action, resource is Target) when { principal.age == 1 };",
         NULL, NULL},
    };
    ASSERT_POLICIES_SAY(house_schema, cases);
}

static void a_head_that_fits_no_request_is_a_mistake(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"permit (principal is Target, action, resource);",
         "no request fits this head: the schema has no such action that such a principal may do to such a "
         "resource",
         "principal is Target, action, resource"},
        {"forbid (principal, action == Action::\"idle\", resource);",
         "no request fits this head: the schema has no such action that such a principal may do to such a "
         "resource",
         "principal, action == Action::\"idle\", resource"},
        {"forbid (principal is Group, action == Action::\"view\", resource);",
         "no request fits this head: the schema has no such action that such a principal may do to such a "
         "resource",
         NULL},
        {"permit (principal, action, resource in Agent::\"a\");",
         "no request fits this head: the schema has no such action that such a principal may do to such a "
         "resource",
         NULL},
        {"permit (principal in Target::\"a\", action, resource);",
         "no request fits this head: the schema has no such action that such a principal may do to such a "
         "resource",
         NULL},
        {"permit (principal is Agent in Agent::\"a\", action, resource == Agent::\"b\");",
         "no request fits this head: the schema has no such action that such a principal may do to such a "
         "resource",
         NULL},
        {"permit (principal in Action::\"view\", action, resource);",
         "no request fits this head: the schema has no such action that such a principal may do to such a "
         "resource",
         NULL},
    };
    ASSERT_POLICIES_SAY(house_schema, cases);
}

static void a_list_of_actions_is_of_one_namespace_and_not_empty(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"permit (principal, action in [], resource);",
         "this list of actions is empty: the policy would never apply", NULL},
        {"permit (principal, action in [Action::\"a\", N::Action::\"b\"], resource);",
         "the actions in this list must be of one namespace", NULL},
    };
    ASSERT_POLICIES_SAY("entity A; action a appliesTo { principal: A, resource: A }; namespace N { action b; }",
                        cases);
}

static void conditions_build_on_those_before_them(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"permit (principal is Agent, action, resource) when { principal has risk } when { principal.risk == 1 "
         "};",
         NULL, NULL},
        {"permit (principal is Agent, action, resource) when { principal has risk } unless { principal.risk == "
         "1 };",
         NULL, NULL},
        {"permit (principal is Agent, action, resource) unless { principal has risk } when { principal.risk == "
         "1 };",
         "the attribute \"risk\" of Agent may be missing: test it with \"principal has risk\" first", NULL},
        {"permit (principal, action, resource) when { false } when { principal.foo };", NULL, NULL},
        {"permit (principal, action, resource) unless { true } when { principal.foo };", NULL, NULL},
        {"permit (principal, action, resource) unless { 1 };",
         "a Bool was expected here, but this is of type Long", "1"},
    };
    ASSERT_POLICIES_SAY(house_schema, cases);
}

/* 4,000 tests and 4,000 uses of the first of them are 16 million comparisons, for each of the environments. */
static void a_policy_that_was_made_to_be_slow_is_refused(void **state)
{
    (void)state;
    SCOPED_BUFFER text = {0};
    buffer_append(&text, TEXT("permit (principal is Agent, action, resource) when { principal has risk }"));
    for (int i = 0; i < 4000; i++)
        buffer_append(&text, TEXT(" when { principal has badge }"));
    for (int i = 0; i < 4000; i++)
        buffer_append(&text, TEXT(" when { principal.risk == 1 }"));
    buffer_append(&text, TEXT(";"));
    buffer_append_byte(&text, '\0');
    const struct schema_case cases[] = {
        {text.base, "this policy takes too much work to check; write it as several", NULL}};
    ASSERT_POLICIES_SAY("entity Agent { risk?: Long, badge?: Long }; entity T; "
                        "action a, b, c appliesTo { principal: Agent, resource: T };",
                        cases);
}

static void a_condition_that_never_holds_is_no_mistake(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"permit (principal, action, resource) when { false };", NULL, NULL},
        {"permit (principal, action, resource) when { principal == resource };", NULL, NULL},
    };
    ASSERT_POLICIES_SAY(house_schema, cases);
}

static void slots_may_be_filled_with_whatever_fits(void **state)
{
    (void)state;
    static const struct schema_case cases[] = {
        {"permit (principal == ?principal, action == Action::\"view\", resource in ?resource) when { "
         "principal.age == 1 };",
         NULL, NULL},
        {"permit (principal is Agent in ?principal, action, resource == ?resource) when { principal.age == 1 "
         "};",
         NULL, NULL},
        {"permit (principal in ?principal, action, resource) when { principal.age == 1 };",
         "there is no attribute \"age\" in Group", NULL},
        {"permit (principal is Target in ?principal, action, resource);",
         "no request fits this head: the schema has no such action that such a principal may do to such a "
         "resource",
         NULL},
    };
    ASSERT_POLICIES_SAY(house_schema, cases);
}

static void says_each_mistake_once_and_at_most_a_hundred(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    SCOPED_BUFFER text = {0};
    struct cedar_validation validation = {0};
    size_t count = 0;
    for (int i = 0; i < 150; i++)
        buffer_append(
            &text, TEXT("permit (principal, action, resource) when { principal.name == 1 || principal.foo };"));
    const struct cedar_policy *const *policies = policies_of(arena, buffer_text(&text).base, &count);
    const struct cedar_schema *schema = schema_of(arena, house_schema);
    cedar_validate(arena, schema, policies, 1, &validation);
    assert_int_equal(validation.count, 4); /* two of agents, and two of groups that have neither attribute */
    assert_ptr_equal(validation.policies[3], policies[0]);
    cedar_validate(arena, schema, policies, count, &validation);
    assert_int_equal(validation.count, 104);
    assert_ptr_equal(validation.policies[4], policies[1]); /* what was said of the first is not said again */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads_pick_what_conditions_are_checked_for),
        cmocka_unit_test(a_head_that_fits_no_request_is_a_mistake),
        cmocka_unit_test(a_list_of_actions_is_of_one_namespace_and_not_empty),
        cmocka_unit_test(conditions_build_on_those_before_them),
        cmocka_unit_test(a_policy_that_was_made_to_be_slow_is_refused),
        cmocka_unit_test(a_condition_that_never_holds_is_no_mistake),
        cmocka_unit_test(slots_may_be_filled_with_whatever_fits),
        cmocka_unit_test(says_each_mistake_once_and_at_most_a_hundred),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

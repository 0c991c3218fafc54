/* The heads of policies. */
#include "syntax_fixture.h"

static struct cedar_policy *head(const char *source)
{
    return policies_of(source, 1);
}

static void a_head_may_hold_nothing(void **state)
{
    (void)state;
    struct cedar_policy *policy = head("permit(principal, action, resource,);");
    assert_int_equal(policy->principal.kind, CEDAR_SCOPE_ANY);
    assert_int_equal(policy->action.kind, CEDAR_SCOPE_ANY);
    assert_int_equal(policy->resource.kind, CEDAR_SCOPE_ANY);
    assert_false(policy->is_template);
}

static void a_head_may_hold_to_entities_and_types(void **state)
{
    (void)state;
    struct cedar_policy *policy = head(
        "permit(principal is A::B in ((G::\"g\")), action == NS::Action::\"x\", resource in R::\"r\\n\");");
    assert_int_equal(policy->principal.kind, CEDAR_SCOPE_IS_IN);
    assert_true(text_is(policy->principal.type, "A::B"));
    assert_true(text_is(policy->principal.uids[0].id, "g"));
    assert_int_equal(policy->principal.span.offset, 7);
    assert_int_equal(policy->principal.span.length, 31);
    assert_int_equal(policy->action.kind, CEDAR_SCOPE_EQUAL);
    assert_true(text_is(policy->action.uids[0].type, "NS::Action"));
    assert_int_equal(policy->resource.kind, CEDAR_SCOPE_IN);
    assert_true(text_is(policy->resource.uids[0].id, "r\n"));
    assert_int_equal(head("permit(principal is A, action, resource);")->principal.kind, CEDAR_SCOPE_IS);
}

static void an_action_may_be_one_of_several_or_none(void **state)
{
    (void)state;
    struct cedar_policy *policy =
        head("permit(principal, action in [Action::\"a\", (Action::\"b\"), Action::\"c\",], resource);");
    assert_int_equal(policy->action.uid_count, 3);
    assert_true(text_is(policy->action.uids[2].id, "c"));
    policy = head("permit(principal, action in ([]), resource);");
    assert_int_equal(policy->action.kind, CEDAR_SCOPE_IN);
    assert_int_equal(policy->action.uid_count, 0);
    assert_policy_refused("permit(principal in [A::\"a\"], action, resource);", 20, 1, "found a set");
    assert_policy_refused("permit(principal, action == [Action::\"a\"], resource);", 28, 1, "found a set");
    assert_policy_refused("permit(principal, action in [[Action::\"a\"]], resource);", 29, 1, "an action");
}

static void an_actions_type_is_action(void **state)
{
    (void)state;
    assert_policy_refused("permit(principal, action == User::\"a\", resource);", 28, 9, "another entity");
    assert_policy_refused("permit(principal, action in [N::Action::\"a\", N::action::\"b\"], resource);", 45,
                          14, "another entity");
    assert_policy_refused("permit(principal, action is Action, resource);", 25, 2,
                          "cannot be said of an action");
}

static void slots_make_a_template(void **state)
{
    (void)state;
    struct cedar_policy *policy =
        head("permit(principal is A in ?principal, action, resource == (?resource));");
    assert_true(policy->is_template);
    assert_true(policy->principal.is_slot);
    assert_int_equal(policy->principal.uid_count, 0);
    assert_int_equal(policy->resource.kind, CEDAR_SCOPE_EQUAL);
    assert_policy_refused("permit(principal == ?resource, action, resource);", 20, 9, "another slot");
    assert_policy_refused("permit(principal, action == ?action, resource);", 28, 7, "cannot be a slot");
    assert_policy_refused("permit(principal, action in [?principal], resource);", 29, 10, "cannot be a slot");
}

static void the_order_is_fixed(void **state)
{
    (void)state;
    assert_policy_refused("permit(action, principal, resource);", 7, 6, "found `action` where principal");
    assert_suggested("A head is (principal, action, resource).");
    assert_policy_refused("permit(principle, action, resource);", 7, 9, "principal is expected");
    assert_suggested("Did you mean principal?");
    assert_policy_refused("permit(principal, action);", 24, 1, "`,` and the resource");
    assert_policy_refused("permit();", 7, 1, "principal is expected");
}

static void what_is_a_condition_is_no_head(void **state)
{
    (void)state;
    assert_policy_refused("permit(principal == A::\"a\" && true, action, resource);", 27, 2,
                          "in a policy's head");
    assert_suggested("Write it behind the head: when { ... }.");
    assert_policy_refused("permit(principal.a, action, resource);", 16, 1, "in a policy's head");
    assert_policy_refused("permit(principal, action = Action::\"a\", resource);", 25, 1, "found `=`");
    assert_suggested("Write == to compare.");
    assert_policy_refused("permit(principal is A == A::\"a\", action, resource);", 22, 2, "together");
    assert_policy_refused("permit(principal: A, action, resource);", 16, 1, "not written with `:`");
    assert_policy_refused("permit(principal == A, action, resource);", 20, 1, "found a name");
    assert_policy_refused("permit(principal == (A::\"a\", action, resource);", 27, 1, "`)`");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_head_may_hold_nothing),
        cmocka_unit_test(a_head_may_hold_to_entities_and_types),
        cmocka_unit_test(an_action_may_be_one_of_several_or_none),
        cmocka_unit_test(an_actions_type_is_action),
        cmocka_unit_test(slots_make_a_template),
        cmocka_unit_test(the_order_is_fixed),
        cmocka_unit_test(what_is_a_condition_is_no_head),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}

/* Templates made policies. */
#include "syntax_fixture.h"

static void each_slot_is_filled(void **state)
{
    (void)state;
    struct cedar_policy linked;
    struct cedar_policy *policy =
        policies_of("permit(principal is User in ?principal, action, resource == ?resource);", 1);
    struct cedar_uid group = {TEXT("Group"), TEXT("g")}, file = {TEXT("File"), TEXT("f")};
    assert_true(cedar_template_link(arena, policy, TEXT("linked"), &group, &file, &linked));
    assert_true(text_is(linked.id, "linked"));
    assert_false(linked.is_template);
    assert_int_equal(linked.principal.kind, CEDAR_SCOPE_IS_IN);
    assert_true(text_is(linked.principal.type, "User"));
    assert_int_equal(linked.principal.uid_count, 1);
    assert_true(cedar_uid_equal(&linked.principal.uids[0], &group));
    assert_ptr_not_equal(&linked.principal.uids[0], &group);
    assert_true(cedar_uid_equal(&linked.resource.uids[0], &file));
    assert_false(linked.resource.is_slot);
    assert_true(policy->is_template);
    assert_true(policy->principal.is_slot);
}

static void a_slot_too_many_or_too_few_is_no_policy(void **state)
{
    (void)state;
    struct cedar_policy linked = {.id = TEXT("untouched")};
    struct cedar_policy *policy = policies_of("permit(principal == ?principal, action, resource);"
                                              "permit(principal, action, resource);",
                                              2);
    struct cedar_uid uid = {TEXT("User"), TEXT("a")};
    assert_false(cedar_template_link(arena, &policy[0], TEXT("x"), NULL, NULL, &linked));
    assert_false(cedar_template_link(arena, &policy[0], TEXT("x"), &uid, &uid, &linked));
    assert_false(cedar_template_link(arena, &policy[0], TEXT("x"), NULL, &uid, &linked));
    assert_false(cedar_template_link(arena, &policy[1], TEXT("x"), NULL, NULL, &linked));
    assert_true(text_is(linked.id, "untouched"));
    assert_true(cedar_template_link(arena, &policy[0], TEXT("x"), &uid, NULL, &linked));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_slot_is_filled),
        cmocka_unit_test(a_slot_too_many_or_too_few_is_no_policy),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}

/* Policies as a whole: annotations, effects, conditions, what is between them. */
#include "syntax_fixture.h"

static void a_text_may_hold_none_or_several(void **state)
{
    (void)state;
    policies_of("", 0);
    policies_of(" // nothing\n", 0);
    struct cedar_policy *policies =
        policies_of("permit(principal, action, resource); // one\nforbid(principal, action, resource);", 2);
    assert_true(text_is(policies[0].id, "policy0"));
    assert_true(text_is(policies[1].id, "policy1"));
    assert_false(policies[0].is_forbid);
    assert_true(policies[1].is_forbid);
    assert_int_equal(policies[1].span.offset, 44);
    assert_int_equal(policies[1].span.length, 36);
    assert_true(text_starts_with(policies[1].source, TEXT("permit")));
}

static void the_text_is_copied(void **state)
{
    (void)state;
    char source[] = "@a(\"b\") permit(principal is User, action, resource);";
    struct cedar_policy *policy = policies_of(source, 1);
    memset(source, 'x', sizeof source);
    assert_true(text_is(policy->principal.type, "User"));
    assert_true(text_is(*cedar_policy_annotation(policy, "a"), "b"));
}

static void conditions_stand_in_their_order(void **state)
{
    (void)state;
    struct cedar_policy *policy =
        policies_of("permit(principal, action, resource) when { true } unless { 1 } when{false};", 1);
    assert_int_equal(policy->condition_count, 3);
    assert_false(policy->conditions[0].is_unless);
    assert_true(policy->conditions[1].is_unless);
    assert_int_equal(policy->conditions[1].expression->literal.integer, 1);
    assert_int_equal(policy->conditions[1].span.offset, 50);
    assert_int_equal(policy->conditions[1].span.length, 12);
    assert_policy_refused("permit(principal, action, resource) when {};", 42, 1, "cannot be empty");
    assert_policy_refused("permit(principal, action, resource) where { true };", 36, 5, "found `where`");
    assert_suggested("Did you mean when?");
}

static void annotations_have_any_name_once(void **state)
{
    (void)state;
    struct cedar_policy *policy =
        policies_of("@id(\"x\\n\") @if @ in (\"\") permit(principal, action, resource);", 1);
    assert_int_equal(policy->annotation_count, 3);
    assert_true(text_is(*cedar_policy_annotation(policy, "id"), "x\n"));
    assert_int_equal(cedar_policy_annotation(policy, "if")->length, 0);
    assert_non_null(cedar_policy_annotation(policy, "in"));
    assert_null(cedar_policy_annotation(policy, "i"));
    assert_policy_refused("@a @b @a(\"\") permit(principal, action, resource);", 6, 6, "already");
    assert_policy_refused("@a() permit(principal, action, resource);", 3, 1, "value as a string");
    assert_policy_refused("@\"a\" permit(principal, action, resource);", 1, 3, "an annotation's name");
}

static void a_policy_ends_with_a_semicolon(void **state)
{
    (void)state;
    assert_policy_refused("permit(principal, action, resource)\npermit(principal, action, resource);", 35, 0,
                          "is missing here");
    assert_suggested("Write ; here.");
    assert_policy_refused("permit(principal, action, resource) when { true }", 49, 0, "is missing here");
    assert_policy_refused("permit(principal, action, resource);;", 36, 1, "found `;`");
}

static void the_effect_is_one_of_two(void **state)
{
    (void)state;
    assert_policy_refused("allow(principal, action, resource);", 0, 5, "found `allow`");
    assert_suggested("Did you mean permit?");
    assert_policy_refused("# a", 0, 1, "found the character #");
    assert_suggested("Comments are written // and end with their line.");
}

static void many_policies_are_bounded(void **state)
{
    (void)state;
    static const char policy[] = "permit(principal,action,resource);";
    struct buffer out = buffer_in(arena, 64);
    for (int i = 0; i < 1000; i++)
        buffer_append(&out, text_of(policy));
    buffer_append_byte(&out, '\0');
    policies_of(buffer_text(&out).base, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_may_hold_none_or_several), cmocka_unit_test(the_text_is_copied),
        cmocka_unit_test(conditions_stand_in_their_order), cmocka_unit_test(annotations_have_any_name_once),
        cmocka_unit_test(a_policy_ends_with_a_semicolon),  cmocka_unit_test(the_effect_is_one_of_two),
        cmocka_unit_test(many_policies_are_bounded),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}

/* Explanations: the policy, the line and the condition, on one line and within bounds. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "explanation.h"
#include "policy_fixture.h"

#define HEAD "(principal, action == Action::\"exchange\", resource)"

static struct text explain_missing(struct policy_fixture *fixture, const char *policies)
{
    struct cedar_request request;
    struct cedar_entities *entities;
    assert_int_equal(policy_fixture_compile(fixture, policies, "permit" HEAD " when { false };"), FAULT_NONE);
    policy_facts_request(fixture->arena, fixture->base, &fixture->facts, &request, &entities);
    return explanation_of_missing_permit(fixture->arena, fixture->book, entities, &request);
}

static void assert_missing(struct policy_fixture *fixture, const char *policies, const char *expected)
{
    struct text found = explain_missing(fixture, policies);
    if (!text_equal(found, text_of(expected)))
        fail_msg("%.*s", TEXT_ARGUMENTS(found));
}

static void names_the_part_of_a_conjunction_that_fails(void **state)
{
    struct policy_fixture *fixture = *state;
    assert_missing(fixture,
                   "permit" HEAD " when {\n context.root == \"root-1\" &&\n context.lifetime ==\n\t"
                   "duration(\"1m\") &&\n context.risk == 0 };",
                   "nearest: agents/policy0 line 3: context.lifetime == duration(\"1m\") is not so");
}

static void names_an_unless_that_holds_whole(void **state)
{
    struct policy_fixture *fixture = *state;
    assert_missing(fixture, "permit" HEAD "\nwhen { true } unless { true && context.root == \"root-1\" };",
                   "nearest: agents/policy0 line 2: true && context.root == \"root-1\" (unless)");
}

static void names_what_cannot_be_evaluated_as_what_fails(void **state)
{
    struct policy_fixture *fixture = *state;
    assert_missing(fixture, "permit" HEAD " when { context.risk + 9223372036854775807 > 0 };",
                   "nearest: agents/policy0 line 1: context.risk + 9223372036854775807 > 0 is not so");
}

static void says_that_no_permit_is_for_it_whatever_forbids_other_heads_and_policies_on_trial_say(void **state)
{
    struct policy_fixture *fixture = *state;
    assert_missing(
        fixture,
        "forbid" HEAD " when { false }; permit(principal, action == Action::\"redeem\", resource);"
        "permit(principal == Agent::\"x\", action == Action::\"exchange\", resource) when { false };",
        "no permit is for this principal, action and resource");
    assert_missing(fixture, "", "no policy is in force, and spec.policy.required asks for one");
}

static void gives_a_policy_on_one_line_within_bounds(void **state)
{
    struct policy_fixture *fixture = *state;
    struct buffer source = buffer_in(fixture->arena, 4096);
    buffer_print(&source, "@id(\"long\")\nforbid" HEAD "\nwhen {\n\n  context.root\n == \"");
    for (int i = 0; i < 1000; i++)
        buffer_append(&source, TEXT("\xc3\xa9"));
    buffer_append(&source, TEXT("\" };"));
    buffer_append_byte(&source, '\0');
    assert_int_equal(policy_fixture_compile(fixture, source.base, NULL), FAULT_NONE);
    struct text found = explanation_of_policy(fixture->arena, fixture->book->policies[0]);
    assert_true(text_starts_with(found, TEXT("agents/long line 3: when { context.root == \"\xc3\xa9")));
    assert_true(found.length < 250);
    assert_true(text_is_printable(found));
}

static void gives_the_head_of_a_policy_without_conditions(void **state)
{
    struct policy_fixture *fixture = *state;
    assert_int_equal(policy_fixture_compile(fixture, "\n\nforbid" HEAD ";", NULL), FAULT_NONE);
    assert_true(
        text_is(explanation_of_policy(fixture->arena, fixture->book->policies[0]), "agents/policy0 line 3"));
}

static void lists_permits_by_name_within_bounds(void **state)
{
    struct policy_fixture *fixture = *state;
    const struct cedar_policy *reasons[400];
    assert_int_equal(
        policy_fixture_compile(fixture, "@id(\"a\") permit" HEAD "; @id(\"b\") permit" HEAD ";", NULL),
        FAULT_NONE);
    for (size_t i = 0; i < 400; i++)
        reasons[i] = fixture->book->policies[i % 2];
    struct cedar_response response = {.reasons = reasons, .reason_count = 2};
    assert_true(text_is(explanation_of_permits(fixture->arena, &response), "agents/a, agents/b"));
    response.reason_count = 400;
    struct text all = explanation_of_permits(fixture->arena, &response);
    assert_true(all.length < 500);
    assert_true(text_ends_with(all, TEXT(", ...")));
}

static void gives_an_error_with_its_place(void **state)
{
    struct policy_fixture *fixture = *state;
    assert_int_equal(policy_fixture_compile(fixture, "\npermit" HEAD ";", NULL), FAULT_NONE);
    struct cedar_error error = {fixture->book->policies[0], {1, 6}, TEXT("no tag \"team\"")};
    assert_true(
        text_is(explanation_of_error(fixture->arena, &error), "agents/policy0 line 2: no tag \"team\""));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, policy_fixture_create, policy_fixture_destroy)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(names_the_part_of_a_conjunction_that_fails),
        TEST(names_an_unless_that_holds_whole),
        TEST(names_what_cannot_be_evaluated_as_what_fails),
        TEST(says_that_no_permit_is_for_it_whatever_forbids_other_heads_and_policies_on_trial_say),
        TEST(gives_a_policy_on_one_line_within_bounds),
        TEST(gives_the_head_of_a_policy_without_conditions),
        TEST(lists_permits_by_name_within_bounds),
        TEST(gives_an_error_with_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What policies decide, on one exchange that is changed a little for each. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy_fixture.h"

#define PERMIT "permit(principal, action, resource);"

static bool has(struct text text, const char *part)
{
    struct text wanted = text_of(part);
    for (size_t i = 0; i + wanted.length <= text.length; i++)
        if (text_equal((struct text){text.base + i, wanted.length}, wanted))
            return true;
    return false;
}

static void denies_by_default(void **state)
{
    struct policy_fixture *fixture = *state;
    assert_int_equal(policy_fixture_decide(fixture, ""), FAULT_POLICY_NO_PERMIT);
    assert_int_equal(
        policy_fixture_decide(fixture, "permit(principal, action == Action::\"redeem\", resource);"),
        FAULT_POLICY_NO_PERMIT);
}

static void permits_what_a_policy_permits_and_names_it(void **state)
{
    struct policy_fixture *fixture = *state;
    assert_int_equal(policy_fixture_decide(fixture, "@id(\"all\") " PERMIT), FAULT_NONE);
    assert_true(text_is(fixture->decision.detail, "agents/all"));
    assert_true(text_is(fixture->decision.document, "Policy/agents (p.yaml:1)"));
}

static void sees_who_acts_for_whom_on_what(void **state)
{
    static const char *const conditions[] = {
        "principal is Agent",
        "principal in AgentClass::\"deployer\"",
        "principal in Team::\"platform\"",
        "principal in Issuer::\"builds\"",
        "principal is Agent && principal.proof == \"platform_token\"",
        "principal is Agent && principal.binding == \"none\"",
        "principal == Agent::\"https://builds.example job-7\"",
        "resource == Target::\"orders\"",
        "resource in Domain::\"partner\"",
        "resource in Team::\"commerce\"",
        "resource.scopes.contains(\"write\")",
        "context has user && context.user in Domain::\"corp\"",
        "context has user && context.user.hasTag(\"groups\") && "
        "context.user.getTag(\"groups\").contains(\"buyers\")",
        "context has user && context.user.hasTag(\"department\") && context.user.getTag(\"department\") == "
        "[\"sales\"]",
        "context.subject.sub == \"alice\" && !context.subject.is_actor",
        "context.delegation.depth == 1",
        "context.delegation.actors.contains(\"https://builds.example job-7\")",
        "context.scopes == [\"write\", \"read\"]",
        "context.lifetime == duration(\"5m\")",
        "context.source.isInRange(ip(\"192.0.2.0/24\"))",
        "context.now > datetime(\"2027-01-01\")",
        "context.root == \"root-1\" && !(context has task) && !(context has workload)",
        "context.risk == 20",
        "!(context.authentication has acr) && context.authentication.amr.isEmpty()",
    };
    struct policy_fixture *fixture = *state;
    for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++) {
        struct text policy = arena_print(
            fixture->arena, "permit(principal, action == Action::\"exchange\", resource) when { %s };",
            conditions[i]);
        if (policy_fixture_decide(fixture, policy.base) != FAULT_NONE)
            fail_msg("%s: %.*s", conditions[i], TEXT_ARGUMENTS(fixture->decision.detail));
    }
}

static void says_which_condition_forbids_and_tells_the_caller_its_reason(void **state)
{
    struct policy_fixture *fixture = *state;
    fixture->facts.chain_length = 0;
    assert_int_equal(policy_fixture_decide(fixture, PERMIT
                                           "\n"
                                           "@id(\"direct\") @reason(\"Agents must be named.\")\n"
                                           "forbid(principal, action == Action::\"exchange\", resource)\n"
                                           "when { context.delegation.depth <\n 1 };"),
                     FAULT_POLICY_DENIED);
    assert_true(text_is(fixture->decision.public_reason, "Agents must be named."));
    assert_true(
        text_is(fixture->decision.detail, "agents/direct line 4: when { context.delegation.depth < 1 }"));
}

static void says_what_the_nearest_permit_lacks(void **state)
{
    struct policy_fixture *fixture = *state;
    assert_int_equal(policy_fixture_decide(
                         fixture, "@id(\"read\") permit(principal, action == Action::\"exchange\", resource)\n"
                                  "when { context.delegation.depth == 1 &&\n"
                                  "       context.scopes.contains(\"audit\") };"),
                     FAULT_POLICY_NO_PERMIT);
    assert_true(text_is(fixture->decision.detail,
                        "nearest: agents/read line 3: context.scopes.contains(\"audit\") is not so"));
}

static void takes_the_narrowest_of_what_all_permits_that_decide_ask(void **state)
{
    struct policy_fixture *fixture = *state;
    assert_int_equal(policy_fixture_decide(
                         fixture, "@max_lifetime(\"2m\") " PERMIT
                                  "@max_lifetime(\"90s\") @narrow_scopes(\"read other\") " PERMIT
                                  "@max_lifetime(\"5s\") permit(principal, action, resource) when { false };"),
                     FAULT_NONE);
    assert_int_equal(fixture->decision.maximum_lifetime_s, 90);
    assert_true(fixture->decision.narrows_scopes);
    assert_int_equal(fixture->decision.scopes.count, 1);
    assert_true(text_is(fixture->decision.scopes.scopes[0], "read"));
}

static void refuses_where_narrowing_leaves_nothing(void **state)
{
    struct policy_fixture *fixture = *state;
    policy_fixture_set_scopes(fixture, "write");
    assert_int_equal(policy_fixture_decide(fixture, "@narrow_scopes(\"read\") " PERMIT), FAULT_SCOPE_NARROWED);
    policy_fixture_set_scopes(fixture, "");
    assert_int_equal(policy_fixture_decide(fixture, "@narrow_scopes(\"read\") " PERMIT), FAULT_NONE);
}

static void asks_for_a_stronger_authentication(void **state)
{
    struct policy_fixture *fixture = *state;
    static const char policy[] = "@require_step_up(\"mfa phr max_age=5m\") " PERMIT;
    assert_int_equal(policy_fixture_decide(fixture, policy), FAULT_STEP_UP_REQUIRED);
    assert_true(text_is(fixture->decision.acr_values, "mfa phr"));
    assert_int_equal(fixture->decision.maximum_age_s, 300);
    fixture->facts.acr = TEXT("phr");
    assert_int_equal(policy_fixture_decide(fixture, policy), FAULT_STEP_UP_REQUIRED);
    fixture->facts.auth_time_s = FIXTURE_NOW_S - 301;
    assert_int_equal(policy_fixture_decide(fixture, policy), FAULT_STEP_UP_REQUIRED);
    fixture->facts.auth_time_s = FIXTURE_NOW_S - 300;
    assert_int_equal(policy_fixture_decide(fixture, policy), FAULT_NONE);
    fixture->facts.acr = TEXT("mf");
    assert_int_equal(policy_fixture_decide(fixture, policy), FAULT_STEP_UP_REQUIRED);
}

static void asks_for_a_certificate(void **state)
{
    struct policy_fixture *fixture = *state;
    static const char policy[] = "@id(\"bound\") @require_binding(\"mtls\") " PERMIT;
    assert_int_equal(policy_fixture_decide(fixture, policy), FAULT_BINDING_REQUIRED);
    assert_true(text_is(fixture->decision.detail, "@require_binding of agents/bound"));
    /* Another that permits the same lifts it no more than any other obligation. */
    assert_int_equal(policy_fixture_decide(fixture, PERMIT "@require_binding(\"mtls\") " PERMIT),
                     FAULT_BINDING_REQUIRED);
    fixture->facts.is_bound = true;
    assert_int_equal(policy_fixture_decide(fixture, policy), FAULT_NONE);
    assert_int_equal(policy_fixture_decide(fixture, "@require_binding(\"dpop\") " PERMIT), FAULT_NOT_AVAILABLE);
}

static void answers_a_forbid_that_a_step_up_would_lift_with_the_step_up(void **state)
{
    struct policy_fixture *fixture = *state;
    static const char policy[] =
        PERMIT "@require_step_up(\"mfa\") forbid(principal, action == Action::\"exchange\", resource)"
               " unless { context.authentication has acr && context.authentication.acr == \"mfa\" };";
    assert_int_equal(policy_fixture_decide(fixture, policy), FAULT_STEP_UP_REQUIRED);
    fixture->facts.acr = TEXT("mfa");
    assert_int_equal(policy_fixture_decide(fixture, policy), FAULT_NONE);
    /* A second forbid stays whatever they do. */
    fixture->facts.acr = TEXT_NONE;
    assert_int_equal(policy_fixture_decide(fixture, arena_print(fixture->arena,
                                                                "%s forbid(principal, action, "
                                                                "resource);",
                                                                policy)
                                                        .base),
                     FAULT_POLICY_DENIED);
}

static void denies_by_what_it_does_not_know_or_cannot_do_yet(void **state)
{
    struct policy_fixture *fixture = *state;
    assert_int_equal(policy_fixture_decide(fixture, "@must_phone_home(\"x\") " PERMIT),
                     FAULT_POLICY_ANNOTATION);
    assert_int_equal(policy_fixture_decide(fixture, "@require_binding(\"dpop\") " PERMIT), FAULT_NOT_AVAILABLE);
    assert_int_equal(policy_fixture_decide(fixture, "@require_approval(\"ops\") " PERMIT PERMIT),
                     FAULT_NOT_AVAILABLE);
    /* One that does not decide says nothing. */
    assert_int_equal(
        policy_fixture_decide(fixture, PERMIT
                              "@must_phone_home(\"x\") permit(principal, action, resource) when { false };"),
        FAULT_NONE);
}

static void denies_by_a_forbid_that_cannot_be_evaluated(void **state)
{
    struct policy_fixture *fixture = *state;
    fixture->facts.lifetime_s = INT64_MAX / 1000;
    assert_int_equal(
        policy_fixture_decide(fixture,
                              PERMIT "@id(\"sum\") forbid(principal, action == Action::\"exchange\", resource)"
                                     " when { context.lifetime.toMilliseconds() + 9223372036854775807 < 0 };"),
        FAULT_POLICY_ERROR);
    assert_true(has(fixture->decision.detail, "agents/sum line 1"));
}

static void does_without_a_permit_that_cannot_be_evaluated(void **state)
{
    struct policy_fixture *fixture = *state;
    static const char broken[] = "permit(principal, action == Action::\"exchange\", resource)"
                                 " when { context.lifetime.toMilliseconds() + 9223372036854775807 < 0 };";
    assert_int_equal(policy_fixture_decide(fixture, broken), FAULT_POLICY_ERROR);
    assert_int_equal(policy_fixture_decide(fixture, arena_print(fixture->arena, "%s" PERMIT, broken).base),
                     FAULT_NONE);
}

static void denies_when_the_work_is_used_up(void **state)
{
    struct policy_fixture *fixture = *state;
    const struct policy_rules rules = {.is_permit_required = true, .work = 4};
    assert_int_equal(
        policy_fixture_compile(fixture,
                               PERMIT "forbid(principal, action == Action::\"exchange\", resource) when {"
                                      " context.scopes.containsAll([\"a\", \"b\", \"c\", \"d\", \"e\"]) && "
                                      "context.scopes.containsAll([\"a\", \"b\", \"c\", \"d\", \"e\"]) };",
                               NULL),
        FAULT_NONE);
    policy_decide(fixture->arena, fixture->book, fixture->base, &fixture->facts, &rules, &fixture->decision);
    assert_int_equal(fixture->decision.fault, FAULT_POLICY_EXHAUSTED);
}

static void only_reports_what_a_policy_on_trial_would_refuse(void **state)
{
    struct policy_fixture *fixture = *state;
    const struct policy_rules rules = {.is_permit_required = true, .work = 100000};
    assert_int_equal(
        policy_fixture_compile(fixture, PERMIT, "@id(\"no\") forbid(principal, action, resource);"),
        FAULT_NONE);
    policy_decide(fixture->arena, fixture->book, fixture->base, &fixture->facts, &rules, &fixture->decision);
    assert_int_equal(fixture->decision.fault, FAULT_NONE);
    assert_int_equal(fixture->decision.reported, FAULT_POLICY_DENIED);
    assert_true(text_is(fixture->decision.reported_document, "Policy/trial (t.yaml:1)"));
}

static void never_permits_by_a_policy_on_trial(void **state)
{
    struct policy_fixture *fixture = *state;
    const struct policy_rules rules = {.is_permit_required = true, .work = 100000};
    assert_int_equal(policy_fixture_compile(fixture, "", PERMIT), FAULT_NONE);
    policy_decide(fixture->arena, fixture->book, fixture->base, &fixture->facts, &rules, &fixture->decision);
    assert_int_equal(fixture->decision.fault, FAULT_POLICY_NO_PERMIT);
}

static void leaves_it_to_the_documents_where_no_permit_is_required(void **state)
{
    struct policy_fixture *fixture = *state;
    const struct policy_rules rules = {.is_permit_required = false, .work = 100000};
    assert_int_equal(policy_fixture_compile(fixture, "", NULL), FAULT_NONE);
    policy_decide(fixture->arena, fixture->book, fixture->base, &fixture->facts, &rules, &fixture->decision);
    assert_int_equal(fixture->decision.fault, FAULT_NONE);
}

static void says_which_approval_would_lift_all_that_forbids(void **state)
{
    struct policy_fixture *fixture = *state;
    assert_int_equal(
        policy_fixture_decide(fixture, PERMIT "@approval(\"owner\") forbid(principal, action, resource);"),
        FAULT_POLICY_DENIED);
    assert_true(text_is(fixture->decision.approval, "owner"));
    assert_int_equal(policy_fixture_decide(fixture,
                                           PERMIT "@approval(\"owner\") forbid(principal, action, resource);"
                                                  "forbid(principal, action, resource);"),
                     FAULT_POLICY_DENIED);
    assert_int_equal(fixture->decision.approval.length, 0);
    assert_int_equal(policy_fixture_decide(fixture, PERMIT), FAULT_NONE);
    assert_int_equal(fixture->decision.approval.length, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, policy_fixture_create, policy_fixture_destroy)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(denies_by_default),
        TEST(permits_what_a_policy_permits_and_names_it),
        TEST(sees_who_acts_for_whom_on_what),
        TEST(says_which_condition_forbids_and_tells_the_caller_its_reason),
        TEST(says_what_the_nearest_permit_lacks),
        TEST(takes_the_narrowest_of_what_all_permits_that_decide_ask),
        TEST(refuses_where_narrowing_leaves_nothing),
        TEST(asks_for_a_stronger_authentication),
        TEST(asks_for_a_certificate),
        TEST(answers_a_forbid_that_a_step_up_would_lift_with_the_step_up),
        TEST(denies_by_what_it_does_not_know_or_cannot_do_yet),
        TEST(denies_by_a_forbid_that_cannot_be_evaluated),
        TEST(does_without_a_permit_that_cannot_be_evaluated),
        TEST(denies_when_the_work_is_used_up),
        TEST(only_reports_what_a_policy_on_trial_would_refuse),
        TEST(never_permits_by_a_policy_on_trial),
        TEST(says_which_approval_would_lift_all_that_forbids),
        TEST(leaves_it_to_the_documents_where_no_permit_is_required),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The decision: what overrides what, what is told, in which order, and where it ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "asking.h"

struct decision {
    struct arena *arena;
    struct asking asking;
    struct cedar_policy *policies;
    size_t count;
    struct cedar_response response;
};

static void parse(struct decision *decision, struct arena *arena, const char *text)
{
    struct cedar_mistake mistake = {0};
    decision->arena = arena;
    asking_begin(&decision->asking, arena);
    if (cedar_policies_parse(arena, text_of(text), &decision->policies, &decision->count, &mistake) !=
        FAULT_NONE)
        fail_msg("%.*s", TEXT_ARGUMENTS(mistake.sentence));
}

static void decide_with(struct decision *decision, size_t work)
{
    const struct cedar_policy **all =
        ARENA_ARRAY(decision->arena, const struct cedar_policy *, decision->count);
    for (size_t i = 0; i < decision->count; i++)
        all[i] = &decision->policies[i];
    const struct cedar_policy_index *index = cedar_policy_index_create(decision->arena, all, decision->count);
    cedar_authorize(decision->arena, index, decision->asking.entities, &decision->asking.request, work,
                    &decision->response);
}

/* "allow: policy1 policy2; policy3: what its error says" */
static const char *summary(struct decision *decision)
{
    SCOPED_BUFFER out = {0};
    const struct cedar_response *response = &decision->response;
    buffer_print(&out, "%s%s:", response->is_exhausted ? "exhausted " : "",
                 response->is_allowed ? "allow" : "deny");
    for (size_t i = 0; i < response->reason_count; i++)
        buffer_print(&out, " %.*s", TEXT_ARGUMENTS(response->reasons[i]->id));
    for (size_t i = 0; i < response->error_count; i++)
        buffer_print(&out, "; %.*s: %.*s", TEXT_ARGUMENTS(response->errors[i].policy->id),
                     TEXT_ARGUMENTS(response->errors[i].sentence));
    return arena_copy(decision->arena, buffer_text(&out)).base;
}

static void assert_decides(const char *policies, const char *expected)
{
    SCOPED_ARENA arena = arena_create();
    struct decision decision;
    parse(&decision, arena, policies);
    decide_with(&decision, CEDAR_WORK_DEFAULT);
    assert_string_equal(summary(&decision), expected);
}

#define PERMIT "permit (principal, action, resource)"
#define FORBID "forbid (principal, action, resource)"

static void nothing_permitted_is_denied(void **state)
{
    (void)state;
    assert_decides("", "deny:");
    assert_decides("permit (principal == Agent::\"b\", action, resource);", "deny:");
    assert_decides(PERMIT " when { false };", "deny:");
    assert_decides(PERMIT ";", "allow: policy0");
}

static void a_forbid_overrides_every_permit(void **state)
{
    (void)state;
    assert_decides(PERMIT ";" FORBID ";" PERMIT ";" FORBID ";", "deny: policy1 policy3");
    assert_decides(FORBID " when { false };" PERMIT ";" PERMIT ";", "allow: policy1 policy2");
}

static void conditions_must_all_hold(void **state)
{
    (void)state;
    assert_decides(PERMIT " when { true } when { context.n == 1 } unless { context.n == 2 };",
                   "allow: policy0");
    assert_decides(PERMIT " when { true } when { context.n == 2 };", "deny:");
    assert_decides(PERMIT " unless { true };", "deny:");
    assert_decides(PERMIT " unless { false };", "allow: policy0");
}

static void conditions_are_looked_at_in_order_until_one_does_not_hold(void **state)
{
    (void)state;
    assert_decides(PERMIT " when { false } when { context.none };", "deny:");
    assert_decides(PERMIT " unless { true } when { context.none };", "deny:");
    assert_decides(PERMIT " when { context.none } when { false };",
                   "deny:; policy0: the record has no attribute \"none\"");
}

static void a_condition_must_be_a_boolean(void **state)
{
    (void)state;
    assert_decides(PERMIT " when { context.n };" FORBID " unless { context.s };",
                   "deny:; policy0: expected a bool, found a long; policy1: expected a bool, found a string");
}

static void a_policy_that_fails_counts_for_nothing_and_is_told(void **state)
{
    (void)state;
    assert_decides(FORBID " when { resource.secret };" PERMIT ";",
                   "allow: policy1; policy0: Doc::\"none\" does not exist");
    assert_decides(FORBID ";" PERMIT " when { principal.level > 3 };" PERMIT ";",
                   "deny: policy0; policy1: Agent::\"a\" has no attribute \"level\"");
}

static void an_error_names_the_place_in_the_policy(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct decision decision;
    parse(&decision, arena, PERMIT "; " PERMIT " when { 1 < principal.level };");
    decide_with(&decision, CEDAR_WORK_DEFAULT);
    assert_int_equal(decision.response.error_count, 1);
    const struct cedar_error *error = &decision.response.errors[0];
    const struct text place = {error->policy->source.base + error->span.offset, error->span.length};
    assert_true(text_is(place, "principal.level"));
}

static void heads_pin_who_and_what_and_how(void **state)
{
    (void)state;
    assert_decides("permit (principal is Agent in Team::\"t\", action in [Action::\"x\", Action::\"any\"], "
                   "resource == Doc::\"none\");"
                   "permit (principal is User, action, resource);"
                   "permit (principal in Org::\"o\", action in Action::\"any\", resource is Doc);"
                   "permit (principal, action == Action::\"any\", resource);"
                   "permit (principal, action, resource in Doc::\"none\");"
                   "permit (principal, action in [], resource);",
                   "allow: policy0 policy2 policy4");
}

static void an_action_in_several_of_those_named_counts_once(void **state)
{
    (void)state;
    assert_decides(
        "permit (principal, action in [Action::\"read\", Action::\"any\", Action::\"read\"], resource);",
        "allow: policy0");
}

static void a_policy_says_whether_it_is_for_a_request(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct decision decision;
    parse(&decision, arena,
          "permit (principal in Team::\"t\", action, resource) when { false };"
          "permit (principal == Team::\"t\", action, resource);"
          "permit (principal, action == Action::\"write\", resource);"
          "permit (principal, action, resource is Picture);");
    static const bool expected[] = {true, false, false, false};
    for (size_t i = 0; i < decision.count; i++)
        assert_int_equal(
            cedar_policy_is_for(&decision.policies[i], decision.asking.entities, &decision.asking.request),
            expected[i]);
}

static void used_up_work_allows_nothing(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct decision decision;
    parse(&decision, arena, PERMIT "; " PERMIT " when { context.set.contains(1) };" PERMIT ";");
    decide_with(&decision, 4);
    assert_string_equal(summary(&decision),
                        "exhausted deny:; policy1: this takes more work than a decision may");
    decide_with(&decision, 0);
    assert_string_equal(summary(&decision),
                        "exhausted deny:; policy0: this takes more work than a decision may");
    decide_with(&decision, 20);
    assert_string_equal(summary(&decision), "allow: policy0 policy1 policy2");
}

static void a_forbid_that_was_seen_stays_the_reason_when_work_is_used_up(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct decision decision;
    parse(&decision, arena, FORBID "; " PERMIT " when { context.set.contains(1) };");
    decide_with(&decision, 3);
    assert_string_equal(summary(&decision),
                        "exhausted deny: policy0; policy1: this takes more work than a decision may");
}

static void policies_that_do_not_apply_take_no_work(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    SCOPED_BUFFER text = {0};
    struct decision decision;
    for (unsigned i = 0; i < 1000; i++)
        buffer_print(&text, "permit (principal in Team::\"%u\", action, resource) when { true };", i);
    buffer_append(&text, TEXT("permit (principal in Team::\"t\", action, resource) when { true };"));
    buffer_append_byte(&text, '\0');
    parse(&decision, arena, text.base);
    decide_with(&decision, 2);
    assert_string_equal(summary(&decision), "allow: policy1000");
}

static void many_failures_are_all_told(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    SCOPED_BUFFER text = {0};
    struct decision decision;
    for (unsigned i = 0; i < 100; i++)
        buffer_append(&text, TEXT(PERMIT " when { context.none };"));
    buffer_append_byte(&text, '\0');
    parse(&decision, arena, text.base);
    decide_with(&decision, CEDAR_WORK_DEFAULT);
    assert_int_equal(decision.response.error_count, 100);
    for (size_t i = 0; i < 100; i++)
        assert_ptr_equal(decision.response.errors[i].policy, &decision.policies[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_permitted_is_denied),
        cmocka_unit_test(a_forbid_overrides_every_permit),
        cmocka_unit_test(conditions_must_all_hold),
        cmocka_unit_test(conditions_are_looked_at_in_order_until_one_does_not_hold),
        cmocka_unit_test(a_condition_must_be_a_boolean),
        cmocka_unit_test(a_policy_that_fails_counts_for_nothing_and_is_told),
        cmocka_unit_test(an_error_names_the_place_in_the_policy),
        cmocka_unit_test(heads_pin_who_and_what_and_how),
        cmocka_unit_test(an_action_in_several_of_those_named_counts_once),
        cmocka_unit_test(a_policy_says_whether_it_is_for_a_request),
        cmocka_unit_test(used_up_work_allows_nothing),
        cmocka_unit_test(a_forbid_that_was_seen_stays_the_reason_when_work_is_used_up),
        cmocka_unit_test(policies_that_do_not_apply_take_no_work),
        cmocka_unit_test(many_failures_are_all_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Expectations: each one fails where the decision is another, and says both. */
#include "policy_world.h"

static const char policies[] =
    "@id(\"all\") @max_lifetime(\"60s\") @narrow_scopes(\"read\")\n"
    "permit(principal, action == Action::\"exchange\", resource == Target::\"orders\");\n"
    "@id(\"files\") permit(principal, action == Action::\"exchange\", resource == Target::\"files\");\n"
    "@id(\"deep\") @reason(\"Too deep.\")\n"
    "forbid(principal, action == Action::\"exchange\", resource) when { context.delegation.depth > 2 };\n"
    "@id(\"login\") @require_step_up(\"mfa max_age=5m\")\n"
    "forbid(principal, action == Action::\"exchange\", resource == Target::\"files\")\n"
    "unless { context.authentication has acr && context.authentication.acr == \"mfa\" };\n";
static const char trial[] =
    "---\nkind: Policy\nmetadata: {name: trial}\nspec:\n  enforcement: report\n  policies: |\n"
    "    forbid(principal, action == Action::\"exchange\", resource)\n"
    "    when { context has task };\n";

static const struct row {
    const char *given, *expect, *difference;
} rows[] = {
    {"{}", "allow", ""},
    {"{}", "{decision: allow, policies: [agents/all], max_lifetime: 60s, scopes: read, reports: ''}", ""},
    {"{}", "deny", "decision: expected deny, found allow\n"},
    {"{}", "{decision: allow, policies: [all]}", ""},
    {"{}", "{decision: allow, policies: [al]}", "policies: expected al, decided: agents/all\n"},
    {"{}", "{decision: allow, policies: []}", "policies: expected none, decided: agents/all\n"},
    {"{}", "{decision: allow, policies: [all, deep]}", "policies: expected all, deep, decided: agents/all\n"},
    {"{}", "{decision: allow, max_lifetime: 2m}", "max_lifetime: expected 120 s, found 60 s\n"},
    {"{}", "{decision: allow, scopes: read write}", "scopes: expected read write, found read\n"},
    {"{}", "{decision: allow, step_up: {acr: mfa}}", "step_up: expected one, none is asked for\n"},
    {"{}", "{decision: allow, reason: policy_denied}", "reason: expected policy_denied, found none\n"},
    {"{task: t}", "{decision: allow, reports: policy_denied}", ""},
    {"{task: t}", "{decision: allow, reports: ''}", "reports: expected , found policy_denied\n"},
    {"{delegation: 3}", "{decision: deny, policies: [deep], reason: policy_denied, says: Too deep.}", ""},
    {"{delegation: 3}", "{decision: deny, says: Too far.}", "says: expected Too far., found Too deep.\n"},
    {"{delegation: 3}", "allow", "decision: expected allow, found deny, policy_denied\n"},
    {"{delegation: 3}", "{decision: deny, scopes: read}", "scopes: expected read, found none\n"},
    {"{target: files}", "{decision: deny, reason: step_up_required, step_up: {acr: mfa, max_age: 5m}}", ""},
    {"{target: files}", "{decision: deny, step_up: {acr: pwd, max_age: 1m}}",
     "step_up.acr: expected pwd, found mfa\nstep_up.max_age: expected 60 s, found 300 s\n"},
    {"{target: files, authentication: {acr: mfa}}", "{decision: allow, policies: [files]}", ""},
};

static void holds_a_decision_against_every_expectation(void **state)
{
    (void)state;
    struct policy_world world = policy_world_of(policies, trial);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct text yaml =
            arena_print(world.arena, "- {name: c, given: %s, expect: %s}", rows[i].given, rows[i].expect);
        assert_text(policy_world_try(&world, yaml.base), rows[i].difference);
    }
    arena_destroy(world.arena);
}

static void refuses_what_is_no_case(void **state)
{
    static const struct {
        const char *yaml, *mistake;
    } wrong[] = {
        {"{name: c}", "expected a list of cases, each with name, given and expect"},
        {"- {name: c}", "case \"c\": case: expect is missing"},
        {"- {expect: allow}", "case 1: case: name is missing"},
        {"- {name: c, expect: maybe}", "case \"c\": expect: decision is allow or deny"},
        {"- {name: c, expect: {reason: policy_denied}}",
         "case \"c\": expect: decision is missing: allow or deny"},
        {"- {name: c, expect: {decision: deny, reason: because}}",
         "case \"c\": expect.reason: expected a reason of docs/reference/errors.md, such as policy_denied"},
        {"- {name: c, expect: {decision: allow, policy: [a]}}",
         "case \"c\": expect: \"policy\" is not known; did you mean \"policies\"?"},
        {"- {name: c, expects: allow}", "case \"c\": case: \"expects\" is not known; did you mean \"expect\"?"},
        {"- {name: c, expect: {decision: deny, step_up: {acr: [a, b]}}}",
         "case \"c\": expect.step_up.acr: expected a text"},
    };
    (void)state;
    struct policy_world world = policy_world_of(policies, "");
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_text(policy_world_try(&world, wrong[i].yaml), wrong[i].mistake);
    arena_destroy(world.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holds_a_decision_against_every_expectation),
        cmocka_unit_test(refuses_what_is_no_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

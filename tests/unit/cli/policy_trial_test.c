/* Policies first, combinations on what they leave, and nothing where nothing is asked. */
#include "policy_world.h"

static const char combination[] =
    "---\nkind: Combination\nmetadata: {name: both}\nspec:\n  effect: narrow\n  rights:\n"
    "    - {name: a, targets: [orders], scopes: [write]}\n    - {name: b, targets: [files]}\n";

static void asks_combinations_about_what_policies_leave(void **state)
{
    (void)state;
    struct policy_world world =
        policy_world_of("permit(principal, action == Action::\"exchange\", resource);", combination);
    assert_text(policy_world_try(&world, "- {name: a, expect: {decision: allow, scopes: read write}}"), "");
    assert_text(policy_world_try(&world, "- name: b\n  given: {held: [{target: files, scopes: get}]}\n"
                                         "  expect: {decision: allow, scopes: read}\n"),
                "");
    assert_text(policy_world_try(&world, "- name: c\n  given: {scopes: write, held: [{target: files}]}\n"
                                         "  expect: {decision: deny, reason: combination_forbidden}\n"),
                "");
    arena_destroy(world.arena);
    world = policy_world_of(
        "@narrow_scopes(\"read\") permit(principal, action == Action::\"exchange\", resource);", combination);
    assert_text(policy_world_try(&world, "- name: d\n  given: {held: [{target: files}]}\n"
                                         "  expect: {decision: allow, scopes: read}\n"),
                "");
    arena_destroy(world.arena);
}

static void allows_what_nobody_is_asked_about(void **state)
{
    (void)state;
    struct policy_world world = policy_world_of(NULL, "");
    assert_text(policy_world_try(&world, "- {name: a, expect: {decision: allow, policies: []}}"), "");
    arena_destroy(world.arena);
}

static void needs_no_permit_for_what_issues_nothing(void **state)
{
    (void)state;
    struct policy_world world = policy_world_of(
        "forbid(principal, action == Action::\"introspect\", resource == Target::\"files\");", "");
    assert_text(policy_world_try(&world, "- {name: a, given: {action: introspect}, expect: allow}"), "");
    assert_text(
        policy_world_try(&world, "- {name: b, given: {action: introspect, target: files}, expect: deny}"), "");
    assert_text(policy_world_try(&world, "- {name: c, expect: {decision: deny, reason: policy_no_permit}}"),
                "");
    arena_destroy(world.arena);
}

static void narrows_nothing_about_a_call_and_asks_no_combination(void **state)
{
    (void)state;
    struct policy_world world = policy_world_of(
        "permit(principal, action == Action::\"call\", resource) when { context.call.path like \"/open/*\" };"
        "@max_lifetime(\"60s\") permit(principal, action == Action::\"call\", resource)"
        " when { context.call.path == \"/short\" };",
        "");
    assert_text(
        policy_world_try(&world, "- {name: a, given: {action: call, call: {path: /open/x}}, expect: allow}"),
        "");
    assert_text(
        policy_world_try(&world, "- {name: b, given: {action: call, call: {path: /else}}, expect: deny}"), "");
    assert_text(
        policy_world_try(&world, "- {name: c, given: {action: call, call: {path: /short}}, expect: deny}"), "");
    arena_destroy(world.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asks_combinations_about_what_policies_leave),
        cmocka_unit_test(allows_what_nobody_is_asked_about),
        cmocka_unit_test(needs_no_permit_for_what_issues_nothing),
        cmocka_unit_test(narrows_nothing_about_a_call_and_asks_no_combination),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Records decided again: what counts as a change, and what does not. */
#include "policies/replay_comparison.h"

#include "policy_world.h"

#define PERMIT "permit(principal, action == Action::\"exchange\", resource);"

/* outcome: the members that say what became of it. */
static struct replay_comparison compare(const struct policy_world *world, const char *outcome)
{
    struct replay_comparison comparison;
    const struct json_value *record;
    struct text json = arena_print(
        world->arena,
        "{\"id\":\"01A\",\"at\":\"2026-11-23T14:05:06.123456Z\",\"kind\":\"exchange\",%s,\"client\":\"desk\","
        "\"subject\":{\"iss\":\"https://login.example\",\"sub\":\"alice\"},\"root\":\"r\",\"from\":\"home\","
        "\"to\":\"partner\",\"target\":\"orders\",\"address\":\"192.0.2.1\",\"facts\":{\"actor\":{\"kind\":"
        "\"agent\",\"iss\":\"https://g.example\",\"sub\":\"desk\",\"client\":\"desk\"},\"subject\":{\"kind\":"
        "\"user\",\"issuer\":\"corp\"},\"scopes\":\"read write\",\"lifetime\":300}}",
        outcome);
    assert_int_equal(json_parse(world->arena, json, &json_limits_document, &record), FAULT_NONE);
    assert_true(replay_compare(world->arena, &world->set, record, &comparison));
    return comparison;
}

static const char granted[] =
    "\"outcome\":\"granted\",\"scope_given\":\"read write\",\"expires_at\":1795443006";
static const char denied[] = "\"outcome\":\"refused\",\"reason\":\"policy_denied\"";

static void assert_change(const char *policies, const char *outcome, enum replay_change expected)
{
    struct policy_world world = policy_world_of(policies, "");
    struct replay_comparison comparison = compare(&world, outcome);
    if (comparison.change != expected)
        fail_msg("%s on %s: %s, not %s; %.*s", policies, outcome, replay_change_name(comparison.change),
                 replay_change_name(expected), TEXT_ARGUMENTS(comparison.after));
    arena_destroy(world.arena);
}

static void tells_every_kind_of_change(void **state)
{
    (void)state;
    assert_change(PERMIT, granted, REPLAY_SAME);
    assert_change("forbid(principal, action == Action::\"exchange\", resource);", granted, REPLAY_REFUSED);
    assert_change(PERMIT, denied, REPLAY_ALLOWED);
    assert_change("forbid(principal, action == Action::\"exchange\", resource);", denied, REPLAY_SAME);
    assert_change("permit(principal, action == Action::\"exchange\", resource == Target::\"files\");", denied,
                  REPLAY_OTHER_REASON);
    assert_change("@max_lifetime(\"60s\") " PERMIT, granted, REPLAY_NARROWED);
    assert_change("@narrow_scopes(\"read\") " PERMIT, granted, REPLAY_NARROWED);
    assert_change(PERMIT, "\"outcome\":\"granted\",\"scope_given\":\"read\",\"expires_at\":1795443006",
                  REPLAY_WIDENED);
    assert_change(PERMIT, "\"outcome\":\"granted\",\"scope_given\":\"read write\",\"expires_at\":1795442766",
                  REPLAY_WIDENED);
}

static void leaves_refused_what_something_else_refused(void **state)
{
    (void)state;
    assert_change(PERMIT, "\"outcome\":\"refused\",\"reason\":\"pdp_denied\"", REPLAY_SAME);
}

static void describes_before_and_after(void **state)
{
    (void)state;
    struct policy_world world =
        policy_world_of("@id(\"no\") forbid(principal, action == Action::\"exchange\", resource)"
                        " when { context.scopes.contains(\"write\") };",
                        "");
    struct replay_comparison comparison = compare(&world, granted);
    assert_text(comparison.who, "desk for alice");
    assert_text(comparison.before, "allowed: read write for 300 s");
    assert_text(comparison.after, "refused: policy_denied");
    assert_non_null(
        strstr(comparison.policy.base, "agents/no line 1: when { context.scopes.contains(\"write\") }"));
    arena_destroy(world.arena);
}

static void passes_over_what_is_no_exchange_and_counts_what_has_no_facts(void **state)
{
    (void)state;
    struct policy_world world = policy_world_of(PERMIT, "");
    struct replay_comparison comparison;
    const struct json_value *record;
    assert_int_equal(json_parse(world.arena, TEXT("{\"kind\":\"kill\"}"), &json_limits_document, &record),
                     FAULT_NONE);
    assert_false(replay_compare(world.arena, &world.set, record, &comparison));
    assert_int_equal(json_parse(world.arena, TEXT("{\"kind\":\"exchange\",\"outcome\":\"granted\"}"),
                                &json_limits_document, &record),
                     FAULT_NONE);
    assert_true(replay_compare(world.arena, &world.set, record, &comparison));
    assert_int_equal(comparison.change, REPLAY_WITHOUT_FACTS);
    arena_destroy(world.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_every_kind_of_change),
        cmocka_unit_test(leaves_refused_what_something_else_refused),
        cmocka_unit_test(describes_before_and_after),
        cmocka_unit_test(passes_over_what_is_no_exchange_and_counts_what_has_no_facts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Who acts and for whom, in every way a case may say it. */
#include "policy_world.h"

static struct policy_facts facts_of(const struct policy_world *world, const char *given)
{
    struct policy_case made;
    struct text yaml = arena_print(world->arena, "- {name: p, expect: allow, given: %s}", given);
    assert_text(policy_world_case(world, yaml.base, &made), "");
    return made.facts;
}

static void takes_an_actor_by_class_by_client_or_as_somebody_else(void **state)
{
    (void)state;
    struct policy_world world = policy_world_of(NULL, "");
    struct policy_facts facts = facts_of(&world, "{actor: {class: jobs, sub: j, risk: 70, proof: other}}");
    assert_text(facts.actor.subject, "j");
    assert_int_equal(facts.actor.risk, 70);
    assert_text(facts.proof, "other");
    facts = facts_of(&world, "{actor: {client: desk}}");
    assert_text(facts.actor.issuer, "https://gateway.example");
    assert_text(facts.actor.subject, "desk");
    assert_text(facts.actor.issuer_document, "");
    facts = facts_of(&world, "{actor: {issuer: builds, sub: robot}}");
    assert_int_equal(facts.actor.kind, POLICY_WORKLOAD);
    assert_text(facts.agent_class, "");
    assert_text(facts.proof, "");
    arena_destroy(world.arena);
}

static void knows_who_acts_for_itself(void **state)
{
    (void)state;
    struct policy_world world = policy_world_of(NULL, "");
    assert_false(facts_of(&world, "{}").subject_is_actor);
    assert_true(
        facts_of(&world, "{actor: {class: jobs, sub: j}, subject: {issuer: builds, sub: j}}").subject_is_actor);
    arena_destroy(world.arena);
}

static void takes_a_subject_by_its_name_alone(void **state)
{
    (void)state;
    struct policy_world world = policy_world_of(NULL, "");
    struct policy_facts facts = facts_of(&world, "{subject: bob}");
    assert_text(facts.subject.subject, "bob");
    assert_text(facts.subject.issuer_document, "corp");
    assert_int_equal(facts.subject.risk, 5);
    facts = facts_of(&world, "{subject: {domain: elsewhere, kind: workload}}");
    assert_text(facts.subject_domain, "elsewhere");
    assert_int_equal(facts.subject.kind, POLICY_WORKLOAD);
    arena_destroy(world.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_an_actor_by_class_by_client_or_as_somebody_else),
        cmocka_unit_test(knows_who_acts_for_itself),
        cmocka_unit_test(takes_a_subject_by_its_name_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

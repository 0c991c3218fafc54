/* Facts as requests: each that can be made is one the model allows, and says what the facts say. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "cedar/schema.h"
#include "policy/policy_model.h"
#include "policy_fixture.h"

static const struct policy_attribute attributes[] = {{TEXT("risk"), TEXT("70"), false},
                                                     {TEXT("groups"), TEXT("a\nb c\nd"), true}};
static const struct policy_holding holdings[] = {
    {POLICY_HOLDER_SUBJECT, TEXT("partner"), TEXT("orders"), TEXT("read write"), FIXTURE_NOW_S + 1},
    {POLICY_HOLDER_AGENT, TEXT("corp"), TEXT("ledger"), TEXT_NONE, FIXTURE_NOW_S + 9},
    {POLICY_HOLDER_TREE, TEXT("corp"), TEXT("ledger"), TEXT("read"), FIXTURE_NOW_S},
};

static void put_optional_members(struct arena *arena, unsigned chosen, struct policy_facts *facts)
{
    const struct json_value *details = NULL;
    assert_int_equal(json_parse(arena,
                                TEXT("[{\"type\":\"pay\",\"actions\":[\"read\",7],\"identifier\":\"x\"},{},7]"),
                                &json_limits_document, &details),
                     FAULT_NONE);
    facts->task = (chosen & 1) != 0 ? TEXT("task-1") : TEXT_NONE;
    facts->purpose = (chosen & 2) != 0 ? TEXT("monthly bill") : TEXT_NONE;
    facts->issued_type = (chosen & 2) != 0 ? TEXT("urn:t:ccache") : TEXT_NONE;
    facts->authorization_details = (chosen & 4) != 0 ? details : NULL;
    facts->acr = (chosen & 8) != 0 ? TEXT("mfa") : TEXT_NONE;
    facts->amr = (chosen & 16) != 0 ? TEXT("pwd otp") : TEXT_NONE;
    facts->auth_time_s = (chosen & 32) != 0 ? FIXTURE_NOW_S - 60 : 0;
    facts->holdings = holdings;
    facts->holding_count = (chosen & 64) != 0 ? 3 : 0;
    facts->chain_length = (chosen & 128) != 0 ? facts->chain_length : 0;
    facts->source = (chosen & 256) != 0 ? TEXT("unix") : TEXT("2001:db8::1");
    facts->actor.attributes = facts->subject.attributes = attributes;
    facts->actor.attribute_count = facts->subject.attribute_count = (chosen & 512) != 0 ? 2 : 0;
    if ((chosen & 1024) != 0)
        facts->actor.issuer_document = facts->subject.issuer_document = TEXT_NONE;
    if ((chosen & 2048) != 0) {
        facts->client = facts->agent_class;
        facts->agent_class = TEXT_NONE;
    }
}

static void check_request(const struct policy_fixture *fixture, const struct cedar_schema *schema,
                          const struct policy_facts *facts, unsigned chosen)
{
    SCOPED_ARENA arena = arena_create();
    struct cedar_request request;
    struct cedar_entities *entities;
    struct text mistake = TEXT_NONE;
    policy_facts_request(arena, fixture->base, facts, &request, &entities);
    if (cedar_request_validate(arena, schema, &request, &mistake) != FAULT_NONE ||
        cedar_entities_validate(arena, schema, entities, &mistake) != FAULT_NONE)
        fail_msg("%s of %d for %d, optional members %x: %.*s", facts->action, (int)facts->actor.kind,
                 (int)facts->subject.kind, chosen, TEXT_ARGUMENTS(mistake));
}

static void check_each_kind(const struct policy_fixture *fixture, const struct cedar_schema *schema,
                            const struct policy_facts *facts, unsigned chosen)
{
    static const enum policy_party_kind kinds[] = {POLICY_AGENT, POLICY_USER, POLICY_WORKLOAD};
    struct policy_facts changed = *facts;
    for (size_t actor = 0; actor < 3; actor++)
        for (size_t subject = 0; subject < 3; subject++) {
            changed.actor.kind = kinds[actor];
            changed.subject.kind = kinds[subject];
            check_request(fixture, schema, &changed, chosen);
        }
}

static void are_always_a_request_that_the_model_allows(void **state)
{
    static const char *const actions[] = {"exchange", "redeem", "call"};
    struct policy_fixture *fixture = *state;
    const struct cedar_schema *schema = policy_model_schema(fixture->arena);
    for (unsigned chosen = 0; chosen < 4096; chosen += 1 + chosen % 7) {
        struct policy_facts facts = fixture->facts;
        facts.action = actions[chosen % 3];
        if (text_is(text_of(facts.action), "call"))
            facts.call = (struct policy_call){TEXT("GET"), TEXT("/orders"),
                                              (chosen & 1) != 0 ? TEXT("shop.example") : TEXT_NONE};
        put_optional_members(fixture->arena, chosen, &facts);
        check_each_kind(fixture, schema, &facts, chosen);
        facts.subject.issuer = facts.actor.issuer;
        facts.subject.subject = facts.actor.subject;
        facts.subject_is_actor = true;
        check_each_kind(fixture, schema, &facts, chosen);
    }
}

/* Allowed by a condition, and not by its opposite, which an error would not allow either. */
/* Whoever administers, a document with an owner, one without, and a team as a whole. */
static void are_a_request_of_the_model_for_what_is_administered(void **state)
{
    struct policy_fixture *fixture = *state;
    const struct cedar_schema *schema = policy_model_schema(fixture->arena);
    static const char *const actions[] = {"admin:apply", "admin:delete", "admin:kill", "admin:lift",
                                          "admin:read"};
    static const struct policy_administered things[] = {{TEXT("Target"), TEXT("orders"), TEXT("shop")},
                                                        {TEXT("Domain"), TEXT("corp"), TEXT_NONE},
                                                        {TEXT_NONE, TEXT("shop"), TEXT_NONE}};
    for (size_t action = 0; action < sizeof(actions) / sizeof(actions[0]); action++)
        for (size_t thing = 0; thing < sizeof(things) / sizeof(things[0]); thing++)
            for (enum policy_party_kind kind = POLICY_USER; kind <= POLICY_WORKLOAD; kind++) {
                struct policy_facts facts = {.action = actions[action],
                                             .actor = {.kind = kind,
                                                       .issuer = TEXT("https://idp.example"),
                                                       .subject = TEXT("ann"),
                                                       .attributes = attributes,
                                                       .attribute_count = 2},
                                             .administered = things[thing],
                                             .source = TEXT("192.0.2.1"),
                                             .now_us = FIXTURE_NOW_S * INT64_C(1000000)};
                check_request(fixture, schema, &facts, 0);
            }
}

static void assert_holds(struct policy_fixture *fixture, const char *condition)
{
    struct text yes = arena_print(
        fixture->arena, "permit(principal, action == Action::\"exchange\", resource) when { %s };", condition);
    struct text no =
        arena_print(fixture->arena,
                    "permit(principal, action == Action::\"exchange\", resource) unless { %s };", condition);
    if (policy_fixture_decide(fixture, yes.base) != FAULT_NONE ||
        policy_fixture_decide(fixture, no.base) != FAULT_POLICY_NO_PERMIT)
        fail_msg("%s: %.*s", condition, TEXT_ARGUMENTS(fixture->decision.detail));
}

static void take_the_highest_risk_of_all(void **state)
{
    static const struct policy_attribute high[] = {{TEXT("risk"), TEXT("90"), false}};
    struct policy_fixture *fixture = *state;
    struct policy_facts *facts = &fixture->facts;
    assert_int_equal(policy_facts_risk(facts), 20);
    facts->subject.risk = 30;
    assert_int_equal(policy_facts_risk(facts), 30);
    facts->actor.attributes = high;
    facts->actor.attribute_count = 1;
    assert_int_equal(policy_facts_risk(facts), 90);
    assert_holds(fixture, "principal is Agent && principal.risk == 90 && context.risk == 90");
    facts->actor.risk = 95; /* its own attribute never lowers it */
    assert_int_equal(policy_facts_risk(facts), 95);
}

static void give_who_acts_for_itself_the_risk_of_both_its_tokens(void **state)
{
    static const struct policy_attribute high[] = {{TEXT("risk"), TEXT("80"), false}};
    struct policy_fixture *fixture = *state;
    struct policy_facts *facts = &fixture->facts;
    facts->actor.kind = POLICY_WORKLOAD;
    facts->subject = facts->actor;
    facts->subject.attributes = high;
    facts->subject.attribute_count = 1;
    assert_holds(fixture, "principal is Workload && principal.risk == 80 && context has workload && "
                          "context.workload.risk == 80 && context.workload == principal");
}

static void keep_class_client_and_proof_from_a_subject_that_is_an_agent(void **state)
{
    struct policy_fixture *fixture = *state;
    struct cedar_request request;
    struct cedar_entities *entities;
    const struct cedar_uid subject = {TEXT("Agent"), TEXT("https://idp.corp.example alice")},
                           class = {TEXT("AgentClass"), TEXT("deployer")};
    fixture->facts.subject.kind = POLICY_AGENT;
    policy_facts_request(fixture->arena, fixture->base, &fixture->facts, &request, &entities);
    assert_true(cedar_entity_has_ancestor(cedar_entities_find(entities, &request.principal), &class));
    assert_false(cedar_entity_has_ancestor(cedar_entities_find(entities, &subject), &class));
    const struct cedar_record *members = cedar_entities_find(entities, &subject)->attributes;
    assert_int_equal(cedar_record_find(members, TEXT("proof"))->string.length, 0);
}

static void keep_a_value_with_spaces_apart_from_a_list(void **state)
{
    static const struct policy_attribute both[] = {{TEXT("one"), TEXT("x admin"), false},
                                                   {TEXT("list"), TEXT("x\nadmin"), true}};
    struct policy_fixture *fixture = *state;
    fixture->facts.subject.attributes = both;
    fixture->facts.subject.attribute_count = 2;
    assert_holds(fixture, "context has user && context.user.hasTag(\"one\") && context.user.getTag(\"one\") == "
                          "[\"x admin\"]");
    assert_holds(fixture, "context has user && context.user.hasTag(\"list\") && "
                          "context.user.getTag(\"list\") == [\"admin\", \"x\"]");
}

static void count_what_is_held_live_and_by_whom(void **state)
{
    struct policy_fixture *fixture = *state;
    fixture->facts.holdings = holdings;
    fixture->facts.holding_count = 3;
    assert_holds(fixture, "context.held_by_subject.count == 1 && "
                          "context.held_by_subject.scopes == [\"orders read\", \"orders write\"] && "
                          "context.held_by_subject.targets == [Target::\"orders\"]");
    assert_holds(fixture, "context.held_by_agent.count == 1 && context.held_by_agent.scopes.isEmpty() && "
                          "context.held_by_agent.domains == [Domain::\"corp\"]");
    assert_holds(fixture, "context.held_in_tree.count == 0"); /* it ends just now */
}

static void have_room_for_whatever_scopes_are_held(void **state)
{
    struct policy_fixture *fixture = *state;
    const struct policy_holding odd = {POLICY_HOLDER_TREE, TEXT("corp"), TEXT("ledger"),
                                       TEXT("                                "), FIXTURE_NOW_S + 1};
    fixture->facts.holdings = &odd;
    fixture->facts.holding_count = 1;
    assert_holds(fixture, "context.held_in_tree.scopes == [\"ledger \"]");
}

static void say_how_long_ago_the_subject_authenticated(void **state)
{
    struct policy_fixture *fixture = *state;
    fixture->facts.auth_time_s = FIXTURE_NOW_S - 90;
    assert_holds(fixture, "context.authentication has age && context.authentication.age == duration(\"90s\")");
    fixture->facts.auth_time_s = FIXTURE_NOW_S + 90;
    assert_holds(fixture, "context.authentication has age && context.authentication.age == duration(\"0s\")");
    fixture->facts.auth_time_s = 0;
    assert_holds(fixture, "!(context.authentication has age)");
}

static void take_a_source_that_is_no_address_for_one_in_no_net(void **state)
{
    struct policy_fixture *fixture = *state;
    fixture->facts.source = TEXT("unix");
    assert_holds(fixture, "!context.source.isInRange(ip(\"0.0.0.0/0\")) && "
                          "!context.source.isInRange(ip(\"fe80::/10\")) && !context.source.isLoopback()");
}

static void say_the_details_of_all_elements_together(void **state)
{
    struct policy_fixture *fixture = *state;
    put_optional_members(fixture->arena, 4 | 128, &fixture->facts);
    assert_holds(fixture, "context.authorization_details.types == [\"pay\"] && "
                          "context.authorization_details.actions == [\"read\"] && "
                          "context.authorization_details.identifiers == [\"x\"] && "
                          "context.authorization_details.privileges.isEmpty()");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, policy_fixture_create, policy_fixture_destroy)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(are_always_a_request_that_the_model_allows),
        TEST(are_a_request_of_the_model_for_what_is_administered),
        TEST(take_the_highest_risk_of_all),
        TEST(give_who_acts_for_itself_the_risk_of_both_its_tokens),
        TEST(keep_class_client_and_proof_from_a_subject_that_is_an_agent),
        TEST(keep_a_value_with_spaces_apart_from_a_list),
        TEST(count_what_is_held_live_and_by_whom),
        TEST(have_room_for_whatever_scopes_are_held),
        TEST(say_how_long_ago_the_subject_authenticated),
        TEST(take_a_source_that_is_no_address_for_one_in_no_net),
        TEST(say_the_details_of_all_elements_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Entities that documents make. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "cedar/schema.h"
#include "policy/policy_model.h"
#include "policy_fixture.h"

static void are_entities_that_the_model_allows(void **state)
{
    static const struct cedar_uid uids[] = {
        {TEXT("Issuer"), TEXT("corp-idp")},     {TEXT("Issuer"), TEXT("builds")},
        {TEXT("AgentClass"), TEXT("deployer")}, {TEXT("Client"), TEXT("orders-agent")},
        {TEXT("Target"), TEXT("orders")},       {TEXT("Target"), TEXT("ledger")},
        {TEXT("Domain"), TEXT("corp")},         {TEXT("Domain"), TEXT("partner")},
    };
    struct policy_fixture *fixture = *state;
    struct cedar_request request;
    struct cedar_entities *entities, *copy = cedar_entities_create(fixture->arena, NULL);
    struct text mistake = TEXT_NONE;
    policy_facts_request(fixture->arena, fixture->base, &fixture->facts, &request, &entities);
    for (size_t i = 0; i < sizeof(uids) / sizeof(uids[0]); i++) {
        const struct cedar_entity *entity = cedar_entities_find(entities, &uids[i]);
        assert_non_null(entity);
        assert_true(cedar_entities_add(copy, entity));
    }
    if (cedar_entities_validate(fixture->arena, policy_model_schema(fixture->arena), copy, &mistake) !=
        FAULT_NONE)
        fail_msg("%.*s", TEXT_ARGUMENTS(mistake));
}

static const struct cedar_entity *find(struct policy_fixture *fixture, const char *type, struct text id)
{
    const struct cedar_uid uid = {text_of(type), id};
    struct cedar_request request;
    struct cedar_entities *entities;
    policy_facts_request(fixture->arena, fixture->base, &fixture->facts, &request, &entities);
    return cedar_entities_find(entities, &uid);
}

static void belong_to_their_domain_and_team(void **state)
{
    const struct cedar_uid partner = {TEXT("Domain"), TEXT("partner")},
                           commerce = {TEXT("Team"), TEXT("commerce")},
                           platform = {TEXT("Team"), TEXT("platform")};
    struct policy_fixture *fixture = *state;
    assert_true(cedar_entity_has_ancestor(find(fixture, "Target", TEXT("orders")), &partner));
    assert_true(cedar_entity_has_ancestor(find(fixture, "Target", TEXT("orders")), &commerce));
    assert_true(cedar_entity_has_ancestor(find(fixture, "AgentClass", TEXT("deployer")), &platform));
    assert_int_equal(find(fixture, "Target", TEXT("ledger"))->ancestor_count, 1);
    assert_int_equal(find(fixture, "Client", TEXT("orders-agent"))->ancestor_count, 0);
}

/* As the model has them: `action in Action::"admin"` is about each of them. */
static void have_actions_in_their_groups(void **state)
{
    const struct cedar_uid admin = {TEXT("Action"), TEXT("admin")}, mcp = {TEXT("Action"), TEXT("mcp")};
    struct policy_fixture *fixture = *state;
    assert_true(cedar_entity_has_ancestor(find(fixture, "Action", TEXT("admin:kill")), &admin));
    assert_true(cedar_entity_has_ancestor(find(fixture, "Action", TEXT("ask_roots")), &mcp));
    assert_false(cedar_entity_has_ancestor(find(fixture, "Action", TEXT("ask_roots")), &admin));
    assert_int_equal(policy_fixture_decide(fixture, "forbid(principal, action in Action::\"admin\", resource);"
                                                    "permit(principal, action, resource);"),
                     FAULT_NONE);
}

/* In base, and what documents make of an MCP server. */
static void have_a_server_beside_its_target(void **state)
{
    const struct cedar_uid partner = {TEXT("Domain"), TEXT("partner")},
                           commerce = {TEXT("Team"), TEXT("commerce")};
    struct policy_fixture *fixture = *state;
    assert_true(cedar_entity_has_ancestor(find(fixture, "Server", TEXT("orders")), &partner));
    assert_true(cedar_entity_has_ancestor(find(fixture, "Server", TEXT("orders")), &commerce));
    assert_null(find(fixture, "Server", TEXT("ledger")));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, policy_fixture_create, policy_fixture_destroy)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(are_entities_that_the_model_allows),
        TEST(belong_to_their_domain_and_team),
        TEST(have_actions_in_their_groups),
        TEST(have_a_server_beside_its_target),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

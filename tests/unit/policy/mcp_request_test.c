/* Messages to MCP servers as requests that the model allows, and what policies can say of them. */
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "cedar/schema.h"
#include "policy/policy_model.h"
#include "policy/question.h"
#include "policy_fixture.h"

static const struct policy_argument arguments[] = {
    {.pointer = TEXT("/path"), .value = TEXT("/tmp/x"), .is_recorded = true},
    {.pointer = TEXT("/amount"), .value = TEXT("40"), .is_number = true, .number = 40},
};

static const char *const actions[] = {"use_server",   "call_tool",       "read_resource", "get_prompt",
                                      "ask_sampling", "ask_elicitation", "ask_roots"};

static void put_call(struct policy_facts *facts)
{
    facts->action = "call_tool";
    facts->mcp = (struct policy_mcp){.method = TEXT("tools/call"),
                                     .generation = TEXT("2026-07-28"),
                                     .name = TEXT("write"),
                                     .definition = TEXT("abcd"),
                                     .arguments = arguments,
                                     .argument_count = 2};
}

static void are_requests_that_the_model_allows(void **state)
{
    struct policy_fixture *fixture = *state;
    const struct cedar_schema *schema = policy_model_schema(fixture->arena);
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
        for (unsigned chosen = 0; chosen < 4; chosen++) {
            struct cedar_request request;
            struct cedar_entities *entities;
            struct text mistake = TEXT_NONE;
            put_call(&fixture->facts);
            fixture->facts.action = actions[i];
            fixture->facts.mcp.is_listing = (chosen & 1) != 0;
            if ((chosen & 2) != 0) {
                fixture->facts.mcp.definition = TEXT_NONE;
                fixture->facts.mcp.argument_count = 0;
            }
            policy_facts_request(fixture->arena, fixture->base, &fixture->facts, &request, &entities);
            if (cedar_request_validate(fixture->arena, schema, &request, &mistake) != FAULT_NONE ||
                cedar_entities_validate(fixture->arena, schema, entities, &mistake) != FAULT_NONE)
                fail_msg("%s: %.*s", actions[i], TEXT_ARGUMENTS(mistake));
        }
}

static void are_told_apart_by_what_policies_can_ask(void **state)
{
    static const char *const conditions[] = {
        "resource == Tool::\"orders/write\"",
        "resource in Server::\"orders\"",
        "resource in Domain::\"partner\"",
        "resource in Team::\"commerce\"",
        "resource.name like \"wr*\"",
        "context.mcp.method == \"tools/call\" && context.mcp.generation == \"2026-07-28\"",
        "!context.mcp.is_listing",
        "context.mcp has definition && context.mcp.definition == \"abcd\"",
        "context.arguments.hasTag(\"/path\") && context.arguments.getTag(\"/path\") like \"/tmp/*\"",
        "context.arguments.hasTag(\"/amount\") && context.arguments.getTag(\"/amount\") == \"40\"",
        "context.numbers.hasTag(\"/amount\") && context.numbers.getTag(\"/amount\") < 41",
        "!context.numbers.hasTag(\"/path\")",
        "context.scopes.contains(\"read\") && context.delegation.depth == 1 && context has user",
    };
    struct policy_fixture *fixture = *state;
    put_call(&fixture->facts);
    for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++)
        for (int is_not = 0; is_not < 2; is_not++) {
            struct text policy = arena_print(
                fixture->arena, "permit(principal, action == Action::\"call_tool\", resource) %s { %s };",
                is_not != 0 ? "unless" : "when", conditions[i]);
            if (policy_fixture_decide(fixture, policy.base) !=
                (is_not != 0 ? FAULT_POLICY_NO_PERMIT : FAULT_NONE))
                fail_msg("%s: %.*s", conditions[i], TEXT_ARGUMENTS(fixture->decision.detail));
        }
}

/* A permit for one kind of action is none for another, and the group has them all and no others. */
static void are_permitted_by_their_own_action_or_their_group(void **state)
{
    struct policy_fixture *fixture = *state;
    put_call(&fixture->facts);
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
        fixture->facts.action = actions[i];
        assert_int_equal(
            policy_fixture_decide(fixture, "permit(principal, action in Action::\"mcp\", resource);"),
            FAULT_NONE);
        for (size_t other = 0; other < sizeof(actions) / sizeof(actions[0]); other++) {
            struct text policy = arena_print(
                fixture->arena, "permit(principal, action == Action::\"%s\", resource);", actions[other]);
            assert_int_equal(policy_fixture_decide(fixture, policy.base),
                             i == other ? FAULT_NONE : FAULT_POLICY_NO_PERMIT);
        }
    }
    fixture->facts.mcp = (struct policy_mcp){.method = TEXT_NONE};
    fixture->facts.action = "exchange";
    assert_int_equal(policy_fixture_decide(fixture, "permit(principal, action in Action::\"mcp\", resource);"),
                     FAULT_POLICY_NO_PERMIT);
}

static bool has(struct text text, const char *part)
{
    struct text wanted = text_of(part);
    for (size_t i = 0; i + wanted.length <= text.length; i++)
        if (text_equal((struct text){text.base + i, wanted.length}, wanted))
            return true;
    return false;
}

static void are_asked_of_an_outside_decision_point_with_all_that_is_known(void **state)
{
    struct policy_fixture *fixture = *state;
    put_call(&fixture->facts);
    struct text question = policy_question(fixture->arena, fixture->base, &fixture->facts);
    assert_true(has(question, "\"action\":{\"name\":\"call_tool\"}"));
    assert_true(has(question, "\"type\":\"Tool\",\"id\":\"orders/write\",\"properties\":{\"name\":\"write\""));
    assert_true(has(question, "\"method\":\"tools/call\""));
    assert_true(has(question, "\"/path\":\"/tmp/x\""));
    assert_true(has(question, "\"/amount\":40"));
}

static void know_their_actions_and_no_others(void **state)
{
    (void)state;
    const char *type;
    bool has_name;
    assert_true(policy_mcp_type(TEXT("read_resource"), &type, &has_name));
    assert_string_equal(type, "Resource");
    assert_true(has_name);
    assert_true(policy_mcp_type(TEXT("ask_roots"), &type, &has_name));
    assert_false(has_name);
    assert_false(policy_mcp_type(TEXT("exchange"), &type, &has_name));
    assert_null(policy_mcp_action(TEXT("call")));
    assert_string_equal(policy_mcp_action(TEXT("get_prompt")), "get_prompt");
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, policy_fixture_create, policy_fixture_destroy)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(are_requests_that_the_model_allows),
        WITH_FIXTURE(are_told_apart_by_what_policies_can_ask),
        WITH_FIXTURE(are_permitted_by_their_own_action_or_their_group),
        WITH_FIXTURE(are_asked_of_an_outside_decision_point_with_all_that_is_known),
        cmocka_unit_test(know_their_actions_and_no_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

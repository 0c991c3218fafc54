/* Cases about MCP servers: what they give, what is wrong in them, and that they are decided as the gateway
 * does. */
#include "policy_world.h"

#define SERVER                                                                                                 \
    "---\nkind: Target\nmetadata: {name: desk-tools}\n"                                                        \
    "spec: {audiences: ['https://gw.example/mcp/desk-tools'], scopes: [use], "                                 \
    "egress: {upstream: 'https://tools.example/mcp', adapter: jwt}, mcp: {tools: [{names: ['*']}]}}\n"

static void give_a_call_of_the_first_server(void **state)
{
    (void)state;
    struct policy_world world = policy_world_of(NULL, SERVER);
    struct policy_case made;
    assert_text(policy_world_case(&world,
                                  "- {name: a, expect: allow, given: {action: call_tool, mcp: {name: write, "
                                  "arguments: {path: /tmp}}}}",
                                  &made),
                "");
    assert_string_equal(made.facts.action, "call_tool");
    assert_text(made.facts.target, "desk-tools");
    assert_text(made.facts.mcp.name, "write");
    assert_text(made.facts.mcp.method, "tools/call");
    assert_text(made.facts.mcp.generation, "2026-07-28");
    assert_int_equal(made.facts.scopes->count, 1);
    assert_text(
        policy_world_case(
            &world, "- {name: a, expect: allow, given: {action: get_prompt, mcp: {is_listing: true}}}", &made),
        "");
    assert_text(made.facts.mcp.method, "prompts/list");
    arena_destroy(world.arena);
}

static void say_what_is_wrong(void **state)
{
    static const struct {
        const char *given, *mistake;
    } rows[] = {
        {"{action: call_tool, target: orders}", "target: it is no MCP server: it has no spec.mcp"},
        {"{mcp: {name: write}}", "mcp: this is of actions such as call_tool alone"},
        {"{action: use_server, mcp: {name: write}}", "mcp.name: this action is about the server as a whole"},
        {"{action: ask_roots, mcp: {arguments: {a: 1}}}",
         "mcp.arguments: only a call of something has arguments"},
        {"{action: call_tool, mcp: {arguments: []}}", "mcp.arguments: expected a mapping"},
        {"{action: call_tool, mcp: {is_listing: 3}}", "mcp.is_listing: expected true or false"},
        {"{action: call_tool, mcp: {nam: x}}", "mcp: \"nam\" is not known; did you mean \"name\"?"},
    };
    (void)state;
    struct policy_world world = policy_world_of(NULL, SERVER);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct policy_case made;
        struct text yaml = arena_print(world.arena, "- name: c\n  expect: allow\n  given: %s\n", rows[i].given);
        struct text mistake = policy_world_case(&world, yaml.base, &made);
        assert_text(mistake, arena_print(world.arena, "case \"c\": %s", rows[i].mistake).base);
    }
    arena_destroy(world.arena);
}

#define POLICIES                                                                                               \
    "permit(principal, action in Action::\"mcp\", resource in Server::\"desk-tools\");\n"                      \
    "forbid(principal, action == Action::\"call_tool\", resource) when { "                                     \
    "context.arguments.hasTag(\"/path\") && context.arguments.getTag(\"/path\") like \"/etc/*\" };\n"          \
    "@approval(\"owner\") forbid(principal, action == Action::\"call_tool\", resource) when { "                \
    "context.numbers.hasTag(\"/amount\") && context.numbers.getTag(\"/amount\") > 100 };\n"

static void are_decided_by_arguments(void **state)
{
    static const char *const cases[] = {
        "- {name: a, expect: allow, given: {action: call_tool, mcp: {arguments: {path: /tmp/x}}}}",
        "- {name: a, expect: {decision: deny, policies: [policy1], approval: ''}, "
        "given: {action: call_tool, mcp: {arguments: {path: /etc/x}}}}",
        "- {name: a, expect: {decision: deny, approval: owner}, "
        "given: {action: call_tool, mcp: {arguments: {amount: 101}}}}",
        "- {name: a, expect: {decision: deny, reason: policy_error}, "
        "given: {action: call_tool, mcp: {arguments: {amount: 100.5}}}}",
        "- {name: a, expect: allow, given: {action: ask_sampling}}",
        "- {name: a, expect: {decision: deny, reason: policy_no_permit}}",
    };
    (void)state;
    struct policy_world world = policy_world_of(POLICIES, SERVER);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_text(policy_world_try(&world, cases[i]), "");
    assert_true(policy_world_try(&world,
                                 "- {name: a, expect: {decision: deny, approval: boss}, given: {action: "
                                 "call_tool, mcp: {arguments: {amount: 101}}}}")
                    .length != 0);
    arena_destroy(world.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(give_a_call_of_the_first_server),
        cmocka_unit_test(say_what_is_wrong),
        cmocka_unit_test(are_decided_by_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

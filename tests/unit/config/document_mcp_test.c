/* A rule that can be met, and a server that can be reached. */
#include "reading.h"

#define SERVER(more)                                                                                           \
    "---\n"                                                                                                    \
    "kind: Target\n"                                                                                           \
    "metadata: {name: files}\n"                                                                                \
    "spec:\n"                                                                                                  \
    "  audiences: [https://gw.example/mcp/files]\n"                                                            \
    "  egress: {upstream: https://u.example/mcp}\n" more
#define EGRESS "  egress: {listen: ['127.0.0.1:7']}\n"
#define GATEWAY(more)                                                                                          \
    "kind: Gateway\n"                                                                                          \
    "metadata: {name: gateway}\n"                                                                              \
    "spec:\n"                                                                                                  \
    "  issuer: https://gateway.example\n"                                                                      \
    "  tls: {certificateFile: a, keyFile: b}\n"                                                                \
    "  sealing: {keyFile: k}\n" more

static void a_rule_needs_scopes_that_the_target_offers(void **state)
{
    static const struct reading_case cases[] = {
        {SERVER("  scopes: [\"files:read\", \"files:write\"]\n"
                "  mcp:\n"
                "    tools: [{names: [a], scopes: [\"files:raed\"]}, {names: [b], scopes: [\"files:write\"]}]\n"
                "    resources: [{names: [\"*\"]}, {names: [c], scopes: [\"files:read\", \"mail\"]}]\n"
                "    prompts: [{names: [d], scopes: [\"file:read\"]}]\n"),
         "f.yaml:9:35: spec.mcp.tools[0].scopes: the target offers no scope \"files:raed\"; did you mean "
         "\"files:read\"?\n"
         "f.yaml:10:69: spec.mcp.resources[1].scopes: the target offers no scope \"mail\"; known: files:read, "
         "files:write\n"
         "f.yaml:11:37: spec.mcp.prompts[0].scopes: the target offers no scope \"file:read\"; did you mean "
         "\"files:read\"?\n"},
        {SERVER("  mcp: {tools: [{names: [a], scopes: [read]}]}\n"),
         "f.yaml:7:39: spec.mcp.tools[0].scopes: the target offers no scope \"read\"\n"},
        /* What the server itself is shown are scopes of its own. */
        {SERVER("  scopes: [read]\n"
                "  mcp: {tools: [{names: [a], scopes: [read], upstreamScopes: [theirs]}]}\n"),
         ""},
    };
    (void)state;
    reading_assert_cases(cases, sizeof(cases) / sizeof(cases[0]), false);
}

static void a_server_needs_a_listener_of_the_gateway(void **state)
{
    static const struct reading_case cases[] = {
        {GATEWAY("") SERVER("  mcp: {tools: []}\n"),
         "f.yaml:13:8: spec.mcp: nobody could reach it: MCP servers are reached by spec.egress.listen of the "
         "Gateway, which is missing (f.yaml:1)\n"},
        {GATEWAY(EGRESS) SERVER("  mcp: {tools: []}\n"), ""},
        {GATEWAY("") SERVER(""), ""},
    };
    (void)state;
    reading_assert_cases(cases, sizeof(cases) / sizeof(cases[0]), true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rule_needs_scopes_that_the_target_offers),
        cmocka_unit_test(a_server_needs_a_listener_of_the_gateway),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

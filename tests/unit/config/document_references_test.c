/* What documents say about each other. */
#include "reading.h"

static const struct reading_case sets[] = {
    {"kind: Domain\n"
     "metadata: {name: corp}\n",
     "there is no document of kind Gateway\n"},
    {"kind: Gateway\n"
     "metadata: {name: one}\n"
     "spec: {issuer: https://a.example, tls: {certificateFile: a, keyFile: b}, sealing: {keyFile: k}}\n",
     ""},
    {"kind: Gateway\n"
     "metadata: {name: one}\n"
     "spec: {issuer: https://a.example, tls: {certificateFile: a, keyFile: b}, sealing: {keyFile: k}}\n"
     "---\n"
     "kind: Gateway\n"
     "metadata: {name: two}\n"
     "spec: {issuer: https://b.example, tls: {certificateFile: a, keyFile: b}, sealing: {keyFile: k}}\n",
     "f.yaml:5:1: only one Gateway document is allowed; the first is in f.yaml:1\n"},
    {"kind: Gateway\n"
     "metadata: {name: gateway}\n"
     "spec: {issuer: https://gateway.example, tls: {certificateFile: a, keyFile: b}, sealing: {keyFile: k}}\n"
     "---\n"
     "kind: Domain\n"
     "metadata: {name: corp}\n"
     "spec: {leavesFor: [local, corp, partner]}\n"
     "---\n"
     "kind: Domain\n"
     "metadata: {name: corp}\n",
     "f.yaml:7:33: spec.leavesFor: there is no Domain named \"partner\"; known: local, corp\n"
     "f.yaml:10:18: metadata.name: Domain \"corp\" already stands in f.yaml:5\n"},
    {"kind: Gateway\n"
     "metadata: {name: gateway}\n"
     "spec: {issuer: https://gateway.example, tls: {certificateFile: a, keyFile: b}, sealing: {keyFile: k}}\n"
     "---\n"
     "kind: Issuer\n"
     "metadata: {name: one}\n"
     "spec: {issuer: https://idp.example, domain: locale}\n"
     "---\n"
     "kind: Issuer\n"
     "metadata: {name: two}\n"
     "spec: {issuer: https://idp.example}\n"
     "---\n"
     "kind: Issuer\n"
     "metadata: {name: three}\n"
     "spec: {issuer: https://gateway.example}\n"
     "---\n"
     "kind: Client\n"
     "metadata: {name: c}\n"
     "spec: {clientId: https://idp.example, authentication: {methods: [client_secret_basic], secretFile: s}}\n"
     "---\n"
     "kind: Client\n"
     "metadata: {name: d}\n"
     "spec: {clientId: e, authentication: {methods: [client_secret_basic], secretFile: s}}\n"
     "---\n"
     "kind: Client\n"
     "metadata: {name: e}\n"
     "spec: {authentication: {methods: [client_secret_basic], secretFile: s}}\n",
     "f.yaml:7:45: spec.domain: there is no Domain named \"locale\"; did you mean \"local\"?\n"
     "f.yaml:11:16: spec.issuer: \"https://idp.example\" is already the issuer identifier of Issuer \"one\" "
     "(f.yaml:5)\n"
     "f.yaml:15:16: spec.issuer: \"https://gateway.example\" is already the issuer identifier of Gateway "
     "\"gateway\" (f.yaml:1)\n"
     "f.yaml:19:18: spec.clientId: \"https://idp.example\" is already the issuer identifier of Issuer \"one\" "
     "(f.yaml:5)\n"
     "f.yaml:27:7: spec.clientId: \"e\" is already the client identifier of Client \"d\" (f.yaml:21)\n"},
    {"kind: Gateway\n"
     "metadata: {name: gateway}\n"
     "spec: {issuer: https://gateway.example, tls: {certificateFile: a, keyFile: b}, sealing: {keyFile: k}}\n"
     "---\n"
     "kind: Issuer\n"
     "metadata: {name: cluster}\n"
     "spec: {issuer: https://cluster.example, platform: true}\n"
     "---\n"
     "kind: Issuer\n"
     "metadata: {name: idp}\n"
     "spec: {issuer: https://idp.example}\n"
     "---\n"
     "kind: AgentClass\n"
     "metadata: {name: a}\n"
     "spec: {issuer: idp, match: {sub: x}}\n"
     "---\n"
     "kind: AgentClass\n"
     "metadata: {name: b}\n"
     "spec: {issuer: clutser, match: {sub: x}}\n"
     "---\n"
     "kind: Client\n"
     "metadata: {name: a}\n"
     "spec: {authentication: {methods: [client_secret_basic], secretFile: s}}\n",
     "f.yaml:14:18: metadata.name: \"a\" is already the client identifier of Client \"a\" (f.yaml:21)\n"
     "f.yaml:15:16: spec.issuer: the Issuer \"idp\" (f.yaml:9) does not authenticate agents; it needs "
     "platform: true\n"
     "f.yaml:19:16: spec.issuer: there is no Issuer named \"clutser\"; did you mean \"cluster\"?\n"
     "f.yaml:22:18: metadata.name: AgentClass \"a\" already stands in f.yaml:13\n"},
    {"kind: Gateway\n"
     "metadata: {name: gateway}\n"
     "spec: {issuer: https://gateway.example, tls: {certificateFile: a, keyFile: b}, sealing: {keyFile: k}}\n"
     "---\n"
     "kind: Issuer\n"
     "metadata: {name: idp}\n"
     "spec: {issuer: https://idp.example}\n"
     "---\n"
     "kind: AgentClass\n"
     "metadata: {name: agents}\n"
     "spec: {issuer: idp, match: {sub: x}, maximumLifetime: none}\n"
     "---\n"
     "kind: Target\n"
     "metadata: {name: one}\n"
     "spec:\n"
     "  domain: partner\n"
     "  audiences: [https://api.example, api]\n"
     "  resources: [https://api.example]\n"
     "  accepts:\n"
     "    issuers: [self, idp, ipd]\n"
     "    clients: [agents, agent, idp]\n"
     "    actors: [agents, idp/user, self/agents, none, none/user]\n"
     "  resourceServer: agents\n"
     "---\n"
     "kind: Target\n"
     "metadata: {name: two}\n"
     "spec: {audiences: [other], resources: [\"https://api.example\"]}\n",
     "f.yaml:11:16: spec.issuer: the Issuer \"idp\" (f.yaml:5) does not authenticate agents; it needs "
     "platform: true\n"
     "f.yaml:11:55: spec.maximumLifetime: expected a duration from 1s to 1d (a number and s, m, h or d), found "
     "\"none\"\n"
     "f.yaml:16:11: spec.domain: there is no Domain named \"partner\"; known: local\n"
     "f.yaml:20:26: spec.accepts.issuers: there is no Issuer named \"ipd\"; known: self, idp\n"
     "f.yaml:21:23: spec.accepts.clients: there is no Client or AgentClass named \"agent\"; did you mean "
     "\"agents\"?\n"
     "f.yaml:21:30: spec.accepts.clients: there is no Client or AgentClass named \"idp\"; known: agents\n"
     "f.yaml:22:45: spec.accepts.actors: there is no Client or AgentClass named \"none\"; known: agents\n"
     "f.yaml:22:51: spec.accepts.actors: there is no Issuer named \"none\"; known: self, idp\n"
     "f.yaml:23:19: spec.resourceServer: there is no Client named \"agents\"\n"
     "f.yaml:27:40: spec.resources: \"https://api.example\" is already the audience of Target \"one\" "
     "(f.yaml:13)\n"},
    {"kind: Gateway\n"
     "metadata: {name: gateway}\n"
     "spec: {issuer: https://gateway.example, tls: {certificateFile: a, keyFile: b}, sealing: {keyFile: k}}\n"
     "---\n"
     "kind: Team\n"
     "metadata: {name: payments}\n"
     "---\n"
     "kind: Domain\n"
     "metadata: {name: corp, team: payment}\n"
     "---\n"
     "kind: Domain\n"
     "metadata: {name: partner, team: payments}\n"
     "---\n"
     "kind: Domain\n"
     "metadata: {name: other}\n",
     "f.yaml:9:30: metadata.team: there is no Team named \"payment\"; did you mean \"payments\"?\n"},
    {"kind: Gateway\n"
     "metadata: {name: gateway}\n"
     "spec: {issuer: https://gateway.example, tls: {certificateFile: a, keyFile: b}, sealing: {keyFile: k}}\n"
     "---\n"
     "kind: Domain\n"
     "metadata: {name: \"corp}\n"
     "---\n"
     "kind: Target\n"
     "metadata: {name: t}\n"
     "spec: {domain: corp, audiences: [a]}\n",
     "f.yaml:7:1: a quoted text is not closed (in what begins in line 6)\n"},
    {READING_GATEWAY "---\n"
                     "kind: Target\n"
                     "metadata: {name: bank}\n"
                     "spec: {audiences: [a], scopes: [pay, see]}\n"
                     "---\n"
                     "kind: Target\n"
                     "metadata: {name: desk}\n"
                     "spec: {audiences: [b], scopes: [approve]}\n"
                     "---\n"
                     "kind: Target\n"
                     "metadata: {name: half}\n"
                     "spec: {audiences: [c], scopes: [approve], scoops: 1}\n"
                     "---\n"
                     "kind: Combination\n"
                     "metadata: {name: c}\n"
                     "spec:\n"
                     "  rights:\n"
                     "    - {name: a, targets: [bank], scopes: [see, approve]}\n"
                     "    - {name: b, targets: [bank, dsk], scopes: [nothing], domains: [locl, local]}\n"
                     "    - {name: c, targets: [half], scopes: [nothing]}\n"
                     "    - {name: d, targets: [bank, desk], scopes: [see, approve]}\n",
     "f.yaml:15:43: unknown key \"scoops\" in spec; did you mean \"scopes\"?\n"
     "f.yaml:21:48: spec.rights.scopes: no target of this right offers \"approve\"; known: pay, see\n"
     "f.yaml:22:33: spec.rights.targets: there is no Target named \"dsk\"; did you mean \"desk\"?\n"
     "f.yaml:22:68: spec.rights.domains: there is no Domain named \"locl\"; did you mean \"local\"?\n"},
};

static void finds_every_name_that_does_not_exist_and_every_identifier_that_is_taken(void **state)
{
    (void)state;
    reading_assert_cases(sets, sizeof(sets) / sizeof(sets[0]), true);
}

static void wants_a_gateway_in_a_whole_set(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct documents documents;
    documents_init(&documents, arena);
    documents_check_references(&documents);
    reading_assert_mistakes(&documents, "there is no document of kind Gateway\n");
}

static void does_not_call_what_a_syntax_error_swallowed_missing(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct documents documents =
        reading_of(arena, "kind: Target\nmetadata: {name: t}\nspec: {domain: corp, audiences: [a]}\n"
                          "---\nkind: Domain\nmetadata: {name: corp\n");
    documents_check_references(&documents);
    reading_assert_mistakes(&documents,
                            "f.yaml:7:1: expected \",\" or \"}\" to go on with or close a mapping (in what "
                            "begins in line 6)\n");
}

static void checks_sets_that_were_put_together(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct documents files = reading_of(arena, READING_GATEWAY "---\nkind: Domain\nmetadata: {name: corp}\n");
    struct documents whole;
    documents_init(&whole, arena);
    documents_include(&whole, &files);
    documents_read(&whole, TEXT("store"),
                   TEXT("{\"kind\":\"Domain\",\"metadata\":{\"name\":\"corp\"},\"spec\":{}}"));
    documents_check_references(&whole);
    assert_int_equal(whole.count, 3);
    reading_assert_mistakes(&whole, "store:1:37: metadata.name: Domain \"corp\" already stands in f.yaml:5\n");
    assert_int_equal(files.count, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_every_name_that_does_not_exist_and_every_identifier_that_is_taken),
        cmocka_unit_test(wants_a_gateway_in_a_whole_set),
        cmocka_unit_test(does_not_call_what_a_syntax_error_swallowed_missing),
        cmocka_unit_test(checks_sets_that_were_put_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What fields of one document mean together. */
#include "reading.h"

static const struct reading_case bad[] = {
    {"kind: Gateway\n"
     "metadata: {name: g}\n"
     "spec:\n"
     "  issuer: https://g.example\n"
     "  tls: {certificateFile: a, keyFile: b}\n"
     "  sealing: {keyFile: k}\n"
     "  listen: [\"127.0.0.1:1\", \"127.0.0.1:2\"]\n"
     "  admin:\n"
     "    listen: [\"127.0.0.1:3\", \"127.0.0.1:2\"]\n"
     "  egress:\n"
     "    listen: [\"127.0.0.1:1\"]\n"
     "  monitoring:\n"
     "    listen: [\"127.0.0.1:4\", \"127.0.0.1:3\"]\n",
     "f.yaml:9:5: spec.admin.audiences is missing: it says what aud a token must name that opens a session; "
     "name "
     "what agents are never given tokens for, such as the command line's client\n"
     "f.yaml:9:13: spec.admin.listen: the address is listened on for something else already\n"
     "f.yaml:11:13: spec.egress.listen: the address is listened on for something else already\n"
     "f.yaml:13:13: spec.monitoring.listen: the address is listened on for something else already\n"},
    {"kind: Gateway\n"
     "metadata: {name: g}\n"
     "spec:\n"
     "  issuer: https://g.example\n"
     "  serviceUrl: https://s.example/\n"
     "  tls: {certificateFile: a, keyFile: b}\n"
     "  sealingKeyFile: k\n"
     "  plaintextListen: [\"127.0.0.1:80\", \"[::1]:80\", \"192.0.2.1:80\", \"[::12]:80\"]\n"
     "  insecure: [plaintext-listener]\n"
     "  terminators: {proxyProtocol: true, headers: [forwarded, x-forwarded-for]}\n",
     "f.yaml:5:15: spec.serviceUrl: where clients reach us must not end with a slash, since endpoints are "
     "written "
     "behind it\n"
     "f.yaml:8:20: spec.plaintextListen: 192.0.2.1:80 is not a loopback address; without TLS whoever is on the "
     "way "
     "reads every credential, so only a proxy on this host may come this way. Use spec.listen, or 127.0.0.1 "
     "and [::1]\n"
     "f.yaml:8:20: spec.plaintextListen: [::12]:80 is not a loopback address; without TLS whoever is on the "
     "way reads "
     "every credential, so only a proxy on this host may come this way. Use spec.listen, or 127.0.0.1 and "
     "[::1]\n"
     "f.yaml:10:16: spec.terminators.addresses is missing: it says who is believed about the client\n"
     "f.yaml:10:47: spec.terminators.headers: expected one of x-forwarded-for and forwarded, found both; name "
     "the one "
     "that your proxies set, since the other is whatever their clients send\n"},
    {"kind: Client\n"
     "metadata: {name: c}\n"
     "spec: {authentication: {methods: [tls_client_auth], certificate: {dns: a.example, uri: \"x:y\"}}}\n"
     "---\n"
     "kind: Client\n"
     "metadata: {name: d}\n"
     "spec: {authentication: {methods: [client_secret_basic], secretFile: s, certificate: {dns: a.example}}}\n",
     "f.yaml:3:66: spec.authentication.certificate: tls_client_auth needs exactly one of subject, dns, uri, ip "
     "and "
     "email, which the client's certificate must have\n"
     "f.yaml:7:85: spec.authentication.certificate: a name is given, but methods does not name "
     "tls_client_auth\n"},
    {"kind: Target\n"
     "metadata: {name: t}\n"
     "spec: {audiences: [https://t.example, dragoman-admin]}\n",
     "f.yaml:3:19: spec.audiences: \"dragoman-admin\" stands for the gateway's admin API; choose another "
     "name\n"},
    {"kind: Target\n"
     "metadata: {name: t}\n"
     "spec: {audiences: [https://t.example], adapter: a, settings: {x: 1}, egress: {upstream: "
     "https://u.example, "
     "adapter: a, settings: {x: 2}}}\n"
     "---\n"
     "kind: Target\n"
     "metadata: {name: other}\n"
     "spec: {audiences: [https://o.example], adapter: a, egress: {upstream: https://u.example, adapter: a, "
     "settings: "
     "{x: 2}}}\n"
     "---\n"
     "kind: Target\n"
     "metadata: {name: fine}\n"
     "spec: {audiences: [https://f.example], adapter: a, settings: {x: 1}, egress: {upstream: "
     "https://u.example, "
     "adapter: b, settings: {x: 2}}}\n",
     "f.yaml:3:130: spec.egress.settings: the adapter is the target's, whose settings hold for calls too; "
     "leave them "
     "out here, or make a target of its own for the calls\n"
     "f.yaml:7:112: spec.egress.settings: the adapter is the target's, whose settings hold for calls too; "
     "leave them "
     "out here, or make a target of its own for the calls\n"},
    {"kind: Target\n"
     "metadata: {name: files}\n"
     "spec: {audiences: [https://gw.example/mcp/other], mcp: {}}\n"
     "---\n"
     "kind: Target\n"
     "metadata: {name: plain}\n"
     "spec: {audiences: [http://gw.example/mcp/plain], egress: {upstream: https://u.example/mcp}, mcp: {}}\n"
     "---\n"
     "kind: Target\n"
     "metadata: {name: fine}\n"
     "spec: {audiences: [https://gw.example/mcp/fine], egress: {upstream: https://u.example/mcp}, mcp: {}}\n",
     "f.yaml:3:19: spec.audiences: the first audience of an MCP server is the URL at which clients reach it: "
     "https://HOST/mcp/NAME with the metadata.name of this document\n"
     "f.yaml:3:56: spec.mcp: spec.egress.upstream is missing: it is the URL of the MCP server\n"
     "f.yaml:7:19: spec.audiences: the first audience of an MCP server is the URL at which clients reach it: "
     "https://HOST/mcp/NAME with the metadata.name of this document\n"},
    {"kind: Adapter\n"
     "metadata: {name: a}\n"
     "spec: {program: p, sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08, "
     "loopbackListener: true}\n"
     "---\n"
     "kind: Adapter\n"
     "metadata: {name: b}\n"
     "spec: {program: p, sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08, "
     "settings: [a]}\n",
     "f.yaml:3:112: spec.loopbackListener: it needs network: any, as whoever may not use the network may not "
     "accept either\n"
     "f.yaml:7:104: spec.settings: expected a mapping, found a list\n"},
    {"kind: Adapter\n"
     "metadata: {name: a}\n"
     "spec: {program: p, sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08, "
     "sockets: {gssproxy: /run/gssproxy.sock}}\n",
     "f.yaml:3:103: spec.sockets: they need network: any, as somebody is at their other end\n"},
    {"kind: Client\n"
     "metadata: {name: c}\n"
     "spec: {clientId: dragoman-admin, authentication: {methods: [private_key_jwt], jwksUri: "
     "https://c.example}}\n"
     "---\n"
     "kind: Client\n"
     "metadata: {name: admin-socket}\n"
     "spec: {authentication: {methods: [private_key_jwt], jwksUri: https://c.example}}\n"
     "---\n"
     "kind: AgentClass\n"
     "metadata: {name: dragoman-admin}\n"
     "spec: {issuer: i, match: {sub: x}}\n",
     "f.yaml:3:18: spec.clientId: this name stands for the gateway's admin API; choose another\n"
     "f.yaml:6:18: spec.clientId: this name stands for the gateway's admin API; choose another\n"
     "f.yaml:10:18: metadata.name: this name stands for the gateway's admin API; choose another\n"},
    {"kind: Gateway\n"
     "metadata: {name: g}\n"
     "spec: {issuer: https://g.example, tls: {certificateFile: a, keyFile: b}, sealing: {keyFile: k}, pdp: "
     "{timeout: "
     "5}}\n",
     "f.yaml:3:102: spec.pdp.url is missing: it says where the decision point is\n"
     "f.yaml:3:112: spec.pdp.timeout: expected a whole number from 10 to 10000, found the number 5\n"},
    {"kind: Gateway\nmetadata: {name: g}\n"
     "spec: {issuer: https://g.example, tls: {certificateFile: a, keyFile: b}, sealing: {keyFile: k}, pdp: "
     "{url: https://p.example, tokenFile: t, basicFile: b}}",
     "f.yaml:3:102: spec.pdp: expected one of tokenFile and basicFile, found both\n"},
    {"kind: Combination\n"
     "metadata: {name: c}\n"
     "spec:\n"
     "  holder: agnt\n"
     "  within: 25h\n"
     "  rights:\n"
     "    - {name: a, scopes: []}\n"
     "    - {name: a, targets: [T]}\n"
     "    - [b]\n"
     "    - {scopes: [x], scope: y}\n",
     "f.yaml:4:11: spec.holder: expected what holds the rights, found \"agnt\"; did you mean \"agent\"?\n"
     "f.yaml:5:11: spec.within: expected a duration from 0s to 1d (a number and s, m, h or d), found \"25h\"\n"
     "f.yaml:7:7: spec.rights: a right says what it is by at least one of targets, domains and scopes\n"
     "f.yaml:8:14: spec.rights.name: \"a\" stands here twice\n"
     "f.yaml:8:27: spec.rights.targets: expected a name of lower-case letters, digits, \"-\" and \".\", at "
     "most "
     "63 bytes, found \"T\"\n"
     "f.yaml:9:7: spec.rights: expected a mapping, found a list\n"
     "f.yaml:10:7: spec.rights.name is missing: What refusals call it; unique in its document.\n"
     "f.yaml:10:21: unknown key \"scope\" in spec.rights; did you mean \"scopes\"?\n"},
    {"kind: Combination\n"
     "metadata: {name: c}\n"
     "spec: {rights: [{name: a, scopes: [x]}]}\n",
     "f.yaml:3:16: spec.rights: expected 2 to 8 items, found 1\n"},
    {"kind: Combination\n"
     "metadata: {name: c}\n"
     "spec: {rights: {a: b}}\n",
     "f.yaml:3:16: spec.rights: expected a list of mappings, found a mapping\n"},
    {"kind: Gateway\n"
     "metadata: {name: g}\n"
     "spec: {issuer: https://g.example, tls: {certificateFile: a, keyFile: b}, sealing: {keyFile: k}, store: "
     "{sqlite: x, postgres: {connection: host=h}}}\n",
     "f.yaml:3:104: spec.store: expected one of sqlite and postgres, found both\n"},
    {"kind: Gateway\n"
     "metadata: {name: g}\n"
     "spec: {issuer: https://g.example, tls: {certificateFile: a, keyFile: b}, sealing: {keyFile: k}, store: "
     "{postgres: {schema: s}}}\n",
     "f.yaml:3:115: spec.store.postgres.connection is missing: it says where the server is\n"},
    {"kind: Gateway\n"
     "metadata: {name: g}\n"
     "spec: {issuer: https://g.example, tls: {certificateFile: a, keyFile: b}, sealing: {keyFile: k}, store: "
     "{postgres: {connection: host=h, answerTimeout: 1s, statementTimeout: 2s}}}\n",
     "f.yaml:3:151: spec.store.postgres.answerTimeout: expected at least statementTimeout, found less\n"},
    {"kind: Gateway\n"
     "metadata: {name: g}\n"
     "spec: {issuer: https://gateway.example/, tls: {certificateFile: a, key: b}, sealing: {keyFile: k}}\n",
     "f.yaml:3:16: spec.issuer: our own issuer identifier must not end with a slash, since endpoints are "
     "written behind it\n"
     "f.yaml:3:47: spec.tls.keyFile is missing: Its private key in PEM, readable by the owner alone.\n"
     "f.yaml:3:68: unknown key \"key\" in spec.tls: put it in a file of its own and name that with keyFile\n"},
    {"kind: Issuer\n"
     "metadata: {name: self}\n"
     "spec: {issuer: https://idp.example}\n",
     "f.yaml:2:18: metadata.name: \"self\" stands for the gateway's own tokens; choose another name\n"},
    {"kind: Issuer\n"
     "metadata: {name: idp}\n"
     "spec: {issuer: https://idp.example, keys: {discovery: true, jwksUri: https://idp.example/jwks}}\n",
     "f.yaml:3:43: spec.keys: expected one of discovery, jwksUri and jwks, found several\n"},
    {"kind: Issuer\n"
     "metadata: {name: idp}\n"
     "spec: {issuer: https://idp.example, keys: {discovery: false}}\n",
     "f.yaml:3:55: spec.keys: without discovery the keys must come from jwksUri or jwks\n"},
    {"kind: Issuer\n"
     "metadata: {name: idp}\n"
     "spec: {issuer: https://idp.example, keys: {jwks: {keys: [{kty: RSA, n: x, e: AQAB, d: x, p: x}, {kty: "
     "oct, k: x}, 1]}}}\n",
     "f.yaml:3:84: spec.keys.jwks: \"d\" makes this a private or secret key; leave only the public key here\n"
     "f.yaml:3:90: spec.keys.jwks: \"p\" makes this a private or secret key; leave only the public key here\n"
     "f.yaml:3:108: spec.keys.jwks: \"k\" makes this a private or secret key; leave only the public key here\n"
     "f.yaml:3:115: spec.keys.jwks: expected a JWK (a mapping), found the number 1\n"},
    {"kind: Issuer\n"
     "metadata: {name: idp}\n"
     "spec: {issuer: https://idp.example, keys: {jwks: {keys: []}}}\n",
     "f.yaml:3:50: spec.keys.jwks: expected a JWK Set: a mapping with the list \"keys\" of at least one key, "
     "found a mapping\n"},
    {"kind: Client\n"
     "metadata: {name: c}\n"
     "spec: {authentication: {methods: [client_secret_basic]}}\n",
     "f.yaml:3:24: spec.authentication: client_secret_basic and client_secret_post need secretFile (or "
     "secretHash)\n"},
    {"kind: Client\n"
     "metadata: {name: c}\n"
     "spec:\n"
     "  authentication:\n"
     "    methods: [client_secret_post]\n"
     "    secretFile: a\n"
     "    secretHash: 0123456789012345678901234567890123456789012345678901234567890123\n"
     "    jwksUri: https://c.example/jwks\n",
     "f.yaml:7:17: spec.authentication: expected secretFile or secretHash, found both\n"
     "f.yaml:8:14: spec.authentication: keys are given, but methods does not name private_key_jwt\n"},
    {"kind: Client\n"
     "metadata: {name: c}\n"
     "spec: {authentication: {methods: [private_key_jwt], secretFile: a}}\n",
     "f.yaml:3:24: spec.authentication: private_key_jwt needs jwks or jwksUri\n"
     "f.yaml:3:65: spec.authentication: a secret is given, but methods names neither client_secret_basic nor "
     "client_secret_post\n"},
    {"kind: Client\n"
     "metadata: {name: c}\n"
     "spec: {authentication: {methods: [private_key_jwt], jwks: {keys: [{kty: EC, d: x}]}, jwksUri: "
     "https://c.example/jwks}}\n",
     "f.yaml:3:77: spec.authentication.jwks: \"d\" makes this a private or secret key; leave only the public "
     "key here\n"
     "f.yaml:3:95: spec.authentication: expected jwks or jwksUri, found both\n"},
    {"kind: Issuer\n"
     "metadata: {name: i}\n"
     "spec: {issuer: https://i.example, login: {scopes: [profile]}}\n",
     "f.yaml:3:42: spec.login.clientId is missing: it says which client this gateway is there\n"
     "f.yaml:3:51: spec.login.scopes: \"openid\" must be among them\n"},
    {"kind: Issuer\n"
     "metadata: {name: i}\n"
     "spec: {issuer: https://i.example, login: {clientId: g, scopes: [profile, openid]}}\n",
     ""},
};

static void refuses_fields_that_do_not_go_together(void **state)
{
    (void)state;
    reading_assert_cases(bad, sizeof(bad) / sizeof(bad[0]), false);
}

static const struct issuer_document *issuer_with(struct arena *arena, const char *keys)
{
    struct text content =
        arena_print(arena, "kind: Issuer\nmetadata: {name: i}\nspec: {issuer: https://i.example%s}\n", keys);
    return &reading_one(arena, content.base)->issuer;
}

static void takes_keys_from_discovery_unless_told_otherwise(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    assert_int_equal(issuer_with(arena, "")->keys_source, ISSUER_KEYS_DISCOVERY);
    assert_int_equal(issuer_with(arena, ", keys: {discovery: true}")->keys_source, ISSUER_KEYS_DISCOVERY);
    const struct issuer_document *fetched =
        issuer_with(arena, ", keys: {discovery: false, jwksUri: https://i.example/k}");
    assert_int_equal(fetched->keys_source, ISSUER_KEYS_JWKS_URI);
    assert_true(text_is(fetched->jwks_uri, "https://i.example/k"));
    const struct issuer_document *written =
        issuer_with(arena, ", keys: {jwks: {keys: [{kty: OKP, crv: Ed25519, x: abc, n: 5, ok: true}]}}");
    assert_int_equal(written->keys_source, ISSUER_KEYS_INLINE);
    const struct json_value *key = json_member(written->jwks, TEXT("keys"))->first;
    assert_true(text_is(json_string(json_member(key, TEXT("crv"))), "Ed25519"));
    assert_true(json_is_true(json_member(key, TEXT("ok"))));
}

static void calls_a_client_by_its_document_unless_told_otherwise(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    static const char start[] =
        "kind: Client\nmetadata: {name: c}\nspec: {authentication: {methods: "
        "[client_secret_basic, private_key_jwt], secretFile: s, jwksUri: https://c.example}";
    const struct document *plain = reading_one(arena, arena_print(arena, "%s}", start).base);
    assert_true(text_is(plain->client.client_id, "c"));
    assert_int_equal(plain->client.methods, CLIENT_SECRET_BASIC | CLIENT_PRIVATE_KEY_JWT);
    const struct document *named =
        reading_one(arena, arena_print(arena, "%s, clientId: 'Orders:1'}", start).base);
    assert_true(text_is(named->client.client_id, "Orders:1"));
}

static void fills_a_combination_with_its_rights(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct combination_document *combination =
        &reading_one(arena, "kind: Combination\nmetadata: {name: c}\nspec:\n  holder: agent\n  within: 2m\n"
                            "  effect: narrow\n  rights:\n  - {name: pay, targets: [bank], scopes: [a, b]}\n"
                            "  - {name: approve, domains: [corp]}\n")
             ->combination;
    assert_int_equal(combination->holder, COMBINATION_AGENT);
    assert_int_equal(combination->within_s, 120);
    assert_true(combination->narrows && combination->is_enabled);
    assert_int_equal(combination->rights.count, 2);
    const struct combination_right *rights = combination->rights.items;
    assert_true(text_is(rights[0].name, "pay") && text_is(rights[0].targets.items[0], "bank"));
    assert_int_equal(rights[0].scopes.count, 2);
    assert_true(text_is(rights[1].name, "approve") && text_is(rights[1].domains.items[0], "corp"));
    assert_int_equal(rights[1].targets.count, 0);
    combination =
        &reading_one(arena, "kind: Combination\nmetadata: {name: c}\nspec: {rights: [{name: a, scopes: "
                            "[x]}, {name: b, scopes: [y]}]}\n")
             ->combination;
    assert_int_equal(combination->holder, COMBINATION_SUBJECT);
    assert_true(!combination->narrows && combination->is_enabled && combination->within_s == 0);
}

static void calls_by_the_targets_own_adapter_have_its_settings(void **state)
{
    static const char *const egress[] = {"{upstream: https://u.example, adapter: a}",
                                         "{upstream: https://u.example, adapter: a, settings: {x: 1}}"};
    (void)state;
    for (int i = 0; i < 2; i++) {
        SCOPED_ARENA arena = arena_create();
        const struct target_document *target =
            &reading_one(arena, arena_print(arena,
                                            "kind: Target\nmetadata: {name: t}\nspec: {audiences: "
                                            "[https://t.example], adapter: a, settings: {x: 1}, egress: %s}\n",
                                            egress[i])
                                    .base)
                 ->target;
        assert_non_null(target->egress.settings);
        assert_true(json_equal(target->egress.settings, target->settings));
    }
}

static const char *adapter_with_word(struct arena *arena, size_t length)
{
    char *word = arena_allocate(arena, length + 1);
    memset(word, 'x', length);
    word[length] = '\0';
    return arena_print(arena,
                       "kind: Adapter\nmetadata: {name: a}\nspec:\n  program: p\n  sha256: "
                       "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\n  network: any\n"
                       "  loopbackListener: true\n  settings:\n    word: %s\n",
                       word)
        .base;
}

/* {"word":"..."} */
static void takes_settings_of_an_adapter_as_long_as_its_first_line_has_room_for(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    enum { MOST = 32 * 1024 - 11 };
    const struct adapter_document *adapter = &reading_one(arena, adapter_with_word(arena, MOST))->adapter;
    assert_int_equal(json_text_of(adapter->settings, "word").length, MOST);
    assert_true(adapter->has_loopback_listener && adapter->has_network);
    struct documents documents = reading_of(arena, adapter_with_word(arena, MOST + 1));
    reading_assert_mistakes(&documents,
                            "f.yaml:9:5: spec.settings: expected at most 32768 bytes as JSON, found 32769\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_by_the_targets_own_adapter_have_its_settings),
        cmocka_unit_test(takes_settings_of_an_adapter_as_long_as_its_first_line_has_room_for),
        cmocka_unit_test(refuses_fields_that_do_not_go_together),
        cmocka_unit_test(takes_keys_from_discovery_unless_told_otherwise),
        cmocka_unit_test(calls_a_client_by_its_document_unless_told_otherwise),
        cmocka_unit_test(fills_a_combination_with_its_rights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

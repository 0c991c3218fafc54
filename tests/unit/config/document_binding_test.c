/* Fields into structs: types, ranges, defaults, and the sentences about all that is wrong with them. */
#include "reading.h"

static const struct reading_case bad[] = {
    {"[1, 2]\n", "f.yaml:1:1: expected a document (kind, metadata, spec), found a list\n"},
    {"kind: Domain\n"
     "spec: {}\n",
     "f.yaml:1:1: metadata is missing: it holds the document's name\n"},
    {"metadata: {name: a}\n",
     "f.yaml:1:1: kind is missing; known: Gateway, Domain, Issuer, Client, AgentClass, Target, Adapter, Team, "
     "Policy, Combination\n"},
    {"kind: Domian\n"
     "metadata: {name: a}\n",
     "f.yaml:1:7: kind: expected a kind of document, found \"Domian\"; did you mean \"Domain\"?\n"},
    {"kind: [Domain]\n"
     "metadata: {name: a}\n",
     "f.yaml:1:7: kind: expected a kind of document, found a list; known: Gateway, Domain, Issuer, Client, "
     "AgentClass, Target, Adapter, Team, Policy, Combination\n"},
    {"apiVersion: v1\n"
     "kind: Domain\n"
     "metadata: {name: a, labels: {}}\n",
     "f.yaml:1:1: unknown key \"apiVersion\" in a document; known: kind, metadata, spec\n"
     "f.yaml:3:21: unknown key \"labels\" in metadata; known: name, team\n"},
    {"kind: Domain\n"
     "metadata: {name: Corp_1}\n",
     "f.yaml:2:18: metadata.name: expected a name of lower-case letters, digits, \"-\" and \".\", at most 63 "
     "bytes, found \"Corp_1\"\n"},
    {"kind: Domain\n"
     "metadata: {name: 42, team: true}\n",
     "f.yaml:2:18: metadata.name: expected text (in quotes, if \"42\" is meant), found the number 42\n"
     "f.yaml:2:28: metadata.team: expected text (in quotes, if \"true\" is meant), found true\n"},
    {"kind: Domain\n"
     "metadata: corp\n"
     "spec: corp\n",
     "f.yaml:2:11: metadata: expected a mapping, found \"corp\"\n"
     "f.yaml:3:7: spec: expected a mapping, found \"corp\"\n"},
    {"kind: Domain\n"
     "metadata: {name: a}\n"
     "spec: {leavesFor: partner, enabled: yes}\n",
     "f.yaml:3:19: spec.leavesFor: expected a list, each item a name of lower-case letters, digits, \"-\" and "
     "\".\", at most 63 bytes, found \"partner\"\n"
     "f.yaml:3:37: spec.enabled: expected true or false, found \"yes\"\n"},
    {"kind: Domain\n"
     "metadata: {name: a}\n"
     "spec: {leavesFor: [b, b, C, 7], enabled: \"true\"}\n",
     "f.yaml:3:23: spec.leavesFor: \"b\" stands here twice\n"
     "f.yaml:3:26: spec.leavesFor: expected a name of lower-case letters, digits, \"-\" and \".\", at most 63 "
     "bytes, found \"C\"\n"
     "f.yaml:3:29: spec.leavesFor: expected text (in quotes, if \"7\" is meant), found the number 7\n"
     "f.yaml:3:42: spec.enabled: expected true or false, found \"true\"\n"},
    {"kind: Gateway\n"
     "metadata: {name: g}\n",
     "f.yaml:1:1: spec.issuer is missing: Our own issuer identifier: the iss of what is issued, and where "
     "metadata and keys are found by who knows no more; no slash at its end.\n"
     "f.yaml:1:1: spec.tls is missing: What the public listener shows.\n"
     "f.yaml:1:1: spec.sealing is missing: The key that secrets in the store are sealed with, kept outside it: "
     "where it comes from, by one of keyFile, credential, environment, command and manual.\n"},
    {"kind: Gateway\n"
     "metadata: {name: g}\n"
     "spec:\n"
     "  issuer: https://gateway.example/?x\n"
     "  listen: [\"gateway.example:443\", \"0.0.0.0\", \"[::]:70000\", \"::1:443\"]\n"
     "  tls: {certificate: pem}\n"
     "  sealing: {keyFile: [k]}\n"
     "  outbound: {allowAddresses: [10.0.0.0/33, fd00::/8, 10.0.0.1]}\n"
     "  signing: {algorithms: [es256, HS256], publishBeforeUse: 10}\n"
     "  limits: {threads: 257, chainDepth: 0, requestsInFlight: 1.5, request_in_flight: 1}\n",
     "f.yaml:4:11: spec.issuer: expected an https URL without query and fragment (http only to a loopback "
     "host), found \"https://gateway.example/?x\"\n"
     "f.yaml:5:12: spec.listen: expected an address and port, such as 0.0.0.0:8443 or [::]:8443, found "
     "\"gateway.example:443\"\n"
     "f.yaml:5:35: spec.listen: expected an address and port, such as 0.0.0.0:8443 or [::]:8443, found "
     "\"0.0.0.0\"\n"
     "f.yaml:5:46: spec.listen: expected an address and port, such as 0.0.0.0:8443 or [::]:8443, found "
     "\"[::]:70000\"\n"
     "f.yaml:5:60: spec.listen: expected an address and port, such as 0.0.0.0:8443 or [::]:8443, found "
     "\"::1:443\"\n"
     "f.yaml:6:8: spec.tls.certificateFile is missing: The certificate chain in PEM, our own certificate "
     "first.\n"
     "f.yaml:6:8: spec.tls.keyFile is missing: Its private key in PEM, readable by the owner alone.\n"
     "f.yaml:6:9: unknown key \"certificate\" in spec.tls: put it in a file of its own and name that with "
     "certificateFile\n"
     "f.yaml:7:22: spec.sealing.keyFile: expected a file name, found a list\n"
     "f.yaml:8:31: spec.outbound.allowAddresses: expected an address range, such as 10.0.0.0/8 or fd00::/8, "
     "found \"10.0.0.0/33\"\n"
     "f.yaml:8:54: spec.outbound.allowAddresses: expected an address range, such as 10.0.0.0/8 or fd00::/8, "
     "found \"10.0.0.1\"\n"
     "f.yaml:9:26: spec.signing.algorithms: expected an algorithm the gateway signs with, found \"es256\"; did "
     "you mean \"ES256\"?\n"
     "f.yaml:9:33: spec.signing.algorithms: expected an algorithm the gateway signs with, found \"HS256\"; did "
     "you mean \"ES256\"?\n"
     "f.yaml:9:59: spec.signing.publishBeforeUse: expected a duration from 0s to 30d (a number and s, m, h or "
     "d), found the number 10\n"
     "f.yaml:10:21: spec.limits.threads: expected a whole number from 0 to 256, found the number 257\n"
     "f.yaml:10:38: spec.limits.chainDepth: expected a whole number from 1 to 16, found the number 0\n"
     "f.yaml:10:59: spec.limits.requestsInFlight: expected a whole number from 1 to 1000000, found the number "
     "1.5\n"
     "f.yaml:10:64: unknown key \"request_in_flight\" in spec.limits; did you mean \"requestsInFlight\"?\n"},
    {"kind: Issuer\n"
     "metadata: {name: idp}\n"
     "spec: {issuer: \"http://idp.example\", maximum_age: 1h, leeway: 61s, maximumAge: 10y, tokenTypes: "
     "[access-token], keys: {jwksUri: \"https://idp.example/#a\"}}\n",
     "f.yaml:3:16: spec.issuer: expected an https URL without query and fragment (http only to a loopback "
     "host), found \"http://idp.example\"\n"
     "f.yaml:3:38: unknown key \"maximum_age\" in spec; did you mean \"maximumAge\"?\n"
     "f.yaml:3:63: spec.leeway: expected a duration from 0s to 1m (a number and s, m, h or d), found \"61s\"\n"
     "f.yaml:3:80: spec.maximumAge: expected a duration from 1s to 365d (a number and s, m, h or d), found "
     "\"10y\"\n"
     "f.yaml:3:98: spec.tokenTypes: expected a token type, found \"access-token\"; did you mean "
     "\"access_token\"?\n"
     "f.yaml:3:129: spec.keys.jwksUri: expected an https URL without fragment (http only to a loopback host), "
     "found \"https://idp.example/#a\"\n"},
    {"kind: Issuer\n"
     "metadata: {name: idp}\n"
     "spec: {issuer: https://idp.example, claims: {subject: \"a..b\", attributes: {email: 5, \"\": x}}}\n",
     "f.yaml:3:55: spec.claims.subject: expected names parted by dots, one with dots in double quotes, such as "
     "'\"kubernetes.io\".namespace', found \"a..b\"\n"
     "f.yaml:3:83: spec.claims.attributes: expected text (in quotes, if \"5\" is meant), found the number 5\n"
     "f.yaml:3:86: a name before a colon has 1 to 256 bytes\n"},
    {"kind: Issuer\n"
     "metadata: {name: idp}\n"
     "spec: {issuer: https://idp.example, claims: {attributes: [email]}}\n",
     "f.yaml:3:58: spec.claims.attributes: expected a mapping from attribute name to claim path, found a "
     "list\n"},
    {"kind: AgentClass\n"
     "metadata: {name: agents}\n"
     "spec: {issuer: cluster, match: {}, budget: {exchangesPerSecond: -1, recordsPerDay: 5}}\n",
     "f.yaml:3:32: spec.match: expected 1 to 32 members, found 0\n"
     "f.yaml:3:65: spec.budget.exchangesPerSecond: expected a whole number from 0 to 1000000000, found the "
     "number -1\n"
     "f.yaml:3:69: unknown key \"recordsPerDay\" in spec.budget; did you mean \"recordsPerHour\"?\n"},
    {"kind: AgentClass\n"
     "metadata: {name: agents}\n"
     "spec: {issuer: cluster, match: {sub: \"system:serviceaccount:*\", '\"kubernetes.io': x}, "
     "maximumLifetime: 0s}\n",
     "f.yaml:3:38: spec.match: expected the exact value of the claim (there are no wildcards), found "
     "\"system:serviceaccount:*\"\n"
     "f.yaml:3:65: spec.match: expected names parted by dots, one with dots in double quotes, such as "
     "'\"kubernetes.io\".namespace', found \"\"kubernetes.io\"\n"
     "f.yaml:3:104: spec.maximumLifetime: expected a duration from 1s to 1d (a number and s, m, h or d), found "
     "\"0s\"\n"},
    {"kind: Client\n"
     "metadata: {name: c}\n"
     "spec: {authentication: {methods: [client_secret_jwt], secret: s3cr3t-that-must-not-show}}\n",
     "f.yaml:3:35: spec.authentication.methods: expected a client authentication method, found "
     "\"client_secret_jwt\"; did you mean \"client_secret_post\"?\n"
     "f.yaml:3:55: unknown key \"secret\" in spec.authentication: put it in a file of its own and name that "
     "with secretFile\n"},
    {"kind: Client\n"
     "metadata: {name: c}\n"
     "spec: {clientId: \"a b\", authentication: {methods: [client_secret_basic], secretHash: "
     "s3cr3t-that-must-not-show}}\n",
     "f.yaml:3:18: spec.clientId: expected 1 to 255 visible ASCII characters, found \"a b\"\n"
     "f.yaml:3:86: spec.authentication.secretHash: expected the 64 hexadecimal digits of a keyed hash, found "
     "something else\n"},
    {"kind: Target\n"
     "metadata: {name: t}\n"
     "spec: {resources: [orders, \"https://api.example/#x\"], scopes: [a b], token: {algorithm: ES512, claims: "
     "{sub: email, email: [x]}}}\n",
     "f.yaml:3:7: spec.audiences is missing: Its names for the audience parameter; the first is the aud of "
     "what is issued.\n"
     "f.yaml:3:20: spec.resources: expected an absolute URI without fragment, such as "
     "https://api.example/orders, found \"orders\"\n"
     "f.yaml:3:28: spec.resources: expected an absolute URI without fragment, such as "
     "https://api.example/orders, found \"https://api.example/#x\"\n"
     "f.yaml:3:64: spec.scopes: expected one scope: visible ASCII characters except \" and \\, found \"a b\"\n"
     "f.yaml:3:89: spec.token.algorithm: expected an algorithm the gateway signs with, found \"ES512\"; known: "
     "ES256, RS256, PS256, EdDSA\n"
     "f.yaml:3:105: spec.token.claims: expected a claim that the gateway does not set itself, found \"sub\"\n"
     "f.yaml:3:124: spec.token.claims: expected an attribute name of 1 to 64 bytes, found a list\n"},
    {"kind: Target\n"
     "metadata: {name: t}\n"
     "spec: {audiences: [https://api.example], token: {alg: ES256}, accepts: {issuer: [corp], actors: [\"a/\", "
     "\"Corp/x\", \"corp/user:1\"]}}\n",
     "f.yaml:3:50: unknown key \"alg\" in spec.token; known: algorithm, type, claims\n"
     "f.yaml:3:73: unknown key \"issuer\" in spec.accepts; did you mean \"issuers\"?\n"
     "f.yaml:3:98: spec.accepts.actors: expected the name of a Client or AgentClass, or ISSUER/SUBJECT, found "
     "\"a/\"\n"
     "f.yaml:3:104: spec.accepts.actors: expected the name of a Client or AgentClass, or ISSUER/SUBJECT, found "
     "\"Corp/x\"\n"},
    {"kind: Target\n"
     "metadata: {name: t}\n"
     "spec:\n"
     "  audiences:\n"
     "  resources: null\n"
     "  adapter:\n",
     "f.yaml:4:13: spec.audiences: expected a list, each item text of 1 to 512 bytes, found nothing\n"
     "f.yaml:5:14: spec.resources: expected a list, each item an absolute URI without fragment, such as "
     "https://api.example/orders, found nothing\n"
     "f.yaml:6:11: spec.adapter: expected a name of lower-case letters, digits, \"-\" and \".\", at most 63 "
     "bytes, found nothing\n"},
};

static void reports_every_mistake_with_its_place_and_the_nearest_name(void **state)
{
    (void)state;
    reading_assert_cases(bad, sizeof(bad) / sizeof(bad[0]), false);
}

static void fills_in_the_defaults_of_a_gateway(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct gateway_document *gateway = &reading_one(arena, READING_GATEWAY)->gateway;
    assert_int_equal(gateway->listen.count, 1);
    assert_true(text_is(gateway->listen.items[0], "0.0.0.0:8443"));
    assert_true(text_is(gateway->store_path, "/var/lib/dragoman/dragoman.sqlite"));
    assert_true(text_is(gateway->admin_socket, "/run/dragoman/admin.sock"));
    assert_int_equal(gateway->outbound_ca_file.length, 0);
    assert_int_equal(gateway->outbound_allow.count, 0);
    assert_int_equal(gateway->signing_algorithms.count, 1);
    assert_true(text_is(gateway->signing_algorithms.items[0], "ES256"));
    assert_int_equal(gateway->threads, 0);
    assert_int_equal(gateway->requests_in_flight, 4096);
    assert_int_equal(gateway->requests_in_flight_per_connection, 128);
    assert_int_equal(gateway->chain_depth, 4);
    assert_int_equal(gateway->remembered_tokens, 4096);
    assert_int_equal(gateway->key_publish_s, 600);
    assert_int_equal(gateway->record_retention_days, 0);
}

static void fills_in_the_defaults_of_an_issuer(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct issuer_document *issuer =
        &reading_one(arena, "kind: Issuer\nmetadata: {name: i}\nspec: {issuer: https://i.example}\n")->issuer;
    assert_true(text_is(issuer->domain, "local"));
    assert_int_equal(issuer->audiences.count, 0);
    assert_int_equal(issuer->algorithms.count, 6);
    assert_int_equal(issuer->token_types.count, 2);
    assert_int_equal(issuer->maximum_age_s, 86400);
    assert_int_equal(issuer->leeway_s, 30);
    assert_true(text_is(issuer->subject_claim, "sub"));
    assert_false(issuer->is_platform);
    assert_true(issuer->is_enabled);
}

static void fills_in_the_defaults_of_a_target_and_accepts_nobody(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct target_document *target =
        &reading_one(arena, "kind: Target\nmetadata: {name: t}\nspec: {audiences: [a]}\n")->target;
    assert_true(text_is(target->domain, "local"));
    assert_true(text_is(target->adapter, "jwt"));
    assert_true(text_is(target->algorithm, "ES256"));
    assert_true(text_is(target->type, "at+jwt"));
    assert_int_equal(target->maximum_lifetime_s, 300);
    assert_int_equal(
        target->issuers.count + target->clients.count + target->actors.count + target->scopes.count, 0);
    assert_true(target->is_enabled);
}

static void reads_everything_an_agent_class_can_say(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct document *document = reading_one(
        arena, "kind: AgentClass\nmetadata: {name: a, team: t}\nspec:\n  issuer: cluster\n"
               "  match: {sub: 'system:x', '\"kubernetes.io\".namespace': agents, protected: true, id: 7}\n"
               "  audiences: [x]\n  maximumLifetime: 2m\n  enabled: false\n"
               "  budget: {exchangesPerSecond: 5, liveCredentials: 6, recordsPerHour: 7}\n");
    const struct agent_class_document *class = &document->agent_class;
    assert_true(text_is(document->team, "t"));
    assert_true(text_is(class->issuer, "cluster"));
    assert_int_equal(class->match.count, 4);
    assert_true(text_is(class->match.items[1].name, "\"kubernetes.io\".namespace"));
    assert_true(text_is(class->match.items[1].value, "agents"));
    assert_true(text_is(class->match.items[2].value, "true"));
    assert_true(text_is(class->match.items[3].value, "7"));
    assert_int_equal(class->maximum_lifetime_s, 120);
    assert_int_equal(class->budget.exchanges_per_second, 5);
    assert_int_equal(class->budget.live_credentials, 6);
    assert_int_equal(class->budget.records_per_hour, 7);
    assert_false(class->is_enabled);
}

static void looks_for_files_where_the_document_lies(void **state)
{
    (void)state;
    static const struct {
        const char *source, *key_file;
    } cases[] = {
        {"f.yaml", "k"}, {"./f.yaml", "./k"}, {"/f.yml", "//k"}, {"/etc/dragoman/f.json", "/etc/dragoman/k"}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        SCOPED_ARENA arena = arena_create();
        struct documents documents;
        documents_init(&documents, arena);
        documents_read(&documents, text_of(cases[i].source), TEXT(READING_GATEWAY));
        assert_int_equal(documents.count, 1);
        assert_string_equal(documents.items[0]->gateway.sealing.key_file.base, cases[i].key_file);
        assert_true(text_is(documents.items[0]->gateway.store_path, "/var/lib/dragoman/dragoman.sqlite"));
    }
}

static void wants_absolute_file_names_where_there_is_no_file(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct documents documents;
    documents_init(&documents, arena);
    documents_read(
        &documents, TEXT("store"),
        TEXT("{\"kind\":\"Client\",\"metadata\":{\"name\":\"c\"},\"spec\":{\"authentication\":{\"methods\":"
             "[\"client_secret_basic\"],\"secretFile\":\"c.secret\"}}}"));
    reading_assert_mistakes(&documents,
                            "store:1:115: spec.authentication.secretFile: expected an absolute file name, "
                            "since this document stands in no file, found \"c.secret\"\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reports_every_mistake_with_its_place_and_the_nearest_name),
        cmocka_unit_test(fills_in_the_defaults_of_a_gateway),
        cmocka_unit_test(fills_in_the_defaults_of_an_issuer),
        cmocka_unit_test(fills_in_the_defaults_of_a_target_and_accepts_nobody),
        cmocka_unit_test(reads_everything_an_agent_class_can_say),
        cmocka_unit_test(looks_for_files_where_the_document_lies),
        cmocka_unit_test(wants_absolute_file_names_where_there_is_no_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

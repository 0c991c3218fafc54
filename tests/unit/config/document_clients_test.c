/* Clients that come by way of a browser: what their documents may say together. */
#include "reading.h"

static const struct reading_case bad[] = {
    {"kind: Client\nmetadata: {name: a}\nspec: {authentication: {methods: [none]}}\n",
     "f.yaml:3:7: spec.redirectUris is missing: a public client can do nothing but send people to /authorize "
     "and "
     "must say where they come back to\n"},
    {"kind: Client\nmetadata: {name: a}\nspec:\n  authentication: {methods: [none, client_secret_basic], "
     "secretFile: "
     "/s}\n  redirectUris: [https://a.example/b]\n",
     "f.yaml:4:29: spec.authentication.methods: none stands alone; a client that can prove who it is always "
     "has to\n"},
    {"kind: Client\nmetadata: {name: a}\nspec:\n  authentication: {methods: [client_secret_basic], secretFile: "
     "/s}\n"
     "  registered: true\n",
     "f.yaml:4:29: spec.authentication.methods: clients of a class are public; expected [none]\n"},
    {"kind: Client\nmetadata: {name: a}\nspec:\n  clientId: x\n  authentication: {methods: [none]}\n"
     "  redirectUris: [https://a.example/b]\n  clientMetadataDocuments: {hosts: [a.example]}\n",
     "f.yaml:4:13: spec.clientId: each client of a class has its own; leave it out here\n"
     "f.yaml:6:17: spec.redirectUris: each client of a class brings its own; leave them out here\n"},
    {"kind: Client\nmetadata: {name: a}\nspec:\n  authentication: {methods: [none]}\n"
     "  clientMetadataDocuments: {hosts: [A.example], urls: [http://localhost/x]}\n",
     "f.yaml:5:37: spec.clientMetadataDocuments.hosts: expected the host of a URL in lower case, with its port "
     "unless "
     "that is 443, such as agents.example; or \"*\", found \"A.example\"\n"
     "f.yaml:5:55: spec.clientMetadataDocuments.urls: a client_id that is a URL begins with https://\n"},
    {"kind: Client\nmetadata: {name: a}\nspec:\n  clientId: urn:dragoman:client:x\n"
     "  authentication: {methods: [client_secret_basic], secretFile: /s}\n",
     "f.yaml:4:13: spec.clientId: names that begin so are given by this gateway to clients that register "
     "themselves\n"},
};

static void says_what_does_not_go_together(void **state)
{
    (void)state;
    reading_assert_cases(bad, sizeof(bad) / sizeof(bad[0]), false);
}

static const struct reading_case doubled[] = {
    {READING_GATEWAY "---\nkind: Client\nmetadata: {name: a}\nspec:\n  authentication: {methods: [none]}\n"
                     "  registered: true\n  clientMetadataDocuments: {hosts: [a.example, '*'], urls: "
                     "[https://a.example/x]}\n"
                     "---\nkind: Client\nmetadata: {name: b}\nspec:\n  authentication: {methods: [none]}\n"
                     "  registered: true\n  clientMetadataDocuments: {hosts: [b.example, '*'], urls: "
                     "[https://a.example/x]}\n",
     "f.yaml:16:15: spec.registered: \"urn:dragoman:client:\" is already the class of registered clients of "
     "Client \"a\" "
     "(f.yaml:5)\n"
     "f.yaml:17:48: spec.clientMetadataDocuments.hosts: \"*\" is already the class by host of Client \"a\" "
     "(f.yaml:5)\n"
     "f.yaml:17:61: spec.clientMetadataDocuments.urls: \"https://a.example/x\" is already the class by URL of "
     "Client "
     "\"a\" (f.yaml:5)\n"},
};

static void lets_a_client_be_of_one_class_alone(void **state)
{
    (void)state;
    reading_assert_cases(doubled, sizeof(doubled) / sizeof(doubled[0]), true);
}

static void knows_a_class_and_a_public_client(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    const struct document *class =
        reading_one(arena, "kind: Client\nmetadata: {name: a}\nspec:\n  authentication: {methods: [none]}\n"
                           "  clientMetadataDocuments: {hosts: [a.example:8443]}\n");
    const struct document *public =
        reading_one(arena, "kind: Client\nmetadata: {name: b}\nspec:\n  authentication: {methods: [none]}\n"
                           "  redirectUris: [http://127.0.0.1/back, https://b.example/back]\n");
    assert_true(client_document_is_class(&class->client));
    assert_false(client_document_is_class(&public->client));
    assert_int_equal(public->client.methods, CLIENT_NONE);
    assert_int_equal(public->client.redirect_uris.count, 2);
    assert_true(text_is(public->client.client_id, "b"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_does_not_go_together),
        cmocka_unit_test(lets_a_client_be_of_one_class_alone),
        cmocka_unit_test(knows_a_class_and_a_public_client),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

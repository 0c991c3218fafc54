/* Which texts are what. */
#include "document_values.h"
#include "reading.h"

static void assert_all(enum value_type type, bool is_expected, const char *const *texts)
{
    for (; *texts != NULL; texts++)
        if (value_is_valid(type, text_of(*texts)) != is_expected)
            fail_msg("\"%s\" is%s a %s", *texts, is_expected ? "" : " not", value_row(type)->label);
}

#define GOOD(type, ...) assert_all(type, true, (const char *const[]){__VA_ARGS__, NULL})
#define BAD(type, ...)  assert_all(type, false, (const char *const[]){__VA_ARGS__, NULL})

static void takes_https_urls_and_http_for_this_machine_only(void **state)
{
    (void)state;
    GOOD(VALUE_URL, "https://a.example", "https://a.example:8443/x?y=z", "https://[fd00::1]/x",
         "http://localhost:1", "http://127.0.0.1:80/x", "http://127.9.9.9", "http://[::1]:9");
    BAD(VALUE_URL, "http://a.example", "http://localhost.evil.example", "http://127.0.0.1.evil.example",
        "http://127.0.0.1@evil.example", "https://user@a.example", "https://user:1@a.example", "https://",
        "https:///x", "https://a.example#f", "https://a.example:0", "https://a.example:65536",
        "https://a.example:", "https://[::1", "https://[::g]", "https://a.example:8443:1", "ftp://a.example",
        "HTTPS://a.example", "a.example", "https://a b", "http://10.0.0.1", "http://[::2]", "http://0.0.0.0",
        "", "http://localhost@evil.example");
    GOOD(VALUE_ISSUER_URL, "https://a.example/realms/x/", "http://127.0.0.1:8080");
    BAD(VALUE_ISSUER_URL, "https://a.example?x", "https://a.example#x", "http://a.example");
}

static void knows_names_scopes_and_client_identifiers(void **state)
{
    (void)state;
    GOOD(VALUE_NAME, "a", "1", "corp-idp.eu",
         "a23456789012345678901234567890123456789012345678901234567890123");
    BAD(VALUE_NAME, "", "-a", ".a", "A", "a_b", "a/b", "a b", "\xc3\xa4",
        "a234567890123456789012345678901234567890123456789012345678901234");
    GOOD(VALUE_SCOPE, "orders:read", "!", "https://x/y");
    BAD(VALUE_SCOPE, "a b", "a\"", "a\\", "\xc3\xa4", "");
    GOOD(VALUE_CLIENT_ID, "a", "https://c.example/x", "a:b");
    BAD(VALUE_CLIENT_ID, "a b", "\xc3\xa4", "");
    GOOD(VALUE_ACTOR, "agents", "corp-idp/user:1", "self/a/b");
    BAD(VALUE_ACTOR, "/a", "a/", "A/b", "");
}

static void knows_addresses_and_ranges(void **state)
{
    (void)state;
    GOOD(VALUE_LISTEN, "0.0.0.0:8443", "127.0.0.1:0", "[::]:65535", "[fd00::1]:1");
    BAD(VALUE_LISTEN, "localhost:1", "0.0.0.0", "0.0.0.0:", ":443", "[::]", "::1:1", "1.2.3.4:65536",
        "1.2.3.4:-1", "[1.2.3.4]:1", "1.2.3:1");
    GOOD(VALUE_CIDR, "10.0.0.0/8", "0.0.0.0/0", "::/0", "fd00::/128", "127.0.0.1/32");
    BAD(VALUE_CIDR, "10.0.0.0", "10.0.0.0/33", "fd00::/129", "10.0.0/8", "x/8", "/8", "10.0.0.0/",
        "10.0.0.0/8/8", "10.0.0.0/-1");
    GOOD(VALUE_RESOURCE, "https://a.example/x?y", "urn:x:y");
    BAD(VALUE_RESOURCE, "a", "https://a.example/#x", "https://a b");
}

static void knows_claim_paths_and_the_claims_that_are_the_gateways_own(void **state)
{
    (void)state;
    GOOD(VALUE_CLAIM_PATH, "sub", "a.b", "\"kubernetes.io\".namespace", "a.\"b.c\"", "\"a\"");
    BAD(VALUE_CLAIM_PATH, "", ".", "a.", ".a", "a..b", "\"a", "\"\"", "\"a\"b", "a\"b\"");
    GOOD(VALUE_CLAIM_NAME, "email", "https://corp.example/team");
    GOOD(VALUE_CLAIM_NAME, "dragoman", "my_dragoman_x");
    BAD(VALUE_CLAIM_NAME, "iss", "sub", "sub_iss", "aud", "exp", "nbf", "iat", "jti", "act", "may_act", "cnf",
        "txn", "scope", "client_id", "acr", "amr", "auth_time", "authorization_details", "dragoman_stands_on",
        "dragoman_later");
    GOOD(VALUE_CLAIM_VALUE, "system:serviceaccount:a:b");
    BAD(VALUE_CLAIM_VALUE, "a*", "*");
}

static void knows_the_algorithms_and_nothing_symmetric(void **state)
{
    (void)state;
    GOOD(VALUE_ALGORITHM, "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512",
         "EdDSA", "Ed25519");
    BAD(VALUE_ALGORITHM, "none", "HS256", "rs256", "ES256K", "");
    GOOD(VALUE_SIGNING_ALGORITHM, "ES256", "RS256", "PS256", "EdDSA");
    BAD(VALUE_SIGNING_ALGORITHM, "HS256", "none", "ES512");
}

static void says_durations_in_the_largest_unit_that_fits(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    assert_true(text_is(value_duration_words(arena, 0), "0s"));
    assert_true(text_is(value_duration_words(arena, 90), "90s"));
    assert_true(text_is(value_duration_words(arena, 600), "10m"));
    assert_true(text_is(value_duration_words(arena, 7200), "2h"));
    assert_true(text_is(value_duration_words(arena, 86400), "1d"));
}

static void refuses_text_longer_than_its_type_allows(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    for (int type = 0; type < VALUE_TYPE_COUNT; type++) {
        const struct value_row *row = value_row((enum value_type)type);
        char *text = arena_allocate(arena, row->bytes_max + 1);
        memset(text, 'a', row->bytes_max + 1);
        if (row->is_valid != NULL)
            assert_false(value_is_valid((enum value_type)type, (struct text){text, row->bytes_max + 1}));
    }
}

static void allows_several_lines_for_policies_alone(void **state)
{
    (void)state;
    assert_true(value_is_valid(VALUE_POLICIES, TEXT("permit (principal,\n\taction, resource);\n")));
    assert_false(value_is_valid(VALUE_POLICIES, TEXT("a\rb")));
    assert_false(value_is_valid(VALUE_POLICIES, TEXT("")));
    assert_false(value_is_valid(VALUE_TEXT, TEXT("a\nb")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_https_urls_and_http_for_this_machine_only),
        cmocka_unit_test(knows_names_scopes_and_client_identifiers),
        cmocka_unit_test(knows_addresses_and_ranges),
        cmocka_unit_test(knows_claim_paths_and_the_claims_that_are_the_gateways_own),
        cmocka_unit_test(knows_the_algorithms_and_nothing_symmetric),
        cmocka_unit_test(says_durations_in_the_largest_unit_that_fits),
        cmocka_unit_test(refuses_text_longer_than_its_type_allows),
        cmocka_unit_test(allows_several_lines_for_policies_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

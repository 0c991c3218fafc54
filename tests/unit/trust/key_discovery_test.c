/* Where metadata is looked for and what of it is believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "key_discovery.h"

static void assert_urls(const char *issuer, const char *openid, const char *oauth)
{
    SCOPED_ARENA arena = arena_create();
    assert_string_equal(key_discovery_url(arena, text_of(issuer), KEY_DISCOVERY_OPENID).base, openid);
    assert_string_equal(key_discovery_url(arena, text_of(issuer), KEY_DISCOVERY_OAUTH).base, oauth);
}

static void looks_under_the_host_of_an_issuer_without_path(void **state)
{
    (void)state;
    assert_urls("https://idp.example", "https://idp.example/.well-known/openid-configuration",
                "https://idp.example/.well-known/oauth-authorization-server");
    assert_urls("https://idp.example:8443/", "https://idp.example:8443/.well-known/openid-configuration",
                "https://idp.example:8443/.well-known/oauth-authorization-server");
}

static void appends_for_openid_and_inserts_for_oauth_where_there_is_a_path(void **state)
{
    (void)state;
    assert_urls("https://idp.example/realms/corp",
                "https://idp.example/realms/corp/.well-known/openid-configuration",
                "https://idp.example/.well-known/oauth-authorization-server/realms/corp");
    assert_urls("https://idp.example/realms/corp/",
                "https://idp.example/realms/corp/.well-known/openid-configuration",
                "https://idp.example/.well-known/oauth-authorization-server/realms/corp");
}

static enum fault read_metadata(const char *document, const char *issuer, char uri[128])
{
    SCOPED_ARENA arena = arena_create();
    struct text jwks_uri;
    const char *problem = NULL;
    enum fault fault = key_discovery_read(arena, text_of(document), text_of(issuer), &jwks_uri, &problem);
    if (fault == FAULT_NONE)
        snprintf(uri, 128, "%.*s", TEXT_ARGUMENTS(jwks_uri));
    else
        assert_non_null(problem);
    return fault;
}

static void finds_the_keys_of_metadata_that_names_its_issuer(void **state)
{
    (void)state;
    char uri[128];
    assert_int_equal(
        read_metadata("{\"issuer\":\"https://idp.example\",\"jwks_uri\":\"https://keys.example/a?b=c\"}",
                      "https://idp.example", uri),
        FAULT_NONE);
    assert_string_equal(uri, "https://keys.example/a?b=c");
}

static void refuses_metadata_of_another_issuer(void **state)
{
    (void)state;
    static const char *const issuers[] = {
        "https://idp.example/", "https://IDP.example",     "https://idp.example:443",
        "http://idp.example",   "https://idp.example/x",   "https://idp.exampl",
        "https://idp.example ", "https://xn--idp.example", ""};
    char uri[128], document[256];
    for (size_t i = 0; i < sizeof(issuers) / sizeof(issuers[0]); i++) {
        snprintf(document, sizeof(document), "{\"issuer\":\"%s\",\"jwks_uri\":\"https://idp.example/k\"}",
                 issuers[i]);
        assert_int_equal(read_metadata(document, "https://idp.example", uri), FAULT_OUTBOUND_FAILED);
    }
    assert_int_equal(read_metadata("{\"jwks_uri\":\"https://idp.example/k\"}", "https://idp.example", uri),
                     FAULT_OUTBOUND_FAILED);
    assert_int_equal(
        read_metadata("{\"issuer\":[\"https://idp.example\"],\"jwks_uri\":\"https://idp.example/k\"}",
                      "https://idp.example", uri),
        FAULT_OUTBOUND_FAILED);
}

static void refuses_a_jwks_uri_that_may_not_be_fetched(void **state)
{
    (void)state;
    static const char *const uris[] = {"\"http://idp.example/k\"",
                                       "\"file:///etc/passwd\"",
                                       "\"//idp.example/k\"",
                                       "\"/k\"",
                                       "\"ftp://idp.example/\"",
                                       "\"HTTPS\"",
                                       "7",
                                       "null",
                                       "\"\""};
    char uri[128], document[256];
    for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
        snprintf(document, sizeof(document), "{\"issuer\":\"https://idp.example\",\"jwks_uri\":%s}", uris[i]);
        assert_int_equal(read_metadata(document, "https://idp.example", uri), FAULT_OUTBOUND_FAILED);
    }
    assert_int_equal(read_metadata("{\"issuer\":\"https://idp.example\"}", "https://idp.example", uri),
                     FAULT_OUTBOUND_FAILED);
}

static void takes_http_from_an_issuer_that_is_http_itself(void **state)
{
    (void)state;
    char uri[128];
    assert_int_equal(read_metadata("{\"issuer\":\"http://127.0.0.1:7\",\"jwks_uri\":\"http://127.0.0.1:7/k\"}",
                                   "http://127.0.0.1:7", uri),
                     FAULT_NONE);
}

static void refuses_what_is_not_one_strict_json_object(void **state)
{
    (void)state;
    char uri[128];
    assert_int_equal(read_metadata("<html>sign in</html>", "https://idp.example", uri), FAULT_OUTBOUND_FAILED);
    assert_int_equal(read_metadata("", "https://idp.example", uri), FAULT_OUTBOUND_FAILED);
    assert_int_equal(read_metadata("[]", "https://idp.example", uri), FAULT_OUTBOUND_FAILED);
    assert_int_equal(read_metadata("{\"issuer\":\"https://idp.example\",\"issuer\":\"https://idp.example\","
                                   "\"jwks_uri\":\"https://idp.example/k\"}",
                                   "https://idp.example", uri),
                     FAULT_OUTBOUND_FAILED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(looks_under_the_host_of_an_issuer_without_path),
        cmocka_unit_test(appends_for_openid_and_inserts_for_oauth_where_there_is_a_path),
        cmocka_unit_test(finds_the_keys_of_metadata_that_names_its_issuer),
        cmocka_unit_test(refuses_metadata_of_another_issuer),
        cmocka_unit_test(refuses_a_jwks_uri_that_may_not_be_fetched),
        cmocka_unit_test(takes_http_from_an_issuer_that_is_http_itself),
        cmocka_unit_test(refuses_what_is_not_one_strict_json_object),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What is read of servers' own words, and what is taken for another's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "discovery/server_metadata.h"

static void assert_words(const char *header, const char *metadata, const char *scope)
{
    struct challenge_words words = challenge_words_of(text_of(header));
    assert_true(text_equal(words.metadata, text_of(metadata)));
    assert_true(text_equal(words.scope, text_of(scope)));
}

static void finds_what_a_challenge_names_whatever_stands_around_it(void **state)
{
    (void)state;
    assert_words("Bearer resource_metadata=\"https://a/m\", scope=\"a b\"", "https://a/m", "a b");
    assert_words("Bearer error=\"invalid_token\", error_description=\"unexpected \"aud\" claim\", scope=\"a\"",
                 NULL, "a");
    assert_words("Negotiate, Bearer realm=\"x\",resource_metadata=\"m\"", "m", NULL);
    assert_words("Bearer other_scope=\"a\", xresource_metadata=\"m\"", NULL, NULL);
    assert_words("Bearer scope=\"unended", NULL, NULL);
    assert_words("Bearer scope=a", NULL, NULL);
    assert_words("", NULL, NULL);
    assert_words(NULL, NULL, NULL);
}

static void reads_no_challenge_without_end(void **state)
{
    (void)state;
    static char header[2 * CHALLENGE_BYTES_MAX];
    memset(header, ' ', sizeof(header));
    memcpy(header + CHALLENGE_BYTES_MAX, "scope=\"a\"", 9);
    assert_null(challenge_words_of((struct text){header, sizeof(header)}).scope.base);
    memcpy(header + CHALLENGE_BYTES_MAX - 9, "scope=\"a\"", 9);
    assert_non_null(challenge_words_of((struct text){header, sizeof(header)}).scope.base);
}

static void knows_where_metadata_lie(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct text urls[AUTHORIZATION_METADATA_FORMS];
    assert_true(text_is(resource_metadata_url(arena, TEXT("https://m.example:8/a/mcp"), false),
                        "https://m.example:8/.well-known/oauth-protected-resource/a/mcp"));
    assert_true(text_is(resource_metadata_url(arena, TEXT("https://m.example:8/a/mcp"), true),
                        "https://m.example:8/.well-known/oauth-protected-resource"));
    assert_true(text_is(resource_metadata_url(arena, TEXT("https://m.example/"), false),
                        "https://m.example/.well-known/oauth-protected-resource"));
    assert_int_equal(authorization_metadata_urls(arena, TEXT("https://a.example/"), urls), 2);
    assert_true(text_is(urls[0], "https://a.example/.well-known/oauth-authorization-server"));
    assert_true(text_is(urls[1], "https://a.example/.well-known/openid-configuration"));
    assert_int_equal(authorization_metadata_urls(arena, TEXT("https://a.example/t/1"), urls), 3);
    assert_true(text_is(urls[0], "https://a.example/.well-known/oauth-authorization-server/t/1"));
    assert_true(text_is(urls[1], "https://a.example/.well-known/openid-configuration/t/1"));
    assert_true(text_is(urls[2], "https://a.example/t/1/.well-known/openid-configuration"));
}

static void takes_a_server_for_no_resource_but_its_own(void **state)
{
    (void)state;
    struct text server = TEXT("https://m.example/a/mcp");
    assert_true(resource_has(TEXT("https://m.example/a/mcp"), server));
    assert_true(resource_has(TEXT("https://M.example/a"), server));
    assert_true(resource_has(TEXT("https://m.example/a/"), server));
    assert_true(resource_has(TEXT("https://m.example"), server));
    static const char *const others[] = {
        "https://m.example/a/mcp/deeper",
        "https://m.example/a/mc",
        "https://m.example/b",
        "https://m.example:444/a/mcp",
        "http://m.example/a/mcp",
        "https://n.example/a/mcp",
        "https://m.example/a/mcp?x",
        "https://m.example/a/mcp#",
        "https://m.example@n.example/a/mcp",
        "https://m.example.evil/a/mcp",
        "m.example/a/mcp",
        "https://m.example/A",
        "",
    };
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
        if (resource_has(text_of(others[i]), server))
            fail_msg("%s", others[i]);
}

static const char *read_resource(struct arena *arena, const char *document, struct resource_metadata *metadata)
{
    *metadata = (struct resource_metadata){0};
    return resource_metadata_read(arena, text_of(document), TEXT("https://m.example/mcp"), metadata);
}

#define RESOURCE "{\"resource\":\"https://m.example/mcp\",\"authorization_servers\":[\"https://a.example\"]"

static void reads_a_resource_strictly(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct resource_metadata metadata;
    assert_null(read_resource(arena, RESOURCE ",\"scopes_supported\":[\"a\",\"b\"]}", &metadata));
    assert_true(text_is(metadata.scope, "a b"));
    assert_true(array_has_text(metadata.issuers, TEXT("https://a.example")));
    assert_false(array_has_text(metadata.issuers, TEXT("https://a.example/")));
    assert_null(read_resource(arena, RESOURCE ",\"scopes_supported\":[]}", &metadata));
    assert_null(metadata.scope.base);
    static const char *const bad[] = {
        "",
        "[]",
        RESOURCE,
        RESOURCE ",\"resource\":\"https://m.example/mcp\"}",
        RESOURCE ",\"scopes_supported\":\"a\"}",
        RESOURCE ",\"scopes_supported\":[\"a\\\"b\"]}",
        RESOURCE ",\"scopes_supported\":[1]}",
        "{\"authorization_servers\":[\"https://a.example\"]}",
        "{\"resource\":\"https://evil.example/mcp\",\"authorization_servers\":[\"https://a.example\"]}",
        "{\"resource\":\"https://m.example/mcp\"}",
        "{\"resource\":\"https://m.example/mcp\",\"authorization_servers\":[]}",
        "{\"resource\":\"https://m.example/mcp\",\"authorization_servers\":\"https://a.example\"}",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        if (read_resource(arena, bad[i], &metadata) == NULL)
            fail_msg("%s", bad[i]);
}

static const char *read_authorization(struct arena *arena, const char *issuer, const char *members,
                                      struct authorization_metadata *metadata)
{
    *metadata = (struct authorization_metadata){0};
    return authorization_metadata_read(arena, arena_print(arena, "{%s}", members), text_of(issuer), metadata);
}

static void reads_an_issuer_that_is_the_same_byte_for_byte(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct authorization_metadata metadata;
    assert_null(read_authorization(
        arena, "https://a.example",
        "\"issuer\":\"https://a.example\",\"token_endpoint\":\"https://b.example/t\",\"scopes_supported\":["
        "\"offline_access\"],\"code_challenge_methods_supported\":[\"plain\",\"S256\"]",
        &metadata));
    assert_true(text_is(metadata.token_endpoint, "https://b.example/t"));
    assert_true(metadata.takes_s256 && metadata.gives_offline && !metadata.names_itself);
    assert_null(read_authorization(arena, "https://a.example",
                                   "\"issuer\":\"https://a.example\",\"code_challenge_methods_supported\":["
                                   "\"plain\"],\"authorization_response_iss_parameter_supported\":true",
                                   &metadata));
    assert_true(!metadata.takes_s256 && !metadata.gives_offline && metadata.names_itself);
    static const char *const others[] = {"", "\"issuer\":\"https://a.example/\"",
                                         "\"issuer\":\"https://A.example\"",
                                         "\"issuer\":[\"https://a.example\"]"};
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
        assert_non_null(read_authorization(arena, "https://a.example", others[i], &metadata));
}

static void sends_nothing_by_a_way_that_is_less_safe_than_the_issuer(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct authorization_metadata metadata;
    static const char *const endpoints[] = {"http://127.0.0.1/t",      "http://a.example/t",
                                            "javascript:alert(1)",     "//a.example/t",
                                            "https://u:p@a.example/t", ""};
    static const char *const names[] = {"authorization_endpoint", "token_endpoint", "revocation_endpoint"};
    for (size_t i = 0; i < sizeof(endpoints) / sizeof(*endpoints); i++) {
        for (size_t j = 0; j < sizeof(names) / sizeof(*names); j++) {
            struct text members =
                arena_print(arena, "\"issuer\":\"https://a.example\",\"%s\":\"%s\"", names[j], endpoints[i]);
            if (read_authorization(arena, "https://a.example", members.base, &metadata) == NULL)
                fail_msg("%s", members.base);
        }
    }
    assert_null(read_authorization(arena, "http://127.0.0.1",
                                   "\"issuer\":\"http://127.0.0.1\",\"token_endpoint\":\"http://127.0.0.1/t\"",
                                   &metadata));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_a_challenge_names_whatever_stands_around_it),
        cmocka_unit_test(reads_no_challenge_without_end),
        cmocka_unit_test(knows_where_metadata_lie),
        cmocka_unit_test(takes_a_server_for_no_resource_but_its_own),
        cmocka_unit_test(reads_a_resource_strictly),
        cmocka_unit_test(reads_an_issuer_that_is_the_same_byte_for_byte),
        cmocka_unit_test(sends_nothing_by_a_way_that_is_less_safe_than_the_issuer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

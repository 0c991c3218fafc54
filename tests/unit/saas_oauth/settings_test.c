/* Every mistake in settings has its pointer; what a grant needs of the target is said when it is applied. */
#include "stage.h"

#include <string.h>

#include "base/buffer.h"

/* Whether there is exactly one mistake, at this path, that says this; path NULL: none. */
static void assert_mistake(struct stage *stage, const char *settings, const char *target, const char *path,
                           const char *words)
{
    const struct json_value *answer;
    assert_int_equal(stage_ask(stage, "validate", &answer, "\"target\":" STAGE_TARGET, settings, target), 0);
    const struct json_value *mistakes = json_member(answer, TEXT("mistakes"));
    if (path == NULL && mistakes->count == 0)
        return;
    const struct json_value *first = mistakes->first;
    struct text message = json_text_of(first, "message");
    if (mistakes->count != 1 || path == NULL || !text_is(json_text_of(first, "path"), path) ||
        strstr(message.base, words) == NULL)
        fail_msg("%s: %u mistakes, %s: %s", settings, mistakes->count, json_text_of(first, "path").base,
                 message.base);
}

#define PLAIN "\"grant\":\"client_credentials\",\"tokenEndpoint\":\"https://a.example/t\",\"clientId\":\"c\""
#define FOUND                                                                                                  \
    "\"grant\":\"client_credentials\",\"clientId\":\"c\",\"discover\":{\"server\":\"https://m.example/"        \
    "mcp\",\"scopes\":\"server\"}"
#define CONNECT                                                                                                \
    "\"grant\":\"connected\",\"tokenEndpoint\":\"https://a.example/t\",\"authorizationEndpoint\":"             \
    "\"https://b.example/a\",\"clientId\":\"c\""
#define BEARER   "\"grant\":\"jwt_bearer\",\"tokenEndpoint\":\"https://a.example/t\""
#define EXCHANGE "\"grant\":\"token_exchange\",\"tokenEndpoint\":\"https://a.example/t\",\"clientId\":\"c\""
#define PEOPLE   ",\"connects\":true"
#define ASSERTS                                                                                                \
    ",\"hands_over\":{\"assertion\":{\"audience\":\"https://"                                                  \
    "a.example\",\"algorithm\":\"ES256\",\"type\":\"JWT\"}}"
#define SHOWS ",\"hands_over\":{\"subject_token\":true}"
#define BOTH                                                                                                   \
    ",\"hands_over\":{\"assertion\":{\"audience\":\"https://"                                                  \
    "a.example\",\"algorithm\":\"ES256\",\"type\":\"JWT\"},"                                                   \
    "\"subject_token\":true}"

static const struct {
    const char *settings, *target, *path, *words;
} cases[] = {
    {"{" PLAIN "}", "", NULL, NULL},
    {"{" CONNECT "}", PEOPLE, NULL, NULL},
    {"{" BEARER "}", ASSERTS, NULL, NULL},
    {"{" BEARER ",\"algorithm\":\"RS256\",\"assertion\":{\"signedBy\":\"key\",\"issuer\":\"i\"}}", "", NULL,
     NULL},
    {"{" EXCHANGE "}", ASSERTS, NULL, NULL},
    {"{" EXCHANGE ",\"exchange\":{\"subjectToken\":\"shown\"}}", SHOWS, NULL, NULL},
    {"{" EXCHANGE ",\"exchange\":{\"subjectToken\":\"shown\",\"actorToken\":\"assertion\"}}", BOTH, NULL, NULL},
    {"{" PLAIN ",\"revocationEndpoint\":\"https://A.example/r\"}", "", NULL, NULL},
    /* which grant */
    {"{}", "", "/grant", "client_credentials, connected, jwt_bearer, token_exchange"},
    {"{\"grant\":\"password\"}", "", "/grant", "expected"},
    {"{\"preset\":\"nobody\"}", "", "/preset", "id-jag, and found \"nobody\""},
    {"{\"preset\":\"githubapp\"}", "", "/preset", "no preset \"githubapp\"; did you mean \"github-app\"?"},
    {"{\"grant\":\"client-credential\"}", "", "/grant", "did you mean \"client_credentials\"?"},
    /* members */
    {"{" PLAIN ",\"extra\":1}", "", "/extra", "no such setting"},
    {"{" PLAIN ",\"clientID\":\"c\"}", "", "/clientID", "did you mean \"clientId\"?"},
    {"{\"grant\":\"client_credentials\",\"clientId\":\"c\"}", "", "/tokenEndpoint", "missing"},
    {"{\"grant\":\"client_credentials\",\"tokenEndpoint\":\"https://a.example/t\"}", "", "/clientId",
     "missing"},
    {"{" PLAIN ",\"authentication\":\"digest\"}", "", "/authentication", "client_secret_basic"},
    {"{" PLAIN ",\"authentication\":\"none\"}", "", "/authentication", "clients that authenticate"},
    {"{" PLAIN ",\"authentication\":\"private_key_jwt\",\"algorithm\":\"ES256\"}", "", "/issuer", "missing"},
    {"{" PLAIN ",\"authentication\":\"private_key_jwt\",\"issuer\":\"https://a.example\"}", "", "/algorithm",
     "missing"},
    {"{" PLAIN ",\"algorithm\":\"HS256\"}", "", "/algorithm", "ES256"},
    {"{" PLAIN ",\"revocationEndpoint\":\"https://b.example/r\"}", "", "/revocationEndpoint", "one host"},
    {"{" PLAIN ",\"scopes\":{\"a\":\"b  c\"}}", "", "/scopes/a", "single spaces"},
    {"{" PLAIN ",\"scopes\":{\"a\":7}}", "", "/scopes/a", "expected"},
    {"{" PLAIN ",\"parameters\":{\"grant_type\":\"password\"}}", "", "/parameters/grant_type", "by itself"},
    {"{" PLAIN ",\"parameters\":{\"client_id\":\"x\"}}", "", "/parameters/client_id", "by itself"},
    {"{" PLAIN ",\"parameters\":{\"x\":\"\"}}", "", "/parameters/x", "printable"},
    {"{" PLAIN ",\"revokeAccessTokens\":\"no\"}", "", "/revokeAccessTokens", "true or false"},
    {"{" PLAIN ",\"assumedLifetime\":0}", "", "/assumedLifetime", "whole number"},
    {"{" PLAIN ",\"widerScopes\":\"maybe\"}", "", "/widerScopes", "refuse or accept"},
    {"{" CONNECT ",\"connect\":{\"parameters\":{\"redirect_uri\":\"x\"}}}", PEOPLE,
     "/connect/parameters/redirect_uri", "by itself"},
    {"{" CONNECT ",\"connect\":{\"nonce\":1}}", PEOPLE, "/connect/nonce", "no such setting"},
    {"{" BEARER ",\"assertion\":{\"claims\":{\"sub\":\"root\"}}}", ASSERTS, "/assertion/claims/sub",
     "by itself"},
    {"{" BEARER ",\"assertion\":{\"lifetime\":7200}}", ASSERTS, "/assertion/lifetime", "3600"},
    {"{" BEARER ",\"algorithm\":\"RS256\",\"assertion\":{\"signedBy\":\"key\"}}", "", "/assertion/issuer",
     "issuer"},
    /* discover */
    {"{" FOUND ",\"issuer\":\"https://a.example/t\"}", "", NULL, NULL},
    {"{" FOUND "}", "", "/issuer", "the one authorization server"},
    {"{" FOUND ",\"issuer\":\"http://a.example\"}", "", "/issuer", "https URL"},
    {"{" FOUND ",\"issuer\":\"https://a.example?x=1\"}", "", "/issuer", "without a query"},
    {"{" FOUND ",\"issuer\":\"https://a.example\",\"scopes\":{\"a\":\"b\"}}", "", "/discover/scopes",
     "leave one of the two out"},
    {"{" FOUND ",\"issuer\":\"https://a.example\",\"revocationEndpoint\":\"https://a.example/r\"}", "",
     "/revocationEndpoint", "one host"},
    {"{" PLAIN ",\"issuer\":\"https://a.example\",\"discover\":{}}", "", "/discover/server", "missing"},
    {"{" PLAIN ",\"issuer\":\"https://a.example\",\"discover\":{\"server\":\"http://m.example/mcp\"}}", "",
     "/discover/server", "https"},
    {"{" PLAIN ",\"issuer\":\"https://a.example\",\"discover\":{\"server\":\"https://m.example/mcp?a=b\"}}", "",
     "/discover/server", "without a query"},
    {"{" PLAIN ",\"issuer\":\"https://a.example\",\"discover\":{\"server\":\"https://m.example/"
     "mcp\",\"legacyMetadata\":\"yes\"}}",
     "", "/discover/legacyMetadata", "true or false"},
    /* what the target has to have */
    {"{" PLAIN "}", PEOPLE, "", "leave spec.connection out"},
    {"{" CONNECT "}", "", "", "needs spec.connection"},
    {"{" BEARER "}", "", "/assertion", "assertionAudience"},
    {"{" EXCHANGE "}", "", "/exchange/subjectToken", "assertionAudience"},
    {"{" EXCHANGE ",\"exchange\":{\"subjectToken\":\"shown\"}}", ASSERTS, "/exchange/subjectToken",
     "subjectToken"},
    {"{" EXCHANGE ",\"exchange\":{\"subjectToken\":\"shown\",\"actorToken\":\"assertion\"}}", SHOWS,
     "/exchange/actorToken", "assertionAudience"},
    {"{" EXCHANGE ",\"exchange\":{\"actorToken\":\"assertion\"}}", BOTH, "/exchange/actorToken",
     "subject's already"},
};

static void says_every_mistake_where_it_is(void **state)
{
    (void)state;
    struct stage stage;
    stage_begin(&stage, 1);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        assert_mistake(&stage, cases[i].settings, cases[i].target, cases[i].path, cases[i].words);
    stage_end(&stage);
}

static void takes_no_settings_without_end(void **state)
{
    (void)state;
    struct stage stage;
    const struct json_value *answer;
    stage_begin(&stage, 1);
    struct buffer settings = buffer_in(stage.arena, 64 * 1024);
    buffer_print(&settings, "{" PLAIN ",\"scopes\":{");
    for (int i = 0; i < 65; i++)
        buffer_print(&settings, "%s\"s%d\":\"%01500d\"", i == 0 ? "" : ",", i, i);
    buffer_print(&settings, "}}");
    assert_int_equal(stage_ask(&stage, "validate", &answer, "\"target\":" STAGE_TARGET,
                               arena_copy(stage.arena, buffer_text(&settings)).base, ""),
                     0);
    const struct json_value *mistakes = json_member(answer, TEXT("mistakes"));
    assert_int_equal(mistakes->count, 2); /* too large, and one scope too many */
    stage_end(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_every_mistake_where_it_is),
        cmocka_unit_test(takes_no_settings_without_end),
    };
    return cmocka_run_group_tests(tests, stage_folder_make, stage_folder_remove);
}

/* What a mint may not widen, and what revoke finds: by its handle, in the state after a crash, and nothing. */
#include "people.h"

#include <string.h>

#include "base/clock.h"

#define SETTINGS                                                                                               \
    "{\"grant\":\"client_credentials\",\"tokenEndpoint\":\"@/token\",\"revocationEndpoint\":\"@/revoke\","     \
    "\"clientId\":\"dragoman\",\"scopes\":{\"read\":\"files.read\",\"all\":\"files.read files.write\"}"

static const char strict[] = SETTINGS "}";
static const char generous[] = SETTINGS ",\"widerScopes\":\"accept\"}";
static const char keeping[] = SETTINGS ",\"revokeAccessTokens\":false}";

#define TOKEN(scope)                                                                                           \
    "{\"access_token\":\"at-1\",\"token_type\":\"Bearer\",\"expires_in\":600,\"scope\":\"" scope "\"}"

static void begin(struct stage *stage)
{
    stage_begin(stage, 1);
    stage_hand_over(stage, strict, "{\"client_secret\":\"s3cret-of-the-client\"}");
}

static void narrows_to_what_came_and_takes_nothing_wider(void **state)
{
    (void)state;
    struct stage stage;
    const struct json_value *answer;
    begin(&stage);
    stage_answers(&stage, 200, TOKEN("files.read"));
    assert_int_equal(stage_mint(&stage, strict, ",\"scopes\":[\"read\",\"all\"]", &answer), 0);
    assert_true(text_is(stage_form(&stage, "scope"), "files.read files.write"));
    assert_int_equal(json_member(answer, TEXT("scopes"))->count, 1);
    assert_true(text_is(json_string(json_member(answer, TEXT("scopes"))->first), "read"));
    stage_answers(&stage, 200, TOKEN("files.read files.admin"));
    int64_t code = stage_mint(&stage, strict, ",\"scopes\":[\"read\"]", &answer);
    stage_assert_error(answer, code, -32003, "not asked for");
    assert_true(stage_request_has(&stage, "POST /revoke ")); /* and it is taken back */
    assert_true(text_is(stage_form(&stage, "token"), "at-1"));
    assert_int_equal(stage_mint(&stage, generous, ",\"scopes\":[\"read\"]", &answer), 0);
    assert_int_equal(json_member(answer, TEXT("scopes"))->count, 1);
    stage_answers(&stage, 200, TOKEN("files.list"));
    code = stage_mint(&stage, generous, ",\"scopes\":[\"read\"]", &answer);
    stage_assert_error(answer, code, -32001, "none of the scopes");
    stage_end(&stage);
}

/* At a side that repeats what a connection is made with. */
static void takes_a_token_that_has_who_somebody_is_besides_and_nothing_else(void **state)
{
    (void)state;
    static const char *const wider[] = {TOKEN("files.read profile"), TOKEN("files.read offline_access email")};
    struct stage stage;
    const struct json_value *answer;
    begin(&stage);
    stage_answers(&stage, 200, TOKEN("openid files.read offline_access"));
    assert_int_equal(stage_mint(&stage, strict, ",\"scopes\":[\"read\"]", &answer), 0);
    assert_int_equal(json_member(answer, TEXT("scopes"))->count, 1);
    for (size_t i = 0; i < sizeof(wider) / sizeof(*wider); i++) {
        stage_answers(&stage, 200, wider[i]);
        int64_t code = stage_mint(&stage, strict, ",\"scopes\":[\"read\"]", &answer);
        stage_assert_error(answer, code, -32003, "not asked for");
    }
    stage_end(&stage);
}

static void makes_no_other_type_than_its_own(void **state)
{
    (void)state;
    struct stage stage;
    const struct json_value *answer;
    begin(&stage);
    int64_t code = stage_mint(&stage, strict, ",\"type\":\"urn:dragoman:token-type:aws-credentials\"", &answer);
    stage_assert_error(answer, code, -32001, "does not make");
    assert_int_equal(canned_server_connections(stage.server), 0);
    stage_end(&stage);
}

static int64_t revoke(struct stage *stage, const char *lease, struct text handle, const char *settings)
{
    struct text member = handle.base == NULL
                             ? TEXT("")
                             : arena_print(stage->arena, ",\"handle\":\"%.*s\"", TEXT_ARGUMENTS(handle));
    const char *target = settings == NULL
                             ? "{\"name\":\"t\"}"
                             : arena_print(stage->arena, STAGE_TARGET, stage_text(stage, settings), "").base;
    return stage_ask(stage, "revoke", NULL, "\"lease\":\"%s\",\"target\":%s%.*s", lease, target,
                     TEXT_ARGUMENTS(member));
}

static const char *minted(struct stage *stage, const char *settings, struct text *handle)
{
    const struct json_value *answer;
    assert_int_equal(stage_mint(stage, settings, "", &answer), 0);
    *handle = json_text_of(answer, "handle");
    return stage->lease;
}

static void revokes_by_the_handle_also_when_the_target_has_gone(void **state)
{
    (void)state;
    struct stage stage;
    struct text handle;
    begin(&stage);
    stage_answers(&stage, 200, TOKEN("files.read"));
    const char *lease = minted(&stage, strict, &handle);
    assert_null(memmem(handle.base, handle.length, "at-1", 4));
    stage_answers(&stage, 503, "");
    assert_int_equal(revoke(&stage, lease, handle, strict), -32002);
    stage_answers(&stage, 200, "");
    assert_int_equal(revoke(&stage, lease, handle, NULL), 0);
    assert_true(stage_request_has(&stage, "POST /revoke "));
    assert_true(stage_request_has(&stage, "authorization: Basic "));
    assert_true(text_is(stage_form(&stage, "token"), "at-1"));
    assert_true(text_is(stage_form(&stage, "token_type_hint"), "access_token"));
    assert_int_equal(revoke(&stage, "another", handle, strict), -32603); /* bound to its lease */
    unsigned connections = canned_server_connections(stage.server);
    assert_int_equal(revoke(&stage, "never made", TEXT_NONE, strict), 0);
    stage_answers(&stage, 200, TOKEN("files.read"));
    lease = minted(&stage, keeping, &handle);
    assert_null(handle.base);
    assert_int_equal(revoke(&stage, lease, handle, keeping), 0);
    assert_int_equal(canned_server_connections(stage.server), connections + 1);
    stage_end(&stage);
}

/* The settings change, or the target goes and another team takes its name: where nothing was handed over
 * nothing else would tell one from the other. */
static void sends_what_it_revokes_to_no_other_host(void **state)
{
    (void)state;
    struct stage stage;
    struct text handle;
    const struct json_value *answer;
    static const char open[] =
        "{\"grant\":\"jwt_bearer\",\"tokenEndpoint\":\"@/token\",\"revocationEndpoint\":\"@/revoke\"}";
    static const char elsewhere[] =
        "{\"grant\":\"jwt_bearer\",\"tokenEndpoint\":\"https://evil.example/token\",\"revocationEndpoint\":"
        "\"https://evil.example/revoke\"}";
    stage_begin(&stage, 1);
    stage_answers(&stage, 200, TOKEN("read"));
    assert_int_equal(stage_mint(&stage, open, ",\"assertion\":\"a.b.c\"", &answer), 0);
    handle = json_text_of(answer, "handle");
    const char *lease = stage.lease;
    const char *theirs = arena_print(stage.arena,
                                     "\"target\":{\"name\":\"t\",\"domain\":\"d\",\"audience\":\"a\","
                                     "\"team\":\"thieves\",\"settings\":%s}",
                                     elsewhere)
                             .base;
    /* They call first, so that theirs are the settings that were last seen. */
    assert_int_not_equal(
        stage_ask(&stage, "mint", NULL,
                  "\"lease\":\"M\",\"root\":\"r\",%s,\"subject\":{\"issuer\":\"i\",\"subject\":"
                  "\"s\"},\"actors\":[],\"client\":\"c\",\"scopes\":[],\"issued_at\":1,"
                  "\"expires_at\":%lld",
                  theirs, (long long)clock_wall_s() + 300),
        0);
    int64_t code = stage_ask(&stage, "revoke", &answer, "\"lease\":\"%s\",%s,\"handle\":\"%.*s\"", lease,
                             theirs, TEXT_ARGUMENTS(handle));
    stage_assert_error(answer, code, -32003, "another team");
    assert_int_equal(revoke(&stage, lease, handle, elsewhere), -32003); /* or the team itself has changed it */
    assert_int_equal(revoke(&stage, lease, handle, open), 0);           /* and it is not lost */
    assert_true(text_is(stage_form(&stage, "token"), "at-1"));
    stage_end(&stage);
}

/* The documents may be older than the adapter, or the adapter another one than they were applied with: what
 * would send a secret elsewhere is looked for each time. */
static void looks_at_hosts_also_where_nobody_has_validated_them(void **state)
{
    (void)state;
    static const struct {
        const char *settings, *path;
    } cases[] = {
        {"{\"grant\":\"client_credentials\",\"tokenEndpoint\":\"@/token\",\"clientId\":\"dragoman\","
         "\"revocationEndpoint\":\"https://evil.example/revoke\"}",
         "/revocationEndpoint"},
        {"{\"preset\":\"github-app\",\"clientId\":\"app\",\"tokenEndpoint\":\"@/token\",\"options\":{"
         "\"api\":\"https://evil.example\",\"installation\":\"7\"}}",
         "/options/api"},
        {"{\"preset\":\"id-jag\",\"issuer\":\"https://as.example\",\"tokenEndpoint\":\"@/token\","
         "\"clientId\":\"c\",\"authentication\":\"private_key_jwt\",\"algorithm\":\"ES256\",\"options\":{"
         "\"provider\":{\"issuer\":\"https://idp.example\",\"tokenEndpoint\":\"https://evil.example/t\","
         "\"clientId\":\"me\"}}}",
         "/options/provider/tokenEndpoint"},
    };
    struct stage stage;
    struct text handle;
    const struct json_value *answer;
    begin(&stage);
    stage_answers(&stage, 200, TOKEN("files.read"));
    const char *lease = minted(&stage, strict, &handle);
    unsigned connections = canned_server_connections(stage.server);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        assert_int_equal(stage_mint(&stage, cases[i].settings, "", &answer), -32003);
        assert_true(text_is(json_text_of(json_member(answer, TEXT("data")), "path"), cases[i].path));
        assert_int_equal(revoke(&stage, lease, handle, cases[i].settings), -32003);
    }
    assert_int_equal(canned_server_connections(stage.server), connections);
    stage_end(&stage);
}

static void promises_no_details_that_its_tokens_do_not_have(void **state)
{
    (void)state;
    struct stage stage;
    const struct json_value *answer;
    begin(&stage);
    stage_answers(&stage, 200, TOKEN("files.read"));
    int64_t code = stage_mint(&stage, strict, ",\"authorization_details\":[{\"type\":\"payment\"}]", &answer);
    stage_assert_error(answer, code, -32001, "authorization_details");
    assert_int_equal(canned_server_connections(stage.server), 0);
    assert_int_equal(stage_mint(&stage, strict, ",\"authorization_details\":[]", NULL), 0); /* that is none */
    stage_end(&stage);
}

static const char second[] = "{\"access_token\":\"at-2\",\"token_type\":\"Bearer\",\"expires_in\":600}";

static void takes_a_shared_token_away_before_it_is_revoked(void **state)
{
    (void)state;
    struct stage stage;
    struct text handle;
    const struct json_value *answer;
    stage_begin(&stage, 1);
    people_connect(&stage);
    stage_answers(&stage, 200, second);
    const char *lease = minted(&stage, CONNECTED, &handle);
    stage_answers(&stage, 200, "");
    assert_int_equal(revoke(&stage, lease, handle, CONNECTED), 0);
    assert_true(text_is(stage_form(&stage, "token"), "at-2"));
    stage_answers(&stage, 200, "{\"access_token\":\"at-3\",\"token_type\":\"Bearer\",\"expires_in\":600}");
    assert_int_equal(stage_mint(&stage, CONNECTED, "", &answer), 0);
    assert_true(text_is(json_text_of(answer, "credential"), "at-3")); /* and nobody is given it again */
    assert_null(json_member(answer, TEXT("made_for")));
    /* A revoke that comes again, late, takes nothing from the one that came after. */
    stage_answers(&stage, 200, "");
    assert_int_equal(revoke(&stage, lease, handle, CONNECTED), 0);
    assert_int_equal(stage_mint(&stage, CONNECTED, "", &answer), 0);
    assert_true(text_is(json_text_of(answer, "credential"), "at-3"));
    stage_end(&stage);
}

/* The adapter died after it kept the token and before it answered: no handle was seen. */
static void finds_a_token_whose_handle_was_lost(void **state)
{
    (void)state;
    struct stage stage;
    stage_begin(&stage, 1);
    people_connect(&stage);
    stage_answers(&stage, 200, second);
    assert_int_equal(stage_mint(&stage, CONNECTED, "", NULL), 0);
    const char *lease = stage.lease;
    stage_restart(&stage);
    stage_answers(&stage, 503, "");
    assert_int_equal(revoke(&stage, lease, TEXT_NONE, CONNECTED), -32002);
    stage_answers(&stage, 200, "");
    assert_int_equal(revoke(&stage, lease, TEXT_NONE, CONNECTED), 0);
    assert_true(text_is(stage_form(&stage, "token"), "at-2"));
    unsigned connections = canned_server_connections(stage.server);
    assert_int_equal(revoke(&stage, lease, TEXT_NONE, CONNECTED), 0); /* it is gone */
    assert_int_equal(canned_server_connections(stage.server), connections);
    stage_end(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(narrows_to_what_came_and_takes_nothing_wider),
        cmocka_unit_test(takes_a_token_that_has_who_somebody_is_besides_and_nothing_else),
        cmocka_unit_test(makes_no_other_type_than_its_own),
        cmocka_unit_test(revokes_by_the_handle_also_when_the_target_has_gone),
        cmocka_unit_test(sends_what_it_revokes_to_no_other_host),
        cmocka_unit_test(looks_at_hosts_also_where_nobody_has_validated_them),
        cmocka_unit_test(promises_no_details_that_its_tokens_do_not_have),
        cmocka_unit_test(takes_a_shared_token_away_before_it_is_revoked),
        cmocka_unit_test(finds_a_token_whose_handle_was_lost),
    };
    return cmocka_run_group_tests(tests, stage_folder_make, stage_folder_remove);
}

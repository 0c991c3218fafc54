/* Connecting an account in a browser: what the URL says, and every way to hand in what is not one's own. */
#include "people.h"

#include <string.h>

#include "base/base64url.h"
#include "base/digest.h"
#include "base/percent.h"

#define GOOD_ANSWERS "{\"code\":\"c-1\",\"iss\":\"https://login.example\"}"

static const char tokens[] = "{\"access_token\":\"at-0\",\"token_type\":\"Bearer\",\"expires_in\":600,"
                             "\"refresh_token\":\"RT-1\",\"scope\":\"files.read offline_access\"}";

static struct text query_value(struct stage *stage, struct text url, const char *name)
{
    struct text value;
    text_cut(&url, '?');
    while (url.length != 0) {
        struct text pair = text_cut(&url, '&');
        if (text_is(text_cut(&pair, '='), name)) {
            assert_true(percent_decode_form(stage->arena, pair, &value));
            return value;
        }
    }
    return TEXT_NONE;
}

static void asks_for_a_code_with_a_challenge_and_redeems_it_with_its_verifier(void **state)
{
    (void)state;
    struct stage stage;
    struct text url, keep;
    unsigned char digest[DIGEST_SIZE];
    stage_begin(&stage, 1);
    people_begin(&stage, CONNECTED, "st-1", &url, &keep);
    assert_true(text_starts_with(url, TEXT("https://login.example/auth?")));
    assert_true(text_is(query_value(&stage, url, "response_type"), "code"));
    assert_true(text_is(query_value(&stage, url, "client_id"), "dragoman"));
    assert_true(text_is(query_value(&stage, url, "redirect_uri"), REDIRECT_URI));
    assert_true(text_is(query_value(&stage, url, "scope"), "files.read offline_access"));
    assert_true(text_is(query_value(&stage, url, "state"), "st-1"));
    assert_true(text_is(query_value(&stage, url, "prompt"), "consent"));
    assert_true(text_is(query_value(&stage, url, "code_challenge_method"), "S256"));
    stage_answers(&stage, 200, tokens);
    assert_int_equal(people_finish(&stage, CONNECTED, "st-1", keep, GOOD_ANSWERS, NULL), 0);
    struct text verifier = stage_form(&stage, "code_verifier");
    assert_int_equal(verifier.length, 43);
    digest_sha256(verifier, digest);
    assert_true(text_equal(query_value(&stage, url, "code_challenge"),
                           base64url_encode_text(stage.arena, digest, sizeof(digest))));
    assert_true(text_is(stage_form(&stage, "grant_type"), "authorization_code"));
    assert_true(text_is(stage_form(&stage, "code"), "c-1"));
    assert_true(text_is(stage_form(&stage, "redirect_uri"), REDIRECT_URI));
    assert_true(text_is(stage_form(&stage, "client_id"), "dragoman"));
    people_begin(&stage, CONNECTED, "st-2", &url, &keep);
    assert_null(url.base); /* connected for all that is wanted */
    stage_end(&stage);
}

static void refuses_what_was_begun_by_others_and_what_comes_from_elsewhere(void **state)
{
    (void)state;
    static const struct {
        const char *answers, *words;
    } cases[] = {
        {"{\"code\":\"c\",\"iss\":\"https://login.example/\"}", "another issuer"},
        {"{\"code\":\"c\",\"iss\":\"https://evil.example\"}", "another issuer"},
        {"{\"code\":\"c\"}", "did not say who it is"},
        {"{\"iss\":\"https://login.example\"}", "no code"},
        {"{\"error\":\"access_denied\",\"iss\":\"https://login.example\"}", "the person said no"},
    };
    struct stage stage;
    const struct json_value *answer;
    struct text url, keep;
    stage_begin(&stage, 1);
    people_begin(&stage, CONNECTED, "st-1", &url, &keep);
    stage_answers(&stage, 200, tokens);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        int64_t code = people_finish(&stage, CONNECTED, "st-1", keep, cases[i].answers, &answer);
        stage_assert_error(answer, code, -32001, cases[i].words);
    }
    /* Another journey of the same person. */
    int64_t code = people_finish(&stage, CONNECTED, "st-2", keep, GOOD_ANSWERS, &answer);
    stage_assert_error(answer, code, -32001, "not for this one");
    /* Somebody else's login, under one's own name. */
    code = stage_ask(
        &stage, "connect_finish", &answer,
        "\"target\":" STAGE_TARGET ",\"subject\":{\"issuer\":\"https://idp.example\",\"subject\":\"mallory\"},"
        "\"redirect_uri\":\"" REDIRECT_URI "\",\"state\":\"st-1\",\"keep\":\"%.*s\",\"answers\":" GOOD_ANSWERS,
        stage_text(&stage, CONNECTED), "", TEXT_ARGUMENTS(keep));
    stage_assert_error(answer, code, -32001, "not for this one");
    code = people_finish(&stage, CONNECTED, "st-1", TEXT("bm9uZQ"), GOOD_ANSWERS, &answer);
    stage_assert_error(answer, code, -32001, "not for this one");
    assert_int_equal(canned_server_connections(stage.server), 0); /* nothing was sent anywhere */
    stage_end(&stage);
}

static void wants_a_refresh_token_and_says_how_to_get_one(void **state)
{
    (void)state;
    struct stage stage;
    const struct json_value *answer;
    struct text url, keep;
    stage_begin(&stage, 1);
    people_begin(&stage, CONNECTED, "st-1", &url, &keep);
    stage_answers(&stage, 200, "{\"access_token\":\"a\",\"token_type\":\"Bearer\",\"expires_in\":600}");
    int64_t code = people_finish(&stage, CONNECTED, "st-1", keep, GOOD_ANSWERS, &answer);
    stage_assert_error(answer, code, -32003, "offline_access");
    stage_answers(&stage, 200,
                  arena_print(stage.arena,
                              "{\"access_token\":\"a\",\"token_type\":\"Bearer\",\"expires_in\":600,"
                              "\"refresh_token\":\"%0*d\"}",
                              16 * 1024 + 1, 7)
                      .base);
    code = people_finish(&stage, CONNECTED, "st-1", keep, GOOD_ANSWERS, &answer);
    stage_assert_error(answer, code, -32003, "has 16385 bytes, of which 16384 can be kept");
    stage_answers(&stage, 400, "{\"error\":\"invalid_grant\"}"); /* a code that was used already */
    code = people_finish(&stage, CONNECTED, "st-1", keep, GOOD_ANSWERS, &answer);
    stage_assert_error(answer, code, -32001, "refuses the grant");
    assert_int_equal(stage_mint(&stage, CONNECTED, "", &answer), -32004);
    stage_end(&stage);
}

/* More is asked for, together with what was agreed to before. */
static void asks_for_more_where_more_is_wanted(void **state)
{
    (void)state;
    struct stage stage;
    const struct json_value *answer;
    struct text url, keep;
    stage_begin(&stage, 1);
    people_begin(&stage, CONNECTED, "st-1", &url, &keep);
    stage_answers(&stage, 200, tokens);
    assert_int_equal(people_finish(&stage, CONNECTED, "st-1", keep, GOOD_ANSWERS, NULL), 0);
    int64_t code = stage_mint(&stage, CONNECTED, ",\"scopes\":[\"write\"]", &answer);
    stage_assert_error(answer, code, -32004, "fewer scopes");
    assert_int_equal(stage_ask(&stage, "connect_begin", &answer,
                               "\"target\":" STAGE_TARGET ALICE ",\"redirect_uri\":\"" REDIRECT_URI
                               "\",\"state\":\"s\",\"scope\":\"write\"",
                               stage_text(&stage, CONNECTED), ""),
                     0);
    assert_true(text_is(query_value(&stage, json_text_of(answer, "go_to"), "scope"),
                        "files.read offline_access files.write"));
    stage_end(&stage);
}

/* The settings come from a team; the account was connected at another host. */
static void sends_no_refresh_token_to_another_host(void **state)
{
    (void)state;
    struct stage stage;
    const struct json_value *answer;
    static const char elsewhere[] =
        "{\"grant\":\"connected\",\"tokenEndpoint\":\"https://evil.example/"
        "token\",\"authorizationEndpoint\":\"https://login.example/auth\",\"clientId\":\"dragoman\","
        "\"authentication\":\"none\",\"scopes\":{\"read\":\"files.read\"}}";
    stage_begin(&stage, 1);
    people_connect(&stage);
    int64_t code = stage_mint(&stage, elsewhere, "", &answer);
    stage_assert_error(answer, code, -32004, "another host");
    stage_end(&stage);
}

/* Which the other side answers with invalid_grant, as if the account were lost. */
static void shows_no_refresh_token_by_another_client(void **state)
{
    (void)state;
    struct stage stage;
    struct text go_to, keep;
    const struct json_value *answer;
    static const char another[] =
        "{\"grant\":\"connected\",\"tokenEndpoint\":\"@/token\",\"authorizationEndpoint\":\"https://"
        "login.example/auth\",\"clientId\":\"mistaken\",\"authentication\":\"none\","
        "\"scopes\":{\"read\":\"files.read\"}}";
    stage_begin(&stage, 1);
    people_connect(&stage);
    stage_answers(&stage, 400, "{\"error\":\"invalid_grant\"}");
    int64_t code = stage_mint(&stage, another, "", &answer);
    stage_assert_error(answer, code, -32004, "another client");
    people_begin(&stage, another, "st-2", &go_to, &keep);
    assert_true(go_to.length != 0);
    stage_answers(&stage, 200, "{\"access_token\":\"AT-2\",\"token_type\":\"Bearer\",\"expires_in\":600}");
    assert_int_equal(stage_mint(&stage, CONNECTED, "", &answer), 0);
    assert_true(text_is(stage_form(&stage, "refresh_token"), "RT-1"));
    stage_end(&stage);
}

static int64_t disconnect(struct stage *stage)
{
    return stage_ask(stage, "disconnect", NULL, "\"target\":" STAGE_TARGET ALICE, stage_text(stage, CONNECTED),
                     "");
}

static void assert_revokes(struct stage *stage)
{
    assert_true(stage_request_has(stage, "POST /revoke "));
    assert_true(text_is(stage_form(stage, "token"), "RT-1"));
    assert_true(text_is(stage_form(stage, "token_type_hint"), "refresh_token"));
}

static void revokes_and_forgets_when_it_is_disconnected(void **state)
{
    (void)state;
    struct stage stage;
    static const char *const bodies[] = {"", "{\"error\":\"invalid_grant\"}", "{\"error\":\"access_denied\"}"};
    static const int statuses[] = {200, 400, 403};
    for (size_t i = 0; i < sizeof(statuses) / sizeof(*statuses); i++) {
        stage_begin(&stage, 1);
        people_connect(&stage);
        stage_answers(&stage, statuses[i], bodies[i]);
        const struct json_value *answer;
        assert_int_equal(stage_ask(&stage, "disconnect", &answer, "\"target\":" STAGE_TARGET ALICE,
                                   stage_text(&stage, CONNECTED), ""),
                         0);
        assert_int_equal(json_is_true(json_member(answer, TEXT("revoked"))), statuses[i] != 403);
        assert_revokes(&stage);
        assert_int_equal(stage_logged(&stage, "could not be revoked at the other side"), statuses[i] == 403);
        assert_int_equal(stage_mint(&stage, CONNECTED, "", NULL), -32004);
        stage_end(&stage);
    }
}

static void is_revoked_later_where_the_other_side_cannot_now_and_serves_nobody_meanwhile(void **state)
{
    (void)state;
    struct stage stage;
    const struct json_value *answer;
    stage_begin(&stage, 1);
    people_connect(&stage);
    stage_answers(&stage, 503, "down");
    assert_int_equal(disconnect(&stage), -32002);
    assert_revokes(&stage);
    int64_t code = stage_mint(&stage, CONNECTED, "", &answer);
    stage_assert_error(answer, code, -32004, "disconnected");
    stage_answers(&stage, 200, "");
    assert_int_equal(disconnect(&stage), 0);
    assert_revokes(&stage);
    code = stage_mint(&stage, CONNECTED, "", &answer);
    stage_assert_error(answer, code, -32004, "no account connected");
    stage_end(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asks_for_a_code_with_a_challenge_and_redeems_it_with_its_verifier),
        cmocka_unit_test(refuses_what_was_begun_by_others_and_what_comes_from_elsewhere),
        cmocka_unit_test(wants_a_refresh_token_and_says_how_to_get_one),
        cmocka_unit_test(asks_for_more_where_more_is_wanted),
        cmocka_unit_test(sends_no_refresh_token_to_another_host),
        cmocka_unit_test(shows_no_refresh_token_by_another_client),
        cmocka_unit_test(revokes_and_forgets_when_it_is_disconnected),
        cmocka_unit_test(is_revoked_later_where_the_other_side_cannot_now_and_serves_nobody_meanwhile),
    };
    return cmocka_run_group_tests(tests, stage_folder_make, stage_folder_remove);
}

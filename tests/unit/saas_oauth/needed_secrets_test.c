/* What is asked for is what these settings need; what is missing is said before anybody is sent anywhere, and a
 * key of another kind is not taken. */
#include "people.h"

#include <string.h>

#include "base/buffer.h"
#include "keys.h"

#define PLAIN(more)                                                                                            \
    "{\"grant\":\"client_credentials\",\"tokenEndpoint\":\"@/token\",\"issuer\":\"https://a.example\","        \
    "\"clientId\":\"c\"" more "}"
#define BEARER(more) "{\"grant\":\"jwt_bearer\",\"tokenEndpoint\":\"@/token\"" more "}"
#define GITHUB       "{\"preset\":\"github-app\",\"clientId\":\"c\",\"options\":{\"installation\":\"7\"}}"
#define BOX          "{\"preset\":\"box\",\"clientId\":\"c\",\"keyId\":\"k\"}"
#define AWS                                                                                                    \
    "{\"preset\":\"aws-sts\",\"options\":{\"role\":\"arn:aws:iam::123456789012:role/agents\",\"region\":"      \
    "\"eu-central-1\"}}"
#define GOOGLE                                                                                                 \
    "{\"preset\":\"google\",\"options\":{\"provider\":\"projects/1/locations/global/workloadIdentityPools/p/"  \
    "providers/q\"}}"
#define CONFIDENTIAL                                                                                           \
    "{\"grant\":\"connected\",\"tokenEndpoint\":\"@/token\",\"authorizationEndpoint\":\"https://"              \
    "login.example/auth\",\"clientId\":\"dragoman\",\"scopes\":{\"read\":\"files.read\"}}"

static void asks_for_what_the_settings_need_and_for_nothing_else(void **state)
{
    (void)state;
    static const struct {
        const char *settings, *names;
    } cases[] = {
        {PLAIN(""), "client_secret "},
        {PLAIN(",\"authentication\":\"client_secret_post\""), "client_secret "},
        {PLAIN(",\"authentication\":\"private_key_jwt\",\"algorithm\":\"ES256\""), "private_key "},
        {PLAIN(",\"authentication\":\"tls_client_auth\""), "private_key certificate "},
        {CONNECTED, ""},
        {BEARER(""), ""},
        {BEARER(",\"clientId\":\"c\",\"algorithm\":\"RS256\",\"assertion\":{\"signedBy\":\"key\"}"),
         "private_key "},
        {BEARER(",\"clientId\":\"c\",\"authentication\":\"client_secret_basic\""), "client_secret "},
        {GITHUB, "private_key "},
        {BOX, "client_secret private_key "},
        {AWS, ""},
        {GOOGLE, ""},
    };
    struct stage stage;
    const struct json_value *answer;
    stage_begin(&stage, 1);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct buffer names = buffer_in(stage.arena, 64);
        assert_int_equal(stage_ask(&stage, "connect_begin", &answer, "\"target\":" STAGE_TARGET,
                                   stage_text(&stage, cases[i].settings), ""),
                         0);
        const struct json_value *ask = json_member(answer, TEXT("ask"));
        assert_non_null(ask);
        for (const struct json_value *one = ask->first; one != NULL; one = one->next)
            buffer_print(&names, "%.*s ", TEXT_ARGUMENTS(json_text_of(one, "name")));
        if (!text_is(buffer_text(&names), cases[i].names))
            fail_msg("%s: %.*s", cases[i].settings, TEXT_ARGUMENTS(buffer_text(&names)));
    }
    stage_end(&stage);
}

static int64_t begin_in_browser(struct stage *stage, const struct json_value **answer)
{
    return stage_ask(stage, "connect_begin", answer,
                     "\"target\":" STAGE_TARGET ALICE ",\"redirect_uri\":\"" REDIRECT_URI
                     "\",\"state\":\"s\",\"scope\":\"read\"",
                     stage_text(stage, CONFIDENTIAL), ",\"connects\":true");
}

static void sends_nobody_to_log_in_for_what_could_not_be_redeemed(void **state)
{
    (void)state;
    static const char words[] = "the client_secret was not handed over: dragoman connection add t --name "
                                "client_secret";
    struct stage stage;
    const struct json_value *answer;
    stage_begin(&stage, 1);
    int64_t code = stage_mint(&stage, CONFIDENTIAL, "", &answer); /* nor asks the caller to have them sent */
    stage_assert_error(answer, code, -32003, words);
    code = begin_in_browser(&stage, &answer);
    stage_assert_error(answer, code, -32003, words);
    stage_hand_over(&stage, CONFIDENTIAL, "{\"client_secret\":\"s3cret\"}");
    assert_int_equal(stage_mint(&stage, CONFIDENTIAL, "", NULL), -32004);
    assert_int_equal(begin_in_browser(&stage, &answer), 0);
    assert_non_null(json_text_of(answer, "go_to").base);
    stage_end(&stage);
}

/* A mark would have the next refresh taken for one that was interrupted. */
static void begins_no_refresh_without_its_secret(void **state)
{
    (void)state;
    struct stage stage;
    const struct json_value *answer;
    stage_begin(&stage, 1);
    people_connect(&stage); /* by the same origin, as a client without a secret */
    unsigned connections = canned_server_connections(stage.server);
    int puts = (int)stage.puts;
    int64_t code = stage_mint(&stage, CONFIDENTIAL, "", &answer);
    stage_assert_error(answer, code, -32003, "--name client_secret");
    code = stage_mint(&stage, CONFIDENTIAL, "", &answer);
    stage_assert_error(answer, code, -32003, "--name client_secret");
    assert_int_equal(canned_server_connections(stage.server), connections);
    /* The settings as they are by now, and the lease's note, twice. */
    assert_in_range((int)stage.puts - puts, 0, 3);
    stage_end(&stage);
}

static int64_t hand_over(struct stage *stage, const char *settings, struct text pem,
                         const struct json_value **answer)
{
    return stage_ask(stage, "connect_finish", answer,
                     "\"target\":" STAGE_TARGET ",\"answers\":{\"private_key\":\"%.*s\"}",
                     stage_text(stage, settings), "", TEXT_ARGUMENTS(pem));
}

static void takes_no_key_of_another_kind(void **state)
{
    (void)state;
    static const char post[] = PLAIN(",\"authentication\":\"private_key_jwt\",\"algorithm\":\"ES256\"");
    static const char tls[] = PLAIN(",\"authentication\":\"tls_client_auth\"");
    struct stage stage;
    struct text elliptic, rsa;
    const struct json_value *answer;
    stage_begin(&stage, 1);
    EVP_PKEY *keys[] = {keys_make(stage.arena, &elliptic), keys_make_rsa(stage.arena, &rsa)};
    for (int i = 0; i < 2; i++) {
        const char *settings = i == 0 ? GITHUB : BOX;
        int64_t code = hand_over(&stage, settings, elliptic, &answer);
        stage_assert_error(answer, code, -32001, "not one for RS256");
        assert_true(text_is(json_text_of(json_member(answer, TEXT("data")), "public"),
                            "This target signs with RS256, which needs an RSA key of 2048 to 8192 bits."));
        assert_int_equal(hand_over(&stage, settings, rsa, &answer), 0);
    }
    int64_t code = hand_over(&stage, post, rsa, &answer);
    stage_assert_error(answer, code, -32001, "not one for ES256");
    assert_int_equal(hand_over(&stage, post, elliptic, &answer), 0);
    code = hand_over(&stage, post, TEXT("-----BEGIN PRIVATE KEY-----"), &answer);
    stage_assert_error(answer, code, -32001, "no PEM file");
    /* By mutual TLS any kind will do; where none is used none is looked at. */
    assert_int_equal(hand_over(&stage, tls, rsa, &answer), 0);
    code = stage_mint(&stage, tls, "", &answer);
    stage_assert_error(answer, code, -32003, "the certificate was not handed over: dragoman connection add t ");
    assert_int_equal(hand_over(&stage, PLAIN(""), TEXT("-----BEGIN PRIVATE KEY-----"), &answer), 0);
    EVP_PKEY_free(keys[0]);
    EVP_PKEY_free(keys[1]);
    stage_end(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asks_for_what_the_settings_need_and_for_nothing_else),
        cmocka_unit_test(sends_nobody_to_log_in_for_what_could_not_be_redeemed),
        cmocka_unit_test(begins_no_refresh_without_its_secret),
        cmocka_unit_test(takes_no_key_of_another_kind),
    };
    return cmocka_run_group_tests(tests, stage_folder_make, stage_folder_remove);
}

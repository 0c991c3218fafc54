/* Who asks: each way, each missing thing, and that what was handed over for one host or team goes to no other.
 */
#include "stage.h"

#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "keys.h"

#define SETTINGS(more)                                                                                         \
    "{\"grant\":\"client_credentials\",\"tokenEndpoint\":\"@/token\",\"issuer\":\"https://as.example\","       \
    "\"clientId\":\"dragoman: one\"" more "}"

static const char token[] = "{\"access_token\":\"at-1\",\"token_type\":\"Bearer\",\"expires_in\":600}";

static void begin(struct stage *stage)
{
    stage_begin(stage, 1);
    stage_answers(stage, 200, token);
}

static void sends_a_secret_in_the_header_or_in_the_form(void **state)
{
    (void)state;
    struct stage stage;
    static const char basic[] = SETTINGS(""), post[] = SETTINGS(",\"authentication\":\"client_secret_post\"");
    begin(&stage);
    stage_hand_over(&stage, basic, "{\"client_secret\":\"p:ss w?rd\"}");
    assert_int_equal(stage_mint(&stage, basic, "", NULL), 0);
    /* dragoman%3A%20one:p%3Ass%20w%3Frd */
    assert_true(stage_request_has(&stage, "\r\nauthorization: Basic "
                                          "ZHJhZ29tYW4lM0ElMjBvbmU6cCUzQXNzJTIwdyUzRnJk\r\n"));
    assert_null(stage_form(&stage, "client_secret").base);
    assert_int_equal(stage_mint(&stage, post, "", NULL), 0);
    assert_false(stage_request_has(&stage, "\r\nauthorization:"));
    assert_true(text_is(stage_form(&stage, "client_secret"), "p:ss w?rd"));
    assert_true(text_is(stage_form(&stage, "client_id"), "dragoman: one"));
    stage_end(&stage);
}

static void assert_assertion(struct stage *stage, EVP_PKEY *key, const char *audience)
{
    const struct json_value *header, *claims;
    struct text assertion = stage_form(stage, "client_assertion");
    assert_true(keys_verify(stage->arena, key, assertion, &header, &claims));
    assert_true(text_is(json_text_of(header, "typ"), "client-authentication+jwt"));
    assert_true(text_is(json_text_of(header, "kid"), "k1"));
    assert_true(text_is(json_text_of(header, "alg"), "ES256"));
    assert_true(text_is(json_text_of(claims, "iss"), "dragoman: one"));
    assert_true(text_is(json_text_of(claims, "sub"), "dragoman: one"));
    assert_true(text_is(json_text_of(claims, "aud"), audience)); /* one, and a text */
    assert_in_range(json_integer_of(claims, "exp"), clock_wall_s() + 50, clock_wall_s() + 60);
    assert_true(text_is(stage_form(stage, "client_assertion_type"),
                        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"));
}

static void signs_for_the_issuer_alone(void **state)
{
    (void)state;
    struct stage stage;
    struct text pem;
    static const char plain[] =
        SETTINGS(",\"authentication\":\"private_key_jwt\",\"algorithm\":\"ES256\",\"keyId\":\"k1\"");
    static const char older[] = SETTINGS(",\"authentication\":\"private_key_jwt\",\"algorithm\":\"ES256\","
                                         "\"keyId\":\"k1\",\"clientAssertionAudience\":\"tokenEndpoint\"");
    begin(&stage);
    EVP_PKEY *key = keys_make(stage.arena, &pem);
    stage_hand_over(&stage, plain,
                    arena_print(stage.arena, "{\"private_key\":\"%.*s\"}", TEXT_ARGUMENTS(pem)).base);
    assert_int_equal(stage_mint(&stage, plain, "", NULL), 0);
    assert_assertion(&stage, key, "https://as.example");
    struct text first = stage_form(&stage, "client_assertion");
    assert_int_equal(stage_mint(&stage, older, "", NULL), 0);
    assert_assertion(&stage, key, stage_text(&stage, "@/token"));
    assert_false(text_equal(first, stage_form(&stage, "client_assertion")));
    EVP_PKEY_free(key);
    stage_end(&stage);
}

static void says_what_was_not_handed_over(void **state)
{
    (void)state;
    static const struct {
        const char *settings, *words;
    } cases[] = {
        {SETTINGS(""), "client_secret"},
        {SETTINGS(",\"authentication\":\"client_secret_post\""), "client_secret"},
        {SETTINGS(",\"authentication\":\"private_key_jwt\",\"algorithm\":\"ES256\""), "private_key"},
        {SETTINGS(",\"authentication\":\"tls_client_auth\""), "private_key"},
    };
    struct stage stage;
    const struct json_value *answer;
    begin(&stage);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        int64_t code = stage_mint(&stage, cases[i].settings, "", &answer);
        stage_assert_error(answer, code, -32003, cases[i].words);
    }
    assert_int_equal(canned_server_connections(stage.server), 0);
    stage_end(&stage);
}

static void sends_a_secret_to_no_other_host_and_for_no_other_team(void **state)
{
    (void)state;
    struct stage stage;
    const struct json_value *answer;
    static const char own[] = SETTINGS("");
    static const char other[] =
        "{\"grant\":\"client_credentials\",\"tokenEndpoint\":\"https://evil.example/token\","
        "\"clientId\":\"c\"}";
    begin(&stage);
    stage_hand_over(&stage, own, "{\"client_secret\":\"s3cret\"}");
    int64_t code = stage_mint(&stage, other, "", &answer);
    stage_assert_error(answer, code, -32003, "another host");
    code = stage_ask(
        &stage, "mint", &answer,
        "\"lease\":\"%s\",\"root\":\"r\",\"target\":{\"name\":\"t\",\"domain\":\"d\",\"audience\":\"a\","
        "\"team\":\"thieves\",\"settings\":%s},\"subject\":{\"issuer\":\"i\",\"subject\":\"s\"},"
        "\"actors\":[],\"client\":\"c\",\"scopes\":[],\"issued_at\":1,\"expires_at\":%lld",
        stage_lease(&stage), stage_text(&stage, own), (long long)clock_wall_s() + 300);
    stage_assert_error(answer, code, -32003, "another team");
    assert_int_equal(canned_server_connections(stage.server), 0);
    /* What is handed over for another host takes nothing of the old over. */
    stage_hand_over(&stage, other, "{\"certificate\":\"-----BEGIN CERTIFICATE-----\"}");
    stage_hand_over(&stage, own, "{\"certificate\":\"-----BEGIN CERTIFICATE-----\"}");
    code = stage_mint(&stage, own, "", &answer);
    stage_assert_error(answer, code, -32003, "client_secret");
    stage_end(&stage);
}

static void takes_no_secret_that_is_none_and_forgets(void **state)
{
    (void)state;
    static const char *const wrong[] = {"{}", "{\"client_secret\":\"\"}", "{\"client_secret\":\"a\\nb\"}",
                                        "{\"private_key\":\"no pem\"}", "{\"other\":\"x\"}"};
    struct stage stage;
    static const char own[] = SETTINGS("");
    begin(&stage);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
        assert_int_equal(stage_ask(&stage, "connect_finish", NULL, "\"target\":" STAGE_TARGET ",\"answers\":%s",
                                   stage_text(&stage, own), "", wrong[i]),
                         -32001);
    stage_hand_over(&stage, own, "{\"client_secret\":\"s3cret\"}");
    assert_int_equal(stage_mint(&stage, own, "", NULL), 0);
    assert_int_equal(
        stage_ask(&stage, "disconnect", NULL, "\"target\":" STAGE_TARGET, stage_text(&stage, own), ""), 0);
    assert_int_equal(stage_mint(&stage, own, "", NULL), -32003);
    stage_end(&stage);
}

/* One after the other, and then settings as large as they may be. */
static void takes_no_more_than_it_can_keep_beside_the_largest_settings(void **state)
{
    (void)state;
    struct stage stage;
    static const char own[] = SETTINGS("");
    const struct json_value *answer;
    begin(&stage);
    stage_hand_over(&stage, own, "{\"client_secret\":\"s3cret\"}");
    stage_hand_over(&stage, own,
                    arena_print(stage.arena, "{\"private_key\":\"-----BEGIN %0*d\"}", 15 * 1024, 1).base);
    const char *second = arena_print(stage.arena, "{\"certificate\":\"-----BEGIN %0*d\"}", 15 * 1024, 1).base;
    int64_t code = stage_ask(&stage, "connect_finish", &answer, "\"target\":" STAGE_TARGET ",\"answers\":%s",
                             stage_text(&stage, own), "", second);
    stage_assert_error(answer, code, -32001, "larger than there is room for");
    stage_hand_over(&stage, own,
                    arena_print(stage.arena, "{\"certificate\":\"-----BEGIN %0*d\"}", 8 * 1024, 1).base);
    struct buffer large = buffer_in(stage.arena, 64 * 1024);
    for (int i = 0; i < 16; i++)
        buffer_print(&large, "%s\"p%d\":\"%02000d\"", i == 0 ? "" : ",", i, i);
    const char *settings =
        arena_print(stage.arena, SETTINGS(",\"parameters\":{%.*s}"), TEXT_ARGUMENTS(buffer_text(&large))).base;
    assert_int_equal(stage_mint(&stage, settings, "", NULL), 0);
    stage_end(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sends_a_secret_in_the_header_or_in_the_form),
        cmocka_unit_test(signs_for_the_issuer_alone),
        cmocka_unit_test(says_what_was_not_handed_over),
        cmocka_unit_test(sends_a_secret_to_no_other_host_and_for_no_other_team),
        cmocka_unit_test(takes_no_secret_that_is_none_and_forgets),
        cmocka_unit_test(takes_no_more_than_it_can_keep_beside_the_largest_settings),
    };
    return cmocka_run_group_tests(tests, stage_folder_make, stage_folder_remove);
}

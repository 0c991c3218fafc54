/* What each generic grant sends. */
#include "stage.h"

#include <string.h>

#include "base/clock.h"
#include "keys.h"

static const char token[] = "{\"access_token\":\"at-1\",\"token_type\":\"Bearer\",\"expires_in\":600,"
                            "\"issued_token_type\":\"urn:ietf:params:oauth:token-type:access_token\"}";

static void begin(struct stage *stage)
{
    stage_begin(stage, 1);
    stage_answers(stage, 200, token);
}

static void hands_the_gateways_assertion_on(void **state)
{
    (void)state;
    struct stage stage;
    const struct json_value *answer;
    static const char settings[] =
        "{\"grant\":\"jwt_bearer\",\"tokenEndpoint\":\"@/token\",\"resource\":\"https://api.example\","
        "\"parameters\":{\"tenant\":\"t 1\"}}";
    begin(&stage);
    assert_int_equal(stage_mint(&stage, settings, ",\"assertion\":\"a.b.c\"", &answer), 0);
    assert_true(text_is(stage_form(&stage, "grant_type"), "urn:ietf:params:oauth:grant-type:jwt-bearer"));
    assert_true(text_is(stage_form(&stage, "assertion"), "a.b.c"));
    assert_true(text_is(stage_form(&stage, "scope"), "read"));
    assert_true(text_is(stage_form(&stage, "resource"), "https://api.example"));
    assert_true(text_is(stage_form(&stage, "tenant"), "t 1"));
    assert_null(stage_form(&stage, "client_id").base); /* the assertion says enough */
    int64_t code = stage_mint(&stage, settings, "", &answer);
    stage_assert_error(answer, code, -32603, "without the assertion");
    stage_end(&stage);
}

static void signs_an_assertion_with_the_key_that_was_handed_over(void **state)
{
    (void)state;
    struct stage stage;
    struct text pem;
    const struct json_value *header, *claims, *answer;
    static const char settings[] =
        "{\"grant\":\"jwt_bearer\",\"tokenEndpoint\":\"@/token\",\"clientId\":\"app\",\"algorithm\":\"ES256\","
        "\"assertion\":{\"signedBy\":\"key\",\"audience\":\"https://login.example\",\"lifetime\":120,"
        "\"claims\":{\"box_sub_type\":\"user\"}}}";
    begin(&stage);
    int64_t code = stage_mint(&stage, settings, "", &answer);
    stage_assert_error(answer, code, -32003, "private_key");
    EVP_PKEY *key = keys_make(stage.arena, &pem);
    stage_hand_over(&stage, settings,
                    arena_print(stage.arena, "{\"private_key\":\"%.*s\"}", TEXT_ARGUMENTS(pem)).base);
    assert_int_equal(stage_mint(&stage, settings, "", NULL), 0);
    assert_true(keys_verify(stage.arena, key, stage_form(&stage, "assertion"), &header, &claims));
    assert_true(text_is(json_text_of(header, "typ"), "JWT"));
    assert_true(text_is(json_text_of(claims, "iss"), "app"));
    assert_true(text_is(json_text_of(claims, "sub"), "alice"));
    assert_true(text_is(json_text_of(claims, "aud"), "https://login.example"));
    assert_true(text_is(json_text_of(claims, "box_sub_type"), "user"));
    assert_in_range(json_integer_of(claims, "exp"), clock_wall_s() + 100, clock_wall_s() + 120);
    EVP_PKEY_free(key);
    stage_end(&stage);
}

static void exchanges_the_assertion_or_the_shown_token(void **state)
{
    (void)state;
    struct stage stage;
    const struct json_value *answer;
    static const char more[] = ",\"assertion\":\"a.b.c\",\"subject_token\":{\"token\":\"shown\",\"type\":"
                               "\"urn:ietf:params:oauth:token-type:id_token\"}";
    static const char plain[] =
        "{\"grant\":\"token_exchange\",\"tokenEndpoint\":\"@/token\",\"clientId\":\"c\","
        "\"authentication\":\"none\",\"audience\":\"api\"}";
    static const char shown[] =
        "{\"grant\":\"token_exchange\",\"tokenEndpoint\":\"@/"
        "token\",\"clientId\":\"c\",\"authentication\":\"none\","
        "\"exchange\":{\"subjectToken\":\"shown\",\"actorToken\":\"assertion\",\"requestedTokenType\":"
        "\"urn:ietf:params:oauth:token-type:access_token\"}}";
    begin(&stage);
    assert_int_equal(stage_mint(&stage, plain, more, NULL), 0);
    assert_true(text_is(stage_form(&stage, "grant_type"), "urn:ietf:params:oauth:grant-type:token-exchange"));
    assert_true(text_is(stage_form(&stage, "subject_token"), "a.b.c"));
    assert_true(text_is(stage_form(&stage, "subject_token_type"), "urn:ietf:params:oauth:token-type:jwt"));
    assert_true(text_is(stage_form(&stage, "audience"), "api"));
    assert_null(stage_form(&stage, "actor_token").base);
    assert_null(stage_form(&stage, "actor_token_type").base);
    assert_int_equal(stage_mint(&stage, shown, more, NULL), 0);
    assert_true(text_is(stage_form(&stage, "subject_token"), "shown"));
    assert_true(text_is(stage_form(&stage, "subject_token_type"), "urn:ietf:params:oauth:token-type:id_token"));
    assert_true(text_is(stage_form(&stage, "actor_token"), "a.b.c"));
    assert_true(text_is(stage_form(&stage, "actor_token_type"), "urn:ietf:params:oauth:token-type:jwt"));
    assert_true(
        text_is(stage_form(&stage, "requested_token_type"), "urn:ietf:params:oauth:token-type:access_token"));
    stage_answers(&stage, 200, "{\"access_token\":\"at-1\",\"token_type\":\"Bearer\",\"expires_in\":600}");
    int64_t code = stage_mint(&stage, plain, more, &answer);
    stage_assert_error(answer, code, -32003, "issued_token_type");
    stage_end(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hands_the_gateways_assertion_on),
        cmocka_unit_test(signs_an_assertion_with_the_key_that_was_handed_over),
        cmocka_unit_test(exchanges_the_assertion_or_the_shown_token),
    };
    return cmocka_run_group_tests(tests, stage_folder_make, stage_folder_remove);
}

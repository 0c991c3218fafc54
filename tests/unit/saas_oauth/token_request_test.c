/* Every way in which the other side can answer, as what it ends. */
#include "stage.h"

#include <string.h>

#include "base/clock.h"

static const char plain[] =
    "{\"grant\":\"client_credentials\",\"tokenEndpoint\":\"@/token\",\"clientId\":\"dragoman\"}";
static const char good[] = "{\"access_token\":\"at-1\",\"token_type\":\"bearer\",\"expires_in\":120}";

static void begin(struct stage *stage)
{
    stage_begin(stage, 1);
    stage_hand_over(stage, plain, "{\"client_secret\":\"s3cret-of-the-client\"}");
}

static void reads_a_token_and_sends_a_form(void **state)
{
    (void)state;
    struct stage stage;
    const struct json_value *answer;
    begin(&stage);
    stage_answers(&stage, 200, good);
    int64_t now = clock_wall_s();
    assert_int_equal(stage_mint(&stage, plain, ",\"scopes\":[\"read\",\"write\"]", &answer), 0);
    assert_true(text_is(json_text_of(answer, "credential"), "at-1"));
    assert_in_range(json_integer_of(answer, "lives_until"), now + 119, now + 125);
    assert_in_range(json_integer_of(answer, "expires_at"), now + 119, now + 125);
    assert_true(text_is(json_text_of(json_member(answer, TEXT("presentation")), "scheme"), "Bearer"));
    assert_true(stage_request_has(&stage, "POST /token HTTP/1.1\r\n"));
    assert_true(stage_request_has(&stage, "content-type: application/x-www-form-urlencoded\r\n"));
    assert_true(stage_request_has(&stage, "accept: application/json\r\n"));
    assert_true(text_is(stage_form(&stage, "grant_type"), "client_credentials"));
    assert_true(text_is(stage_form(&stage, "scope"), "read write"));
    stage_end(&stage);
}

struct answer_case {
    int status;
    const char *headers, *body;
    int64_t code;
    const char *words;
};

#define JSON "Content-Type: application/json\r\n"

static const struct answer_case cases[] = {
    /* errors of RFC 6749 section 5.2 */
    {400, JSON, "{\"error\":\"invalid_grant\"}", -32001, "refuses the grant"},
    {400, JSON, "{\"error\":\"invalid_scope\"}", -32001, "refuses the scopes"},
    {400, JSON, "{\"error\":\"invalid_request\"}", -32003, "does not understand"},
    {401, JSON, "{\"error\":\"invalid_client\"}", -32003, "refuses this client"},
    {400, JSON, "{\"error\":\"unauthorized_client\"}", -32003, "refuses this client"},
    {400, JSON, "{\"error\":\"unsupported_grant_type\"}", -32003, "refuses this client"},
    {400, JSON, "{\"error\":\"invalid_target\"}", -32001, "audience or the resource"},
    {400, JSON, "{\"error\":\"a_new_one\"}", -32003, "a_new_one"},
    {400, JSON, "{\"error\":{\"status\":\"PERMISSION_DENIED\",\"message\":\"no\"}}", -32003,
     "PERMISSION_DENIED"},
    {200, JSON, "{\"error\":\"bad_verification_code\"}", -32001, "refuses the grant"},
    {400, JSON, "{\"error\":7}", -32003, "no known shape"},
    /* statuses */
    {401, "", "", -32003, "refuses this client"},
    {403, "", "", -32001, "says no"},
    {404, "", "nothing", -32003, "no token endpoint"},
    {302, "Location: /elsewhere\r\n", "", -32003, "redirects"},
    {307, "Location: /elsewhere\r\n", "", -32003, "redirects"},
    {429, "Retry-After: 17\r\n", "", -32002, "cannot now"},
    {500, JSON, "{\"error\":\"invalid_grant\"}", -32002, "cannot now"},
    {503, "", "", -32002, "cannot now"},
    {400, JSON, "{\"error\":\"temporarily_unavailable\"}", -32002, "cannot now"},
    /* shapes */
    {200, "Content-Type: text/html\r\n", "<html>", -32003, "content type"},
    {200, "", "{\"access_token\":\"a\",\"token_type\":\"Bearer\",\"expires_in\":5}", -32003, "content type"},
    {200, JSON, "no json", -32003, "no strict JSON"},
    {200, JSON, "[]", -32003, "no strict JSON"},
    {200, JSON, "{\"access_token\":\"a\",\"access_token\":\"b\"}", -32003, "no strict JSON"},
    {200, JSON, "", -32003, "no token endpoint"},
    {200, JSON, "{\"token_type\":\"Bearer\",\"expires_in\":5}", -32003, "no usable access_token"},
    {200, JSON, "{\"access_token\":\"a b\",\"token_type\":\"Bearer\",\"expires_in\":5}", -32003, "no usable"},
    {200, JSON, "{\"access_token\":\"a\\r\\nx: y\",\"token_type\":\"Bearer\",\"expires_in\":5}", -32003,
     "no usable"},
    {200, JSON, "{\"access_token\":\"a\",\"expires_in\":5}", -32003, "not Bearer"},
    {200, JSON, "{\"access_token\":\"a\",\"token_type\":\"DPoP\",\"expires_in\":5}", -32003, "DPoP"},
    {200, JSON, "{\"access_token\":\"a\",\"token_type\":\"mac\",\"expires_in\":5}", -32003, "not Bearer"},
    /* ends */
    {200, JSON, "{\"access_token\":\"a\",\"token_type\":\"Bearer\"}", -32003, "no expires_in"},
    {200, JSON, "{\"access_token\":\"a\",\"token_type\":\"Bearer\",\"expires_in\":0}", -32003, "expires_in"},
    {200, JSON, "{\"access_token\":\"a\",\"token_type\":\"Bearer\",\"expires_in\":-1}", -32003, "expires_in"},
    {200, JSON, "{\"access_token\":\"a\",\"token_type\":\"Bearer\",\"expires_in\":1.5}", -32003, "expires_in"},
    {200, JSON, "{\"access_token\":\"a\",\"token_type\":\"Bearer\",\"expires_in\":\"soon\"}", -32003,
     "expires_in"},
    {200, JSON, "{\"access_token\":\"a\",\"token_type\":\"Bearer\",\"expires_in\":5,\"scope\":7}", -32003,
     "scope"},
};

static void ends_every_answer_as_what_it_means(void **state)
{
    (void)state;
    struct stage stage;
    const struct json_value *answer;
    begin(&stage);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        stage_answers_with(&stage, cases[i].status, cases[i].headers, cases[i].body);
        int64_t code = stage_mint(&stage, plain, "", &answer);
        stage_assert_error(answer, code, cases[i].code, cases[i].words);
    }
    stage_answers_with(&stage, 429, "Retry-After: 17\r\n", "");
    assert_int_equal(stage_mint(&stage, plain, "", &answer), -32002);
    assert_int_equal(json_integer_of(json_member(answer, TEXT("data")), "retry_after_s"), 17);
    stage_end(&stage);
}

static void takes_ends_in_quotes_caps_them_and_assumes_one_where_it_is_said(void **state)
{
    (void)state;
    struct stage stage;
    const struct json_value *answer;
    static const char assumes[] =
        "{\"grant\":\"client_credentials\",\"tokenEndpoint\":\"@/token\",\"clientId\":"
        "\"dragoman\",\"assumedLifetime\":90}";
    begin(&stage);
    int64_t now = clock_wall_s();
    stage_answers(&stage, 200, "{\"access_token\":\"a\",\"token_type\":\"Bearer\",\"expires_in\":\"60\"}");
    assert_int_equal(stage_mint(&stage, plain, "", &answer), 0);
    assert_in_range(json_integer_of(answer, "lives_until"), now + 59, now + 70);
    stage_answers(&stage, 200,
                  "{\"access_token\":\"a\",\"token_type\":\"Bearer\",\"expires_in\":9223372036854775807}");
    assert_int_equal(stage_mint(&stage, plain, "", &answer), 0);
    assert_in_range(json_integer_of(answer, "lives_until"), now + 315359000, now + 315361000);
    stage_answers(&stage, 200, "{\"access_token\":\"a\",\"token_type\":\"Bearer\"}");
    assert_int_equal(stage_mint(&stage, assumes, "", &answer), 0);
    assert_in_range(json_integer_of(answer, "lives_until"), now + 89, now + 100);
    stage_end(&stage);
}

static void repeats_no_secret_in_messages(void **state)
{
    (void)state;
    struct stage stage;
    const struct json_value *answer;
    begin(&stage);
    stage_answers(&stage, 400,
                  "{\"error\":\"invalid_client\",\"error_description\":\"s3cret-of-the-client is wrong\"}");
    assert_int_equal(stage_mint(&stage, plain, "", &answer), -32003);
    assert_null(strstr(json_text_of(answer, "message").base, "s3cret"));
    /* dragoman:s3cret-of-the-client, as it stands in the header that some servers quote */
    stage_answers(&stage, 400,
                  "{\"error\":\"invalid_client\",\"error_description\":\"no client for Basic "
                  "ZHJhZ29tYW46czNjcmV0LW9mLXRoZS1jbGllbnQ=\"}");
    assert_int_equal(stage_mint(&stage, plain, "", &answer), -32003);
    assert_null(strstr(json_text_of(answer, "message").base, "ZHJhZ29t"));
    stage_answers(&stage, 400, "{\"error\":\"invalid_client\",\"error_description\":\"no such client\"}");
    assert_int_equal(stage_mint(&stage, plain, "", &answer), -32003);
    assert_non_null(strstr(json_text_of(answer, "message").base, "\"no such client\""));
    stage_end(&stage);
}

static void ends_with_the_deadline_where_nothing_comes(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage);
    stage_is_silent(&stage);
    int64_t begun_us = clock_monotonic_us(), now = clock_wall_s();
    int64_t id =
        stage_send(&stage, 0, "mint", 400,
                   "\"lease\":\"L\",\"root\":\"r\",\"target\":" STAGE_TARGET
                   ",\"subject\":{\"issuer\":\"i\",\"subject\":\"alice\"},\"actors\":[],\"client\":\"c\","
                   "\"scopes\":[],\"issued_at\":%lld,\"expires_at\":%lld",
                   stage_text(&stage, plain), "", (long long)now, (long long)now + 300);
    assert_int_equal(stage_wait(&stage, id, NULL), -32800);
    assert_in_range(clock_monotonic_us() - begun_us, 390000, 2000000);
    stage_end(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_token_and_sends_a_form),
        cmocka_unit_test(ends_every_answer_as_what_it_means),
        cmocka_unit_test(takes_ends_in_quotes_caps_them_and_assumes_one_where_it_is_said),
        cmocka_unit_test(repeats_no_secret_in_messages),
        cmocka_unit_test(ends_with_the_deadline_where_nothing_comes),
    };
    return cmocka_run_group_tests(tests, stage_folder_make, stage_folder_remove);
}

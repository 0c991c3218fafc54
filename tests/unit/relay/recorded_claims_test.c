/* A record read as the claims of a token. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "relay/recorded_claims.h"

#define GRANTED                                                                                                \
    "{\"id\":\"01KAQZ3M5W8Y0E6T2R4V7N9B1C\",\"kind\":\"exchange\",\"outcome\":\"granted\",\"client\":"         \
    "\"agent\","                                                                                               \
    "\"subject\":{\"iss\":\"https://idp\",\"sub\":\"alice\"},\"chain\":[{\"iss\":\"https://"                   \
    "us\",\"sub\":\"agent\"},"                                                                                 \
    "{\"iss\":\"https://k\",\"sub\":\"helper\"}],\"root\":\"tree\",\"audience\":\"shop\",\"scope_given\":\"a " \
    "b\","                                                                                                     \
    "\"expires_at\":1800000300,\"stands_on\":[\"lease x\"],\"facts\":{\"acr\":\"mfa\",\"amr\":\"pwd "          \
    "otp\",\"auth_time\":17,"                                                                                  \
    "\"authorization_details\":[{\"type\":\"t\"}]}}"

static enum fault read(struct arena *arena, const char *json, struct jwt_claims *claims)
{
    const struct json_value *record;
    assert_int_equal(json_parse(arena, text_of(json), &json_limits_document, &record), FAULT_NONE);
    return recorded_claims_read(arena, record, TEXT("https://us"), claims);
}

static void says_what_a_token_of_the_same_exchange_would(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct jwt_claims claims;
    assert_int_equal(read(arena, GRANTED, &claims), FAULT_NONE);
    assert_true(text_is(claims.issuer, "https://us"));
    assert_true(text_is(claims.subject, "alice"));
    assert_true(text_is(claims.id, "01KAQZ3M5W8Y0E6T2R4V7N9B1C"));
    assert_true(jwt_has_only_audience(&claims, TEXT("shop")));
    assert_int_equal(claims.expires_at_s, 1800000300);
    static const char *const texts[][2] = {
        {"sub_iss", "https://idp"}, {"client_id", "agent"}, {"txn", "tree"}, {"scope", "a b"}, {"acr", "mfa"}};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_true(text_is(json_text_of(claims.all, texts[i][0]), texts[i][1]));
    assert_int_equal(json_integer_of(claims.all, "auth_time"), 17);
    assert_int_equal(json_member(claims.all, TEXT("amr"))->count, 2);
    assert_int_equal(json_member(claims.all, TEXT("authorization_details"))->count, 1);
    assert_int_equal(json_member(claims.all, TEXT("dragoman_stands_on"))->count, 1);
    const struct json_value *act = json_member(claims.all, TEXT("act"));
    assert_true(text_is(json_text_of(act, "sub"), "agent"));
    assert_true(text_is(json_text_of(json_member(act, TEXT("act")), "sub"), "helper"));
}

/* A word more would be held by each of thousands of streams. */
static void says_of_itself_in_outline_what_it_stands_on_being_switched_on(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct jwt_claims claims;
    const struct json_value *record;
    assert_int_equal(json_parse(arena, TEXT(GRANTED), &json_limits_document, &record), FAULT_NONE);
    assert_int_equal(recorded_claims_outline(arena, record, TEXT("https://us"), &claims), FAULT_NONE);
    assert_true(text_is(claims.subject, "alice") && jwt_has_only_audience(&claims, TEXT("shop")));
    assert_int_equal(claims.expires_at_s, 1800000300);
    assert_true(text_is(json_text_of(claims.all, "sub_iss"), "https://idp"));
    assert_true(text_is(json_text_of(claims.all, "client_id"), "agent"));
    const struct json_value *act = json_member(claims.all, TEXT("act"));
    assert_true(text_is(json_text_of(json_member(act, TEXT("act")), "iss"), "https://k"));
    assert_null(json_member(claims.all, TEXT("dragoman_stands_on")));
    assert_int_equal(recorded_claims_outline(arena, NULL, TEXT("https://us"), &claims), FAULT_TOKEN_CLAIMS);
}

static void is_none_of_what_was_refused_or_is_no_exchange(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct jwt_claims claims;
    assert_int_equal(read(arena, "{\"kind\":\"exchange\",\"outcome\":\"refused\"}", &claims),
                     FAULT_TOKEN_CLAIMS);
    assert_int_equal(read(arena, "{\"kind\":\"call\",\"outcome\":\"granted\"}", &claims), FAULT_TOKEN_CLAIMS);
    assert_int_equal(read(arena, "[]", &claims), FAULT_TOKEN_CLAIMS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_a_token_of_the_same_exchange_would),
        cmocka_unit_test(says_of_itself_in_outline_what_it_stands_on_being_switched_on),
        cmocka_unit_test(is_none_of_what_was_refused_or_is_no_exchange),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

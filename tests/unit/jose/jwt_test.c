/* Claims: their shapes, their times, their audiences. */
#include <string.h>

#include "jose/jwt.h"
#include "token_fixture.h"

enum { NOW = 1800000000 };

struct claims_case {
    const char *payload;
    enum fault expected;
};

static const struct claims_case claims_cases[] = {
    {"{}", FAULT_NONE},
    {"{\"iss\":\"https://"
     "a.example\",\"sub\":\"b\",\"aud\":\"c\",\"exp\":1,\"nbf\":1,\"iat\":1,\"jti\":\"d\"}",
     FAULT_NONE},
    /* not claims at all */
    {"[]", FAULT_TOKEN_CLAIMS},
    {"\"a\"", FAULT_TOKEN_CLAIMS},
    {"1", FAULT_TOKEN_CLAIMS},
    {"", FAULT_TOKEN_CLAIMS},
    {"eyJhbGciOiJub25lIn0.e30.", FAULT_TOKEN_CLAIMS}, /* a nested token */
    {"{\"iss\":\"a\"} x", FAULT_TOKEN_CLAIMS},
    {"{\"iss\":\"a\"", FAULT_TOKEN_CLAIMS},
    {"{\"x\":\"\xff\"}", FAULT_TOKEN_CLAIMS},
    /* doubled, registered or not, equal or not, deep or not */
    {"{\"sub\":\"a\",\"sub\":\"b\"}", FAULT_TOKEN_CLAIMS},
    {"{\"sub\":\"a\",\"sub\":\"a\"}", FAULT_TOKEN_CLAIMS},
    {"{\"x\":1,\"x\":1}", FAULT_TOKEN_CLAIMS},
    {"{\"sub\":\"a\",\"s\\u0075b\":\"b\"}", FAULT_TOKEN_CLAIMS},
    {"{\"act\":{\"sub\":\"a\",\"sub\":\"b\"}}", FAULT_TOKEN_CLAIMS},
    /* identities */
    {"{\"iss\":\"\"}", FAULT_TOKEN_CLAIMS},
    {"{\"sub\":\"\"}", FAULT_TOKEN_CLAIMS},
    {"{\"jti\":\"\"}", FAULT_TOKEN_CLAIMS},
    {"{\"iss\":null}", FAULT_TOKEN_CLAIMS},
    {"{\"iss\":[\"a\"]}", FAULT_TOKEN_CLAIMS},
    {"{\"sub\":7}", FAULT_TOKEN_CLAIMS},
    {"{\"sub\":{\"a\":1}}", FAULT_TOKEN_CLAIMS},
    {"{\"jti\":1}", FAULT_TOKEN_CLAIMS},
    {"{\"sub\":\"a\\u0000b\"}", FAULT_TOKEN_CLAIMS},
    {"{\"sub\":\"a\\nb\"}", FAULT_TOKEN_CLAIMS},
    {"{\"sub\":\"a\\u0085b\"}", FAULT_TOKEN_CLAIMS},
    {"{\"sub\":\"a\\u202eb\"}", FAULT_TOKEN_CLAIMS},
    {"{\"sub\":\"\xc3\xa9l\xc3\xa8ve\"}", FAULT_NONE},
    /* audiences */
    {"{\"aud\":[\"a\"]}", FAULT_NONE},
    {"{\"aud\":[]}", FAULT_TOKEN_CLAIMS},
    {"{\"aud\":null}", FAULT_TOKEN_CLAIMS},
    {"{\"aud\":7}", FAULT_TOKEN_CLAIMS},
    {"{\"aud\":[7]}", FAULT_TOKEN_CLAIMS},
    {"{\"aud\":[\"a\",null]}", FAULT_TOKEN_CLAIMS},
    {"{\"aud\":[[\"a\"]]}", FAULT_TOKEN_CLAIMS},
    {"{\"aud\":{\"a\":1}}", FAULT_TOKEN_CLAIMS},
    {"{\"aud\":\"\"}", FAULT_TOKEN_CLAIMS},
    {"{\"aud\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\",\"a\",\"b\",\"c\",\"d\",\"e\",\"f\","
     "\"g\"]}",
     FAULT_NONE},
    {"{\"aud\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\",\"a\",\"b\",\"c\",\"d\",\"e\",\"f\","
     "\"g\",\"h\"]}",
     FAULT_TOKEN_CLAIMS},
    /* dates */
    {"{\"exp\":253402300799}", FAULT_NONE},
    {"{\"exp\":253402300800}", FAULT_TOKEN_CLAIMS},
    {"{\"exp\":1800000000.75}", FAULT_NONE},
    {"{\"exp\":0}", FAULT_TOKEN_CLAIMS},
    {"{\"exp\":0.9}", FAULT_TOKEN_CLAIMS},
    {"{\"exp\":-1}", FAULT_TOKEN_CLAIMS},
    {"{\"exp\":-0.5}", FAULT_TOKEN_CLAIMS},
    {"{\"exp\":1e30}", FAULT_TOKEN_CLAIMS},
    {"{\"exp\":1.8e9}", FAULT_TOKEN_CLAIMS},
    {"{\"exp\":18E8}", FAULT_TOKEN_CLAIMS},
    {"{\"exp\":99999999999999999999}", FAULT_TOKEN_CLAIMS},
    {"{\"exp\":9223372036854775808}", FAULT_TOKEN_CLAIMS},
    {"{\"exp\":18446744073709551617}", FAULT_TOKEN_CLAIMS},
    {"{\"exp\":\"1800000000\"}", FAULT_TOKEN_CLAIMS},
    {"{\"exp\":null}", FAULT_TOKEN_CLAIMS},
    {"{\"exp\":true}", FAULT_TOKEN_CLAIMS},
    {"{\"exp\":[1]}", FAULT_TOKEN_CLAIMS},
    {"{\"nbf\":\"1\"}", FAULT_TOKEN_CLAIMS},
    {"{\"nbf\":1e3}", FAULT_TOKEN_CLAIMS},
    {"{\"iat\":-5}", FAULT_TOKEN_CLAIMS},
    {"{\"iat\":\"now\"}", FAULT_TOKEN_CLAIMS},
};

static void judges_claims_by_their_shape(void **state)
{
    struct arena *arena = fixture_arena(state);
    struct jwt_claims claims;
    for (size_t i = 0; i < sizeof(claims_cases) / sizeof(claims_cases[0]); i++) {
        enum fault fault = jwt_claims_read(arena, text_of(claims_cases[i].payload), &claims);
        if (fault != claims_cases[i].expected)
            fail_msg("%s: %s", claims_cases[i].payload, fault_row(fault)->reason);
    }
}

static void reads_what_the_claims_say(void **state)
{
    struct jwt_claims claims;
    assert_int_equal(
        jwt_claims_read(fixture_arena(state),
                        TEXT("{\"iss\":\"i\",\"sub\":\"s\",\"jti\":\"j\",\"aud\":[\"a\",\"b\"],\"exp\":100.9,"
                             "\"nbf\":50,\"iat\":40,\"scope\":\"x y\"}"),
                        &claims),
        FAULT_NONE);
    assert_true(text_is(claims.issuer, "i"));
    assert_true(text_is(claims.subject, "s"));
    assert_true(text_is(claims.id, "j"));
    assert_int_equal(claims.audience_count, 2);
    assert_true(claims.audience_was_array);
    assert_int_equal(claims.expires_at_s, 100); /* the fraction is cut: never later than it says */
    assert_int_equal(claims.not_before_s, 50);
    assert_int_equal(claims.issued_at_s, 40);
    assert_true(text_is(json_string(json_member(claims.all, TEXT("scope"))), "x y"));
    assert_int_equal(jwt_claims_read(fixture_arena(state), TEXT("{\"aud\":\"a\"}"), &claims), FAULT_NONE);
    assert_false(claims.audience_was_array);
    assert_null(claims.issuer.base);
    assert_int_equal(claims.expires_at_s, 0);
}

static void bounds_identities_to_1024_bytes(void **state)
{
    static const char *const names[] = {"iss", "sub", "jti", "aud"};
    struct arena *arena = fixture_arena(state);
    char identity[1025];
    struct jwt_claims claims;
    memset(identity, 'i', sizeof(identity));
    for (size_t i = 0; i < 4; i++)
        for (int length = 1024; length <= 1025; length++) {
            struct text payload = arena_print(arena, "{\"%s\":\"%.*s\"}", names[i], length, identity);
            assert_int_equal(jwt_claims_read(arena, payload, &claims),
                             length == 1024 ? FAULT_NONE : FAULT_TOKEN_CLAIMS);
        }
}

struct time_case {
    int64_t exp, nbf, iat;
    struct jwt_time_rules rules;
    enum fault expected;
};

static void judges_times_to_the_second(void **state)
{
    static const struct time_case cases[] = {
        /* exp: required; on or after is over (RFC 7519 section 4.1.4) */
        {NOW + 1, 0, 0, {.now_s = NOW}, FAULT_NONE},
        {NOW, 0, 0, {.now_s = NOW}, FAULT_TOKEN_EXPIRED},
        {NOW - 1, 0, 0, {.now_s = NOW}, FAULT_TOKEN_EXPIRED},
        {NOW - 29, 0, 0, {.now_s = NOW, .leeway_s = 30}, FAULT_NONE},
        {NOW - 30, 0, 0, {.now_s = NOW, .leeway_s = 30}, FAULT_TOKEN_EXPIRED},
        {0, 0, 0, {.now_s = NOW}, FAULT_TOKEN_CLAIMS},
        {0, 0, NOW, {.now_s = NOW, .maximum_age_s = 60}, FAULT_TOKEN_CLAIMS},
        {1, 0, 0, {.now_s = NOW}, FAULT_TOKEN_EXPIRED},
        /* nbf and iat ahead of us */
        {NOW + 60, NOW, 0, {.now_s = NOW}, FAULT_NONE},
        {NOW + 60, NOW + 1, 0, {.now_s = NOW}, FAULT_TOKEN_NOT_YET_VALID},
        {NOW + 60, NOW + 30, 0, {.now_s = NOW, .leeway_s = 30}, FAULT_NONE},
        {NOW + 60, NOW + 31, 0, {.now_s = NOW, .leeway_s = 30}, FAULT_TOKEN_NOT_YET_VALID},
        {NOW + 60, 0, NOW, {.now_s = NOW}, FAULT_NONE},
        {NOW + 60, 0, NOW + 1, {.now_s = NOW}, FAULT_TOKEN_NOT_YET_VALID},
        {NOW + 60, 0, NOW + 31, {.now_s = NOW, .leeway_s = 30}, FAULT_TOKEN_NOT_YET_VALID},
        {253402300799, 0, 253402300799, {.now_s = NOW}, FAULT_TOKEN_NOT_YET_VALID},
        /* age, which needs iat */
        {NOW + 60, 0, NOW - 100, {.now_s = NOW, .maximum_age_s = 100}, FAULT_NONE},
        {NOW + 60, 0, NOW - 101, {.now_s = NOW, .maximum_age_s = 100}, FAULT_TOKEN_TOO_OLD},
        {NOW + 60, 0, NOW - 101, {.now_s = NOW, .maximum_age_s = 100, .leeway_s = 30}, FAULT_TOKEN_TOO_OLD},
        {NOW + 60, 0, 0, {.now_s = NOW, .maximum_age_s = 100}, FAULT_TOKEN_CLAIMS},
        {NOW + 60, 0, NOW + 20, {.now_s = NOW, .maximum_age_s = 100, .leeway_s = 30}, FAULT_NONE},
        /* lifetime, from iat or from now */
        {NOW + 60, 0, NOW, {.now_s = NOW, .maximum_lifetime_s = 60}, FAULT_NONE},
        {NOW + 61, 0, NOW, {.now_s = NOW, .maximum_lifetime_s = 60}, FAULT_TOKEN_LIFETIME},
        {NOW + 30, 0, NOW - 31, {.now_s = NOW, .maximum_lifetime_s = 60}, FAULT_TOKEN_LIFETIME},
        {NOW + 60, 0, 0, {.now_s = NOW, .maximum_lifetime_s = 60}, FAULT_NONE},
        {NOW + 61, 0, 0, {.now_s = NOW, .maximum_lifetime_s = 60}, FAULT_TOKEN_LIFETIME},
        {253402300799, 0, 0, {.now_s = NOW, .maximum_lifetime_s = 60}, FAULT_TOKEN_LIFETIME},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct jwt_claims claims = {
            .expires_at_s = cases[i].exp, .not_before_s = cases[i].nbf, .issued_at_s = cases[i].iat};
        enum fault fault = jwt_check_time(&claims, &cases[i].rules);
        if (fault != cases[i].expected)
            fail_msg("case %zu: %s", i, fault_row(fault)->reason);
    }
}

static struct jwt_claims with_audience(void **state, const char *aud)
{
    struct arena *arena = fixture_arena(state);
    struct jwt_claims claims;
    assert_int_equal(jwt_claims_read(arena, arena_print(arena, "{\"aud\":%s}", aud), &claims), FAULT_NONE);
    return claims;
}

static void finds_an_audience_by_its_exact_bytes(void **state)
{
    static const struct text us = {"https://gateway.example", 23};
    struct jwt_claims claims = with_audience(state, "\"https://gateway.example\"");
    assert_true(jwt_has_audience(&claims, us));
    assert_true(jwt_has_only_audience(&claims, us));
    claims = with_audience(state, "[\"https://gateway.example\"]");
    assert_true(jwt_has_only_audience(&claims, us));
    claims = with_audience(state, "[\"https://stranger.example\",\"https://gateway.example\"]");
    assert_true(jwt_has_audience(&claims, us));
    assert_false(jwt_has_only_audience(&claims, us)); /* us and a stranger */
    claims = with_audience(state, "[\"https://gateway.example\",\"https://gateway.example\"]");
    assert_false(jwt_has_only_audience(&claims, us));
    static const char *const others[] = {"\"https://gateway.example/\"",    "\"https://Gateway.example\"",
                                         "\"https://gateway.example:443\"", "\"https://gateway.exampl\"",
                                         "\"http://gateway.example\"",      "\"https://gateway.example \""};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        claims = with_audience(state, others[i]);
        assert_false(jwt_has_audience(&claims, us));
        assert_false(jwt_has_only_audience(&claims, us));
    }
    struct jwt_claims without = {0};
    assert_false(jwt_has_audience(&without, us));
    assert_false(jwt_has_only_audience(&without, us));
}

#define JWT_TEST(test) cmocka_unit_test_setup_teardown(test, fixture_begin, fixture_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        JWT_TEST(judges_claims_by_their_shape),         JWT_TEST(reads_what_the_claims_say),
        JWT_TEST(bounds_identities_to_1024_bytes),      JWT_TEST(judges_times_to_the_second),
        JWT_TEST(finds_an_audience_by_its_exact_bytes),
    };
    return cmocka_run_group_tests_name("jose/jwt", tests, NULL, NULL);
}

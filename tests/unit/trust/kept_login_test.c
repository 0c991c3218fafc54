/* Claims that were verified at a login, read again by the issuer's document as it is then. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "token_fixture.h"
#include "trust/kept_login.h"

static struct name_value mapped[] = {{TEXT("groups"), TEXT("groups")}};
static struct document document = {.issuer = {.issuer = TEXT("https://idp.example"),
                                              .subject_claim = TEXT("sub"),
                                              .attributes = {mapped, 1},
                                              .leeway_s = 5}};
static const struct issuer issuer = {.document = &document};

static enum fault read(struct arena *arena, const char *claims, const char *subject,
                       struct verified_token *token)
{
    return kept_login_read(arena, &issuer, test_json(arena, claims), text_of(subject), token);
}

static void says_who_it_is_what_they_are_and_how_they_logged_in(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct verified_token token;
    assert_int_equal(
        read(arena,
             "{\"iss\":\"https://idp.example\",\"sub\":\"ann\",\"iat\":1000,\"exp\":2000,\"groups\":[\"a\","
             "\"b\"],\"acr\":\"high\",\"amr\":[\"pwd\",\"otp\"],\"auth_time\":990,\"scope\":\"openid\"}",
             "ann", &token),
        FAULT_NONE);
    assert_ptr_equal(token.issuer, &issuer);
    assert_true(text_is(token.identity.subject, "ann") &&
                text_is(token.identity.issuer, "https://idp.example"));
    assert_int_equal(token.attribute_count, 1);
    assert_true(text_is(token.attributes[0].value, "a\nb"));
    assert_true(text_is(token.acr, "high") && text_is(token.amr, "pwd otp"));
    assert_int_equal(token.auth_time_s, 990);
    assert_int_equal(token.claims.issued_at_s, 1000);
    assert_int_equal(token.claims.expires_at_s, 0);
    assert_null(token.claims.all);
    assert_false(token.has_scope);
}

static void is_of_nobody_else(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct verified_token token;
    const char *claims = "{\"iss\":\"https://idp.example\",\"sub\":\"ann\",\"iat\":1000,\"exp\":2000}";
    assert_int_equal(read(arena, claims, "bob", &token), FAULT_TOKEN_CLAIMS);
    assert_int_equal(
        read(arena, "{\"iss\":\"https://other.example\",\"sub\":\"ann\",\"iat\":1000}", "ann", &token),
        FAULT_TOKEN_CLAIMS);
    assert_int_equal(read(arena, "[]", "ann", &token), FAULT_TOKEN_CLAIMS);
    /* The document names people by another claim since. */
    document.issuer.subject_claim = TEXT("oid");
    enum fault fault = read(
        arena, "{\"iss\":\"https://idp.example\",\"sub\":\"ann\",\"oid\":\"bob\",\"iat\":1000}", "ann", &token);
    document.issuer.subject_claim = TEXT("sub");
    assert_int_equal(fault, FAULT_TOKEN_CLAIMS);
}

static void takes_no_login_of_the_future_for_a_recent_one(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct verified_token token;
    assert_int_equal(read(arena,
                          "{\"iss\":\"https://idp.example\",\"sub\":\"ann\",\"iat\":1000,\"auth_time\":1006}",
                          "ann", &token),
                     FAULT_NONE);
    assert_int_equal(token.auth_time_s, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_who_it_is_what_they_are_and_how_they_logged_in),
        cmocka_unit_test(is_of_nobody_else),
        cmocka_unit_test(takes_no_login_of_the_future_for_a_recent_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

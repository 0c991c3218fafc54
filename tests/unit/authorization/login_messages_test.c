/* What is said to an issuer, and what of its answers belongs to the login that was begun. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "login/login_messages.h"

static struct text scopes[] = {{"openid", 6}, {"profile", 7}};
static const struct document document = {
    .name = {"corp", 4},
    .issuer = {.issuer = {"https://idp.example", 19},
               .login = {.client_id = {"us & them", 9}, .scopes = {scopes, 2}},
               .is_enabled = true},
};
static const struct issuer issuer = {.document = &document};
static const struct login_metadata metadata = {.authorization_endpoint = {"https://idp.example/a", 21}};
/* The verifier and the challenge are those of RFC 7636 appendix B. */
static const struct login_state begun = {.issuer_name = {"corp", 4},
                                         .issuer = {"https://idp.example", 19},
                                         .state = {"s3cret", 6},
                                         .nonce = {"n0nce", 5},
                                         .verifier = {"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", 43},
                                         .names_itself = true};

static struct text us(void)
{
    return TEXT("https://gateway.example");
}

static void asks_for_a_code_with_a_proof_of_its_own(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    assert_string_equal(
        login_request_url(arena, us(), &issuer, &metadata, &begun).base,
        "https://idp.example/a?response_type=code&client_id=us%20%26%20them&redirect_uri=https%3A%2F%2F"
        "gateway.example%2Flogin%2Fcallback%2Fcorp&scope=openid%20profile&state=s3cret&nonce=n0nce&"
        "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256");
    struct login_metadata with_query = {.authorization_endpoint = TEXT("https://idp.example/a?p=1")};
    assert_non_null(strstr(login_request_url(arena, us(), &issuer, &with_query, &begun).base,
                           "https://idp.example/a?p=1&response_type=code&"));
}

static void comes_back_to_a_path_of_each_issuers_own(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    assert_string_equal(login_redirect_uri(arena, TEXT("https://g.example/base/"), TEXT("corp")).base,
                        "https://g.example/base/login/callback/corp");
}

static enum fault answer_of(struct arena *arena, const char *name, const char *query,
                            const struct login_state *login)
{
    struct form *form = ARENA_NEW(arena, struct form);
    struct login_answer answer;
    assert_int_equal(form_parse(arena, text_of(query), form), FAULT_NONE);
    TRY(login_answer_read(text_of(name), form, &answer));
    return login_answer_check(&answer, login);
}

static void belongs_to_its_login(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    assert_int_equal(answer_of(arena, "corp", "code=c&state=s3cret&iss=https%3A%2F%2Fidp.example", &begun),
                     FAULT_NONE);
    assert_int_equal(
        answer_of(arena, "corp", "error=access_denied&state=s3cret&iss=https%3A%2F%2Fidp.example", &begun),
        FAULT_NONE);
}

static void is_refused_with_another_state_path_or_shape(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    static const char *const bad[][2] = {
        {"corp", "code=c&state=s3cre"},  {"corp", "code=c&state=s3crets"},
        {"corp", "code=c&state=S3cret"}, {"corp", "code=c"},
        {"corp", "state=s3cret"},        {"corp", "code=c&error=x&state=s3cret"},
        {"cor", "code=c&state=s3cret"},  {"other", "code=c&state=s3cret"},
        {"", "code=c&state=s3cret"},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(answer_of(arena, bad[i][0],
                                   arena_print(arena, "%s&iss=https%%3A%%2F%%2Fidp.example", bad[i][1]).base,
                                   &begun),
                         FAULT_LOGIN_STATE);
    char *code = arena_allocate(arena, LOGIN_CODE_BYTES_MAX + 2);
    memset(code, 'c', LOGIN_CODE_BYTES_MAX + 1);
    assert_int_equal(
        answer_of(arena, "corp",
                  arena_print(arena, "code=%s&state=s3cret&iss=https%%3A%%2F%%2Fidp.example", code).base,
                  &begun),
        FAULT_LOGIN_STATE);
    const struct login_state empty = {.issuer_name = TEXT("corp")};
    assert_int_equal(answer_of(arena, "corp", "code=c&state=", &empty), FAULT_LOGIN_STATE);
}

/* RFC 9207 section 2.4. */
static void is_refused_from_another_issuer_or_unnamed_where_a_name_was_promised(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct login_state unpromised = begun;
    unpromised.names_itself = false;
    assert_int_equal(answer_of(arena, "corp", "code=c&state=s3cret", &begun), FAULT_LOGIN_ISSUER);
    assert_int_equal(answer_of(arena, "corp", "code=c&state=s3cret&iss=", &begun), FAULT_LOGIN_ISSUER);
    assert_int_equal(answer_of(arena, "corp", "code=c&state=s3cret", &unpromised), FAULT_NONE);
    static const char *const others[] = {"https%3A%2F%2Fevil.example", "https%3A%2F%2Fidp.example%2F", "x"};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        const char *query = arena_print(arena, "code=c&state=s3cret&iss=%s", others[i]).base;
        assert_int_equal(answer_of(arena, "corp", query, &begun), FAULT_LOGIN_ISSUER);
        assert_int_equal(answer_of(arena, "corp", query, &unpromised), FAULT_LOGIN_ISSUER);
    }
}

static void shows_the_code_with_its_proof_and_who_asks(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    SCOPED_SECRET secret = secret_create("p:w%", 4);
    struct issuer confidential = issuer;
    confidential.login_secret = secret;
    const char *form = login_code_form(arena, us(), &issuer, &begun, TEXT("c&d")).base;
    assert_string_equal(form,
                        "grant_type=authorization_code&code=c%26d&redirect_uri=https%3A%2F%2Fgateway.example%2F"
                        "login%2Fcallback%2Fcorp&code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk&"
                        "client_id=us%20%26%20them");
    assert_null(login_client_header(arena, &issuer).base);
    assert_null(strstr(login_code_form(arena, us(), &confidential, &begun, TEXT("c")).base, "client_id"));
    /* "us%20%26%20them:p%3Aw%25" */
    assert_string_equal(login_client_header(arena, &confidential).base,
                        "authorization: Basic dXMlMjAlMjYlMjB0aGVtOnAlM0F3JTI1");
}

static void takes_an_id_token_from_a_good_answer_alone(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct text token;
    assert_int_equal(login_tokens_read(arena, 200, TEXT("{\"id_token\":\"a.b.c\"}"), &token), FAULT_NONE);
    assert_true(text_is(token, "a.b.c"));
    static const char *const bad[] = {
        "", "[]", "{}", "{\"id_token\":7}", "{\"id_token\":\"\"}", "{\"id_token\":\"a\",\"id_token\":\"b\"}"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(login_tokens_read(arena, 200, text_of(bad[i]), &token), FAULT_LOGIN_ANSWER);
    assert_int_equal(login_tokens_read(arena, 400, TEXT("{\"id_token\":\"a.b.c\"}"), &token),
                     FAULT_LOGIN_ANSWER);
    assert_int_equal(login_tokens_read(arena, 302, TEXT("{\"id_token\":\"a.b.c\"}"), &token),
                     FAULT_LOGIN_ANSWER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asks_for_a_code_with_a_proof_of_its_own),
        cmocka_unit_test(comes_back_to_a_path_of_each_issuers_own),
        cmocka_unit_test(belongs_to_its_login),
        cmocka_unit_test(is_refused_with_another_state_path_or_shape),
        cmocka_unit_test(is_refused_from_another_issuer_or_unnamed_where_a_name_was_promised),
        cmocka_unit_test(shows_the_code_with_its_proof_and_who_asks),
        cmocka_unit_test(takes_an_id_token_from_a_good_answer_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What an issuer's own document must say before anybody is sent there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "login/login_metadata.h"

static const char good[] =
    "{\"issuer\":\"https://idp.example/t\",\"authorization_endpoint\":\"https://idp.example/auth\","
    "\"token_endpoint\":\"https://idp.example/token\",\"response_types_supported\":[\"code\"],"
    "\"code_challenge_methods_supported\":[\"plain\",\"S256\"],"
    "\"authorization_response_iss_parameter_supported\":true}";

static enum fault read_for(struct arena *arena, const char *document, const char *issuer,
                           struct login_metadata *metadata)
{
    const char *problem;
    enum fault fault = login_metadata_read(arena, text_of(document), text_of(issuer), metadata, &problem);
    assert_int_equal(fault == FAULT_NONE, problem == NULL);
    return fault;
}

static enum fault with(struct arena *arena, const char *before, const char *after, const char *issuer,
                       struct login_metadata *metadata)
{
    const char *place = strstr(good, before);
    assert_non_null(place);
    struct text changed =
        arena_print(arena, "%.*s%s%s", (int)(place - good), good, after, place + strlen(before));
    return read_for(arena, changed.base, issuer, metadata);
}

static void is_looked_for_behind_the_issuers_name(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    assert_string_equal(login_metadata_url(arena, TEXT("https://idp.example/t")).base,
                        "https://idp.example/t/.well-known/openid-configuration");
    assert_string_equal(login_metadata_url(arena, TEXT("https://idp.example/")).base,
                        "https://idp.example/.well-known/openid-configuration");
}

static void says_where_to_go_and_whether_answers_name_their_issuer(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct login_metadata metadata;
    assert_int_equal(read_for(arena, good, "https://idp.example/t", &metadata), FAULT_NONE);
    assert_true(text_is(metadata.authorization_endpoint, "https://idp.example/auth"));
    assert_true(text_is(metadata.token_endpoint, "https://idp.example/token"));
    assert_true(metadata.names_itself);
    assert_int_equal(with(arena, ":true", ":\"true\"", "https://idp.example/t", &metadata), FAULT_NONE);
    assert_false(metadata.names_itself);
    assert_int_equal(with(arena, ",\"code_challenge_methods_supported\":[\"plain\",\"S256\"]", "",
                          "https://idp.example/t", &metadata),
                     FAULT_NONE);
}

static void is_no_other_issuers(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct login_metadata metadata;
    static const char *const others[] = {"https://idp.example", "https://idp.example/t/",
                                         "https://IDP.example/t", "https://idp.example/u"};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_int_equal(read_for(arena, good, others[i], &metadata), FAULT_LOGIN_ANSWER);
}

static void leads_nowhere_that_others_listen(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct login_metadata metadata;
    static const char *const places[] = {"http://idp.example/",
                                         "http://127.0.0.1/",
                                         "ftp://idp.example/",
                                         "//idp.example/",
                                         "https://",
                                         "javascript:x",
                                         "https://a@b/",
                                         "https://idp.example/#",
                                         ""};
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        assert_int_equal(with(arena, "https://idp.example/auth", places[i], "https://idp.example/t", &metadata),
                         FAULT_LOGIN_ANSWER);
        assert_int_equal(
            with(arena, "https://idp.example/token", places[i], "https://idp.example/t", &metadata),
            FAULT_LOGIN_ANSWER);
    }
    static const char local[] =
        "{\"issuer\":\"http://127.0.0.1:1\",\"authorization_endpoint\":\"http://127.0.0.1:1/a\","
        "\"token_endpoint\":\"http://127.0.0.1:1/t\"}";
    assert_int_equal(read_for(arena, local, "http://127.0.0.1:1", &metadata), FAULT_NONE);
}

static void has_the_code_flow_and_our_proof(void **state)
{
    (void)state;
    SCOPED_ARENA arena = arena_create();
    struct login_metadata metadata;
    assert_int_equal(with(arena, "[\"code\"]", "[\"id_token\"]", "https://idp.example/t", &metadata),
                     FAULT_LOGIN_ANSWER);
    assert_int_equal(with(arena, "[\"plain\",\"S256\"]", "[\"plain\"]", "https://idp.example/t", &metadata),
                     FAULT_LOGIN_ANSWER);
    assert_int_equal(with(arena, "[\"plain\",\"S256\"]", "[]", "https://idp.example/t", &metadata),
                     FAULT_LOGIN_ANSWER);
    assert_int_equal(with(arena, "{\"issuer\"", "{\"issuer\":1,\"issuer\"", "https://idp.example/t", &metadata),
                     FAULT_LOGIN_ANSWER);
    assert_int_equal(read_for(arena, "[]", "https://idp.example/t", &metadata), FAULT_LOGIN_ANSWER);
    assert_int_equal(read_for(arena, "", "https://idp.example/t", &metadata), FAULT_LOGIN_ANSWER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_looked_for_behind_the_issuers_name),
        cmocka_unit_test(says_where_to_go_and_whether_answers_name_their_issuer),
        cmocka_unit_test(is_no_other_issuers),
        cmocka_unit_test(leads_nowhere_that_others_listen),
        cmocka_unit_test(has_the_code_flow_and_our_proof),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

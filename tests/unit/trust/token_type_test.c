/* Token type URIs both ways. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "token_type.h"

static void every_type_comes_back_from_its_uri(void **state)
{
    (void)state;
    for (enum token_type type = TOKEN_TYPE_ACCESS_TOKEN; type < TOKEN_TYPE_UNKNOWN; type++)
        assert_int_equal(token_type_parse(token_type_uri(type)), type);
}

static void names_the_rfc_8693_uris(void **state)
{
    (void)state;
    assert_int_equal(token_type_parse(TEXT("urn:ietf:params:oauth:token-type:access_token")),
                     TOKEN_TYPE_ACCESS_TOKEN);
    assert_int_equal(token_type_parse(TEXT("urn:ietf:params:oauth:token-type:id_token")), TOKEN_TYPE_ID_TOKEN);
    assert_int_equal(token_type_parse(TEXT("urn:ietf:params:oauth:token-type:jwt")), TOKEN_TYPE_JWT);
    assert_int_equal(token_type_parse(TEXT("urn:ietf:params:oauth:token-type:refresh_token")),
                     TOKEN_TYPE_REFRESH_TOKEN);
    assert_int_equal(token_type_parse(TEXT("urn:ietf:params:oauth:token-type:saml1")), TOKEN_TYPE_SAML1);
    assert_int_equal(token_type_parse(TEXT("urn:ietf:params:oauth:token-type:saml2")), TOKEN_TYPE_SAML2);
}

static void knows_no_other_spelling(void **state)
{
    (void)state;
    assert_int_equal(token_type_parse(TEXT("urn:ietf:params:oauth:token-type:JWT")), TOKEN_TYPE_UNKNOWN);
    assert_int_equal(token_type_parse(TEXT("urn:ietf:params:oauth:token-type:jwt ")), TOKEN_TYPE_UNKNOWN);
    assert_int_equal(token_type_parse(TEXT("jwt")), TOKEN_TYPE_UNKNOWN);
    assert_int_equal(token_type_parse(TEXT("")), TOKEN_TYPE_UNKNOWN);
}

static void nothing_is_no_type(void **state)
{
    (void)state;
    assert_int_equal(token_type_parse(TEXT_NONE), TOKEN_TYPE_NONE);
    assert_null(token_type_uri(TOKEN_TYPE_NONE).base);
    assert_null(token_type_uri(TOKEN_TYPE_UNKNOWN).base);
    assert_null(token_type_name(TOKEN_TYPE_UNKNOWN).base);
}

static void documents_use_the_last_part_of_the_uri(void **state)
{
    (void)state;
    assert_true(text_is(token_type_name(TOKEN_TYPE_ACCESS_TOKEN), "access_token"));
    assert_true(text_is(token_type_name(TOKEN_TYPE_JWT), "jwt"));
    assert_true(text_is(token_type_name(TOKEN_TYPE_ID_JAG), "id-jag"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_comes_back_from_its_uri),
        cmocka_unit_test(names_the_rfc_8693_uris),
        cmocka_unit_test(knows_no_other_spelling),
        cmocka_unit_test(nothing_is_no_type),
        cmocka_unit_test(documents_use_the_last_part_of_the_uri),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

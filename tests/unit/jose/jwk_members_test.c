/* The required members and their one spelling. */
#include "jwk_members.h"

#include <string.h>

#include "token_fixture.h"

#define X "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"

static bool reads(struct arena *arena, const char *jwk, struct jwk_members *members)
{
    return jwk_members_read(fixture_json(arena, jwk), members);
}

static void decodes_each_kind(void **state)
{
    struct arena *arena = fixture_arena(state);
    struct jwk_members members;
    assert_true(reads(arena, "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" X "\"}", &members));
    assert_int_equal(members.kind, JWK_OKP);
    assert_int_equal(members.x[0], 0xd7);
    assert_true(reads(arena, "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X "\",\"y\":\"" X "\"}", &members));
    assert_int_equal(members.kind, JWK_EC);
    assert_int_equal(members.curve->coordinate, 32);
    assert_int_equal(members.y[31], 0x1a);
    assert_true(reads(arena, "{\"kty\":\"RSA\",\"n\":\"" X "\",\"e\":\"AQAB\"}", &members));
    assert_int_equal(members.modulus_length, 32);
    assert_int_equal(members.exponent_length, 3);
}

static void refuses_missing_members_and_other_spellings(void **state)
{
    static const char *const jwks[] = {
        "{\"kty\":\"OKP\",\"crv\":\"Ed25519\"}",
        "{\"kty\":\"OKP\",\"x\":\"" X "\"}",
        "{\"crv\":\"Ed25519\",\"x\":\"" X "\"}",
        "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"\"}",
        "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" X "=\"}",
        "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AA" X "\"}",
        "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}",
        "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURp\"}",
        "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":7}",
        "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHUQ\"}", /* 31
                                                                                                         bytes
                                                                                                       */
        "{\"kty\":\"OKP\",\"crv\":\"P-256\",\"x\":\"" X "\",\"y\":\"" X "\"}",
        "{\"kty\":\"EC\",\"crv\":\"Ed25519\",\"x\":\"" X "\",\"y\":\"" X "\"}",
        "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X "\"}",
        "{\"kty\":\"RSA\",\"n\":\"" X "\"}",
        "{\"kty\":\"RSA\",\"n\":\"AA\",\"e\":\"AQAB\"}",
        "{\"kty\":\"RSA\",\"n\":\"" X "\",\"e\":\"AAEAAQ\"}",
    };
    struct arena *arena = fixture_arena(state);
    struct jwk_members members;
    for (size_t i = 0; i < sizeof(jwks) / sizeof(jwks[0]); i++)
        if (reads(arena, jwks[i], &members))
            fail_msg("accepted: %s", jwks[i]);
    assert_false(jwk_members_read(NULL, &members));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes_each_kind),
        cmocka_unit_test(refuses_missing_members_and_other_spellings),
    };
    return cmocka_run_group_tests_name("jose/jwk_members", tests, fixture_begin, fixture_end);
}

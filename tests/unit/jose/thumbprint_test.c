/* Thumbprints: the published examples, and what must and must not change one. */
#include <string.h>

#include "token_fixture.h"

#define RSA_N                                                                                                  \
    "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_"                  \
    "BJECPebWKRXjBZCiFV4n3okn"                                                                                 \
    "jhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_"                                         \
    "FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6q"                                                          \
    "MQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-"   \
    "kEgU8awa"                                                                                                 \
    "pJzKnqDKgw"
#define X "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"

static struct text thumbprint(struct arena *arena, const char *jwk)
{
    struct text out = TEXT_NONE;
    assert_int_equal(jwk_thumbprint(arena, fixture_json(arena, jwk), &out), FAULT_NONE);
    return out;
}

static void agrees_with_the_example_of_rfc_7638(void **state)
{
    struct text out =
        thumbprint(fixture_arena(state), "{\"kty\":\"RSA\",\"n\":\"" RSA_N
                                         "\",\"e\":\"AQAB\",\"alg\":\"RS256\",\"kid\":\"2011-04-29\"}");
    assert_string_equal(out.base, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

static void agrees_with_the_example_of_rfc_8037(void **state)
{
    struct text out = thumbprint(fixture_arena(state), "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" X "\"}");
    assert_string_equal(out.base, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

static void does_not_depend_on_order_other_members_or_escapes(void **state)
{
    struct arena *arena = fixture_arena(state);
    static const char *const spellings[] = {
        "{\"x\":\"" X "\",\"kty\":\"OKP\",\"crv\":\"Ed25519\"}",
        "{ \"crv\" : \"Ed25519\" , \"kid\":\"a\",\"x\":\"" X
        "\",\"use\":\"sig\",\"alg\":\"EdDSA\",\"kty\":\"OKP\" }",
        "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"" X
        "\",\"d\":\"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A\"}",
        "{\"\\u0063rv\":\"Ed2551\\u0039\",\"kty\":\"OKP\",\"x\":\"" X "\"}",
    };
    for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++)
        assert_string_equal(thumbprint(arena, spellings[i]).base,
                            "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

static void is_another_for_another_key(void **state)
{
    struct arena *arena = fixture_arena(state);
    struct text ec = fixture_jwk(arena, fixture_key(ALGORITHM_ES256), "a", ALGORITHM_ES256);
    struct text renamed = fixture_jwk(arena, fixture_key(ALGORITHM_ES256), "b", ALGORITHM_NONE_KNOWN);
    struct text other = fixture_jwk(arena, fixture_other_key(ALGORITHM_ES256), "a", ALGORITHM_ES256);
    assert_true(text_equal(thumbprint(arena, ec.base), thumbprint(arena, renamed.base)));
    assert_false(text_equal(thumbprint(arena, ec.base), thumbprint(arena, other.base)));
}

static void refuses_keys_without_one_spelling(void **state)
{
    static const char *const jwks[] = {
        "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"ANdamAGCsQq31Uv-08lkBzoO4XLz2qYjJa8CGmj3B1Ea\",\"y\":\"" X
        "\"}",
        "{\"kty\":\"RSA\",\"n\":\"" RSA_N "\",\"e\":\"AAEAAQ\"}",
        "{\"kty\":\"RSA\",\"n\":\"" RSA_N "=\",\"e\":\"AQAB\"}",
        "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" X "\\n\"}",
        "{\"kty\":\"OKP\",\"crv\":\"Ed25519\"}",
        "{\"kty\":\"oct\",\"k\":\"AAAA\"}",
        "{}",
        "[]",
    };
    struct arena *arena = fixture_arena(state);
    struct text out = TEXT_NONE;
    for (size_t i = 0; i < sizeof(jwks) / sizeof(jwks[0]); i++)
        assert_int_equal(jwk_thumbprint(arena, fixture_json(arena, jwks[i]), &out), FAULT_KEY_INVALID);
    assert_null(out.base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_the_example_of_rfc_7638),
        cmocka_unit_test(agrees_with_the_example_of_rfc_8037),
        cmocka_unit_test(does_not_depend_on_order_other_members_or_escapes),
        cmocka_unit_test(is_another_for_another_key),
        cmocka_unit_test(refuses_keys_without_one_spelling),
    };
    return cmocka_run_group_tests_name("jose/thumbprint", tests, fixture_begin, fixture_end);
}

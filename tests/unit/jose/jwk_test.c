/* Which JWKs become keys, with which algorithm, and which never do. */
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <string.h>

#include "base/base64url.h"
#include "token_fixture.h"

static struct text member_of(struct arena *arena, const EVP_PKEY *key, const char *name)
{
    struct text jwk = fixture_jwk(arena, key, NULL, ALGORITHM_NONE_KNOWN);
    return json_string(json_member(fixture_json(arena, jwk.base), text_of(name)));
}

static enum fault read_key(struct arena *arena, struct text jwk, enum algorithm rsa_algorithm,
                           struct public_key *key)
{
    return jwk_read(fixture_json(arena, jwk.base), rsa_algorithm, key);
}

static void expect(struct arena *arena, struct text jwk, enum fault expected)
{
    struct public_key key;
    enum fault fault = read_key(arena, jwk, ALGORITHM_RS256, &key);
    if (fault != expected)
        fail_msg("%s: %s", jwk.base, fault_row(fault)->reason);
    if (fault != FAULT_NONE)
        assert_null(key.key);
    public_key_dispose(&key);
}

static void reads_back_what_is_written_for_every_algorithm(void **state)
{
    struct arena *arena = fixture_arena(state);
    for (enum algorithm algorithm = ALGORITHM_RS256; algorithm < ALGORITHM_COUNT; algorithm++) {
        struct public_key key;
        struct text jwk = fixture_jwk(arena, fixture_key(algorithm), "k1", algorithm);
        assert_int_equal(read_key(arena, jwk, ALGORITHM_NONE_KNOWN, &key), FAULT_NONE);
        assert_int_equal(key.algorithm, algorithm);
        assert_true(text_is(key.id, "k1"));
        assert_int_equal(EVP_PKEY_eq(key.key, fixture_key(algorithm)), 1);
        assert_true(text_equal(fixture_jwk(arena, key.key, "k1", algorithm), jwk));
        public_key_dispose(&key);
        assert_null(key.key);
    }
}

static void gives_a_key_without_alg_the_only_one_its_kind_can_do(void **state)
{
    static const enum algorithm only[] = {ALGORITHM_ES256, ALGORITHM_ES384, ALGORITHM_ES512, ALGORITHM_EDDSA};
    struct arena *arena = fixture_arena(state);
    struct public_key key;
    for (size_t i = 0; i < sizeof(only) / sizeof(only[0]); i++) {
        struct text jwk = fixture_jwk(arena, fixture_key(only[i]), NULL, ALGORITHM_NONE_KNOWN);
        assert_int_equal(read_key(arena, jwk, ALGORITHM_RS256, &key), FAULT_NONE);
        assert_int_equal(key.algorithm, only[i]);
        assert_null(key.id.base);
        public_key_dispose(&key);
    }
}

static void gives_an_rsa_key_without_alg_the_one_its_owner_is_configured_for(void **state)
{
    struct arena *arena = fixture_arena(state);
    struct public_key key;
    struct text without = fixture_jwk(arena, fixture_key(ALGORITHM_RS256), NULL, ALGORITHM_NONE_KNOWN);
    assert_int_equal(read_key(arena, without, ALGORITHM_PS384, &key), FAULT_NONE);
    assert_int_equal(key.algorithm, ALGORITHM_PS384);
    public_key_dispose(&key);
    assert_int_equal(read_key(arena, without, ALGORITHM_NONE_KNOWN, &key), FAULT_KEY_INVALID);
    assert_int_equal(read_key(arena, without, ALGORITHM_ES256, &key), FAULT_KEY_INVALID);
    struct text with = fixture_jwk(arena, fixture_key(ALGORITHM_RS256), NULL, ALGORITHM_PS256);
    assert_int_equal(read_key(arena, with, ALGORITHM_RS256, &key), FAULT_NONE);
    assert_int_equal(key.algorithm, ALGORITHM_PS256);
    public_key_dispose(&key);
}

/* An EC key of P-256 with these members added. */
static struct text with_members(struct arena *arena, const char *members)
{
    EVP_PKEY *key = fixture_key(ALGORITHM_ES256);
    struct text x = member_of(arena, key, "x"), y = member_of(arena, key, "y");
    return arena_print(arena, "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"%s\",\"y\":\"%s\"%s}", x.base, y.base,
                       members);
}

static void reads_members_that_agree_and_refuses_those_that_do_not(void **state)
{
    static const struct {
        const char *members;
        enum fault expected;
    } cases[] = {
        {"", FAULT_NONE},
        {",\"use\":\"sig\",\"alg\":\"ES256\",\"key_ops\":[\"verify\"]", FAULT_NONE},
        {",\"key_ops\":[\"sign\",\"verify\"]", FAULT_NONE},
        {",\"x5c\":[\"AAAA\"],\"x5t\":\"a\",\"issuer\":\"https://a.example\",\"exp\":7", FAULT_NONE},
        {",\"use\":\"enc\"", FAULT_KEY_INVALID},
        {",\"use\":\"SIG\"", FAULT_KEY_INVALID},
        {",\"use\":\"\"", FAULT_KEY_INVALID},
        {",\"use\":[\"sig\"]", FAULT_KEY_INVALID},
        {",\"use\":null", FAULT_KEY_INVALID},
        {",\"key_ops\":[]", FAULT_KEY_INVALID},
        {",\"key_ops\":[\"sign\"]", FAULT_KEY_INVALID},
        {",\"key_ops\":[\"encrypt\",\"wrapKey\"]", FAULT_KEY_INVALID},
        {",\"key_ops\":\"verify\"", FAULT_KEY_INVALID},
        {",\"key_ops\":[\"verify\",\"verify\"]", FAULT_KEY_INVALID},
        {",\"key_ops\":[\"verify\",7]", FAULT_KEY_INVALID},
        {",\"key_ops\":[\"verify\",\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\"]", FAULT_KEY_INVALID},
        {",\"alg\":\"ES384\"", FAULT_KEY_INVALID},
        {",\"alg\":\"ES256K\"", FAULT_KEY_INVALID},
        {",\"alg\":\"RS256\"", FAULT_KEY_INVALID},
        {",\"alg\":\"HS256\"", FAULT_KEY_INVALID},
        {",\"alg\":\"none\"", FAULT_KEY_INVALID},
        {",\"alg\":\"es256\"", FAULT_KEY_INVALID},
        {",\"alg\":null", FAULT_KEY_INVALID},
        {",\"alg\":[\"ES256\"]", FAULT_KEY_INVALID},
        {",\"alg\":\"ECDH-ES\"", FAULT_KEY_INVALID},
        {",\"kid\":\"\"", FAULT_KEY_INVALID},
        {",\"kid\":7", FAULT_KEY_INVALID},
        {",\"kid\":\"a\\u0007\"", FAULT_KEY_INVALID},
        {",\"kid\":\"../../x\"", FAULT_NONE},
        /* private members: the owner's only, whatever they hold */
        {",\"d\":\"AQ\"", FAULT_KEY_INVALID},
        {",\"d\":null", FAULT_KEY_INVALID},
        {",\"k\":\"AQ\"", FAULT_KEY_INVALID},
        {",\"p\":\"AQ\"", FAULT_KEY_INVALID},
        {",\"q\":\"AQ\"", FAULT_KEY_INVALID},
        {",\"dp\":\"AQ\"", FAULT_KEY_INVALID},
        {",\"dq\":\"AQ\"", FAULT_KEY_INVALID},
        {",\"qi\":\"AQ\"", FAULT_KEY_INVALID},
        {",\"oth\":[]", FAULT_KEY_INVALID},
        {",\"priv\":\"AQ\"", FAULT_KEY_INVALID},
    };
    struct arena *arena = fixture_arena(state);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        expect(arena, with_members(arena, cases[i].members), cases[i].expected);
    char id[514];
    memset(id, 'k', sizeof(id));
    expect(arena, with_members(arena, arena_print(arena, ",\"kid\":\"%.*s\"", 512, id).base), FAULT_NONE);
    expect(arena, with_members(arena, arena_print(arena, ",\"kid\":\"%.*s\"", 513, id).base),
           FAULT_KEY_INVALID);
}

static void refuses_other_kinds_of_key(void **state)
{
    static const char *const jwks[] = {
        "{\"kty\":\"oct\",\"k\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\",\"alg\":\"HS256\"}",
        "{\"kty\":\"oct\",\"alg\":\"RS256\"}",
        "{\"kty\":\"AKP\",\"alg\":\"ML-DSA-44\",\"pub\":\"AA\"}",
        "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
        "{\"kty\":\"OKP\",\"crv\":\"Ed448\",\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
        "{\"kty\":\"OKP\",\"crv\":\"Ed25519\"}",
        "{\"kty\":\"ec\",\"crv\":\"P-256\"}",
        "{\"kty\":7}",
        "{}",
        "[]",
        "\"EC\"",
        "null",
    };
    struct arena *arena = fixture_arena(state);
    struct public_key key;
    for (size_t i = 0; i < sizeof(jwks) / sizeof(jwks[0]); i++)
        assert_int_equal(jwk_read(fixture_json(arena, jwks[i]), ALGORITHM_RS256, &key), FAULT_KEY_INVALID);
    assert_int_equal(jwk_read(NULL, ALGORITHM_RS256, &key), FAULT_KEY_INVALID);
}

static struct text ec_key(struct arena *arena, const char *crv, const unsigned char *x, size_t x_length,
                          const unsigned char *y, size_t y_length)
{
    return arena_print(arena, "{\"kty\":\"EC\",\"crv\":\"%s\",\"x\":\"%s\",\"y\":\"%s\"}", crv,
                       base64url_encode_text(arena, x, x_length).base,
                       base64url_encode_text(arena, y, y_length).base);
}

static void refuses_points_that_are_not_on_their_curve(void **state)
{
    struct arena *arena = fixture_arena(state);
    unsigned char x[66] = {0}, y[66] = {0};
    size_t length = 0;
    assert_true(base64url_decode(member_of(arena, fixture_key(ALGORITHM_ES256), "x"), x, &length));
    assert_true(base64url_decode(member_of(arena, fixture_key(ALGORITHM_ES256), "y"), y, &length));
    expect(arena, ec_key(arena, "P-256", x, 32, y, 32), FAULT_NONE);
    y[31] ^= 1;
    expect(arena, ec_key(arena, "P-256", x, 32, y, 32), FAULT_KEY_INVALID);
    memset(x, 0, 32);
    memset(y, 0, 32);
    expect(arena, ec_key(arena, "P-256", x, 32, y, 32),
           FAULT_KEY_INVALID); /* the point at infinity's relatives */
    memset(x, 0xff, 32);
    memset(y, 0xff, 32);
    expect(arena, ec_key(arena, "P-256", x, 32, y, 32), FAULT_KEY_INVALID); /* beyond the field */
}

static void refuses_coordinates_of_another_length_or_curve(void **state)
{
    struct arena *arena = fixture_arena(state);
    unsigned char x[67] = {0}, y[67] = {0};
    size_t length = 0;
    assert_true(base64url_decode(member_of(arena, fixture_key(ALGORITHM_ES256), "x"), x + 1, &length));
    assert_true(base64url_decode(member_of(arena, fixture_key(ALGORITHM_ES256), "y"), y + 1, &length));
    expect(arena, ec_key(arena, "P-256", x + 1, 32, y + 1, 32), FAULT_NONE);
    expect(arena, ec_key(arena, "P-256", x, 33, y + 1, 32), FAULT_KEY_INVALID); /* padded with a zero */
    expect(arena, ec_key(arena, "P-256", x + 1, 32, y, 33), FAULT_KEY_INVALID);
    expect(arena, ec_key(arena, "P-256", x + 1, 31, y + 1, 32), FAULT_KEY_INVALID);
    expect(arena, ec_key(arena, "P-256", x + 1, 32, y + 1, 31), FAULT_KEY_INVALID);
    expect(arena, ec_key(arena, "P-384", x + 1, 32, y + 1, 32), FAULT_KEY_INVALID);
    expect(arena, ec_key(arena, "secp256k1", x + 1, 32, y + 1, 32), FAULT_KEY_INVALID);
    expect(arena, ec_key(arena, "p-256", x + 1, 32, y + 1, 32), FAULT_KEY_INVALID);
    expect(arena, ec_key(arena, "Ed25519", x + 1, 32, y + 1, 32), FAULT_KEY_INVALID);
}

static struct text rsa_key(struct arena *arena, const unsigned char *n, size_t n_length, const unsigned char *e,
                           size_t e_length)
{
    return arena_print(arena, "{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"%s\"}",
                       base64url_encode_text(arena, n, n_length).base,
                       base64url_encode_text(arena, e, e_length).base);
}

static void bounds_the_size_of_rsa_keys(void **state)
{
    static const struct {
        size_t bytes;
        unsigned char first;
        enum fault expected;
    } cases[] = {
        {64, 0x80, FAULT_KEY_INVALID},  {128, 0x80, FAULT_KEY_INVALID},  {255, 0xff, FAULT_KEY_INVALID},
        {256, 0x7f, FAULT_KEY_INVALID}, {256, 0x80, FAULT_NONE},         {512, 0x80, FAULT_NONE},
        {1024, 0xff, FAULT_NONE},       {1025, 0x01, FAULT_KEY_INVALID}, {2048, 0x80, FAULT_KEY_INVALID},
    };
    struct arena *arena = fixture_arena(state);
    unsigned char n[2048];
    memset(n, 0x5b, sizeof(n)); /* odd */
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        n[0] = cases[i].first;
        expect(arena, rsa_key(arena, n, cases[i].bytes, (const unsigned char *)"\x01\x00\x01", 3),
               cases[i].expected);
    }
}

static void refuses_bad_rsa_numbers(void **state)
{
    static const struct {
        unsigned char bytes[8];
        size_t length;
        enum fault expected;
    } exponents[] = {
        {{0x01, 0x00, 0x01}, 3, FAULT_NONE},
        {{0xff, 0xff, 0xff, 0xff}, 4, FAULT_NONE},
        {{0x01}, 1, FAULT_KEY_INVALID},
        {{0x03}, 1, FAULT_KEY_INVALID},
        {{0xff, 0xff}, 2, FAULT_KEY_INVALID},
        {{0x01, 0x00, 0x00}, 3, FAULT_KEY_INVALID},
        {{0x01, 0x00, 0x02}, 3, FAULT_KEY_INVALID},
        {{0x00, 0x01, 0x00, 0x01}, 4, FAULT_KEY_INVALID}, /* padded */
        {{0x01, 0x00, 0x00, 0x00, 0x01}, 5, FAULT_KEY_INVALID},
        {{0x00}, 1, FAULT_KEY_INVALID},
        {{0x00}, 0, FAULT_KEY_INVALID},
    };
    struct arena *arena = fixture_arena(state);
    unsigned char n[257] = {0};
    memset(n + 1, 0xc5, 256);
    for (size_t i = 0; i < sizeof(exponents) / sizeof(exponents[0]); i++)
        expect(arena, rsa_key(arena, n + 1, 256, exponents[i].bytes, exponents[i].length),
               exponents[i].expected);
    const unsigned char *e = exponents[0].bytes;
    expect(arena, rsa_key(arena, n, 257, e, 3), FAULT_KEY_INVALID); /* padded */
    n[256] = 0xc4;
    expect(arena, rsa_key(arena, n + 1, 256, e, 3), FAULT_KEY_INVALID); /* even */
    struct text good = member_of(arena, fixture_key(ALGORITHM_RS256), "n");
    expect(arena, arena_print(arena, "{\"kty\":\"RSA\",\"n\":\"%s=\",\"e\":\"AQAB\"}", good.base),
           FAULT_KEY_INVALID);
    expect(arena, arena_print(arena, "{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":65537}", good.base),
           FAULT_KEY_INVALID);
    expect(arena, arena_print(arena, "{\"kty\":\"RSA\",\"n\":\"%s\"}", good.base), FAULT_KEY_INVALID);
}

#define JWK_TEST(test) cmocka_unit_test_setup_teardown(test, fixture_begin, fixture_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        JWK_TEST(reads_back_what_is_written_for_every_algorithm),
        JWK_TEST(gives_a_key_without_alg_the_only_one_its_kind_can_do),
        JWK_TEST(gives_an_rsa_key_without_alg_the_one_its_owner_is_configured_for),
        JWK_TEST(reads_members_that_agree_and_refuses_those_that_do_not),
        JWK_TEST(refuses_other_kinds_of_key),
        JWK_TEST(refuses_points_that_are_not_on_their_curve),
        JWK_TEST(refuses_coordinates_of_another_length_or_curve),
        JWK_TEST(bounds_the_size_of_rsa_keys),
        JWK_TEST(refuses_bad_rsa_numbers),
    };
    return cmocka_run_group_tests_name("jose/jwk", tests, NULL, NULL);
}

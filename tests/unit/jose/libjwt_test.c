/* Another program's opinion: libjwt verifies what we sign and we verify what it signs, for every algorithm both
 * know. Only calls that its versions 1.10 and 1.17 share; it can only do typ "JWT". */
#include <jwt.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "jose/jwt.h"
#include "token_fixture.h"

static const struct {
    enum algorithm ours;
    jwt_alg_t theirs;
} shared[] = {
    {ALGORITHM_RS256, JWT_ALG_RS256}, {ALGORITHM_RS384, JWT_ALG_RS384}, {ALGORITHM_RS512, JWT_ALG_RS512},
    {ALGORITHM_ES256, JWT_ALG_ES256}, {ALGORITHM_ES384, JWT_ALG_ES384}, {ALGORITHM_ES512, JWT_ALG_ES512},
};
enum { SHARED = sizeof(shared) / sizeof(shared[0]), ROUNDS = 20 };

static struct text pem(struct arena *arena, EVP_PKEY *key, bool is_private)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *bytes = NULL;
    if (is_private)
        assert_int_equal(PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL), 1);
    else
        assert_int_equal(PEM_write_bio_PUBKEY(bio, key), 1);
    long length = BIO_get_mem_data(bio, &bytes);
    struct text copy = arena_copy(arena, (struct text){bytes, (size_t)length});
    BIO_free(bio);
    return copy;
}

static jwt_t *decode(struct text token, struct text key)
{
    jwt_t *jwt = NULL;
    return jwt_decode(&jwt, token.base, (const unsigned char *)key.base, (int)key.length) == 0 ? jwt : NULL;
}

static void signs_what_libjwt_verifies(void **state)
{
    struct arena *arena = fixture_arena(state);
    for (size_t i = 0; i < SHARED; i++) {
        EVP_PKEY *key = fixture_key(shared[i].ours);
        for (int round = 0; round < ROUNDS; round++) {
            unsigned char signature[SIGNATURE_SIZE_MAX];
            size_t length = 0;
            struct text payload = arena_print(arena, "{\"sub\":\"agent %d\",\"exp\":4000000000}", round);
            struct text input = jws_signing_input(arena, shared[i].ours, TEXT("k1"), TEXT("JWT"), payload);
            assert_true(algorithm_sign(shared[i].ours, key, input, signature, &length));
            struct text token = jws_assemble(arena, input, signature, length);
            jwt_t *jwt = decode(token, pem(arena, key, false));
            assert_non_null(jwt);
            assert_int_equal(jwt_get_alg(jwt), shared[i].theirs);
            assert_string_equal(jwt_get_header(jwt, "kid"), "k1");
            assert_string_equal(jwt_get_grant(jwt, "sub"), arena_print(arena, "agent %d", round).base);
            jwt_free(jwt);
            jwt = decode(token, pem(arena, fixture_other_key(shared[i].ours), false));
            assert_null(jwt);
        }
    }
}

static struct text encode(struct arena *arena, size_t which, int round)
{
    struct text key = pem(arena, fixture_key(shared[which].ours), true);
    jwt_t *jwt = NULL;
    assert_int_equal(jwt_new(&jwt), 0);
    assert_int_equal(jwt_set_alg(jwt, shared[which].theirs, (const unsigned char *)key.base, (int)key.length),
                     0);
    assert_int_equal(jwt_add_grant(jwt, "iss", "https://idp.example"), 0);
    assert_int_equal(jwt_add_grant_int(jwt, "exp", 4000000000 + round), 0);
    char *encoded = jwt_encode_str(jwt);
    jwt_free(jwt);
    assert_non_null(encoded);
    struct text token = arena_copy(arena, text_of(encoded));
    free(encoded);
    return token;
}

static void verifies_what_libjwt_signs(void **state)
{
    struct arena *arena = fixture_arena(state);
    for (size_t i = 0; i < SHARED; i++) {
        struct public_key key = fixture_public_key(arena, shared[i].ours);
        struct public_key other = {.algorithm = shared[i].ours, .key = fixture_other_key(shared[i].ours)};
        for (int round = 0; round < ROUNDS; round++) {
            struct text token = encode(arena, i, round);
            struct jws jws;
            struct jwt_claims claims;
            assert_int_equal(jws_parse(arena, token, &jws), FAULT_NONE);
            assert_int_equal(jws_verify(&jws, &key), FAULT_NONE);
            assert_int_equal(jws_verify(&jws, &other), FAULT_TOKEN_SIGNATURE);
            assert_true(jws_type_is(&jws, "JWT"));
            assert_int_equal(jwt_claims_read(arena, jws.payload, &claims), FAULT_NONE);
            assert_true(text_is(claims.issuer, "https://idp.example"));
            assert_int_equal(claims.expires_at_s, 4000000000 + round);
        }
        public_key_dispose(&key);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signs_what_libjwt_verifies),
        cmocka_unit_test(verifies_what_libjwt_signs),
    };
    return cmocka_run_group_tests_name("jose/libjwt", tests, fixture_begin, fixture_end);
}

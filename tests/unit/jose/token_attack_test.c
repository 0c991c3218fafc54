/* Forgeries that libraries of this field have accepted, each as it would arrive: made with what an attacker
 * has, shown to a verifier with an ordinary key set. */
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>

#include "base/base64url.h"
#include "jose/jwt.h"
#include "jose/key_set.h"
#include "keys/public_jwk.h"
#include "token_fixture.h"

#define CLAIMS "{\"iss\":\"https://idp.example\",\"sub\":\"admin\",\"aud\":\"us\",\"exp\":4000000000}"

/* Whoever verifies does these three steps. */
static enum fault show(struct arena *arena, const struct key_set *set, struct text token)
{
    struct jws jws;
    TRY(jws_parse(arena, token, &jws));
    const struct public_key *key = key_set_find(set, jws.key_id, jws.algorithm);
    return key == NULL ? FAULT_TOKEN_KEY_UNKNOWN : jws_verify(&jws, key);
}

static struct key_set *published(struct arena *arena)
{
    struct key_set *set = NULL;
    struct text document =
        arena_print(arena, "{\"keys\":[%s,%s]}",
                    fixture_jwk(arena, fixture_key(ALGORITHM_RS256), "rsa", ALGORITHM_RS256).base,
                    fixture_jwk(arena, fixture_key(ALGORITHM_ES256), "ec", ALGORITHM_ES256).base);
    assert_int_equal(key_set_read(document, ALGORITHM_RS256, &set), FAULT_NONE);
    return set;
}

static struct text with_mac(struct arena *arena, const char *header, const void *secret, size_t length)
{
    unsigned char mac[32];
    unsigned size = sizeof(mac);
    struct text input = fixture_input(arena, header, CLAIMS);
    assert_non_null(
        HMAC(EVP_sha256(), secret, (int)length, (const unsigned char *)input.base, input.length, mac, &size));
    return fixture_with_signature(arena, input, mac, sizeof(mac));
}

static void expect_no_mac(struct arena *arena, const void *secret, size_t length)
{
    static const char *const headers[] = {
        "{\"alg\":\"HS256\",\"kid\":\"rsa\"}", "{\"alg\":\"HS256\"}", "{\"alg\":\"RS256\",\"kid\":\"rsa\"}",
        "{\"alg\":\"hs256\",\"kid\":\"ec\"}", "{\"alg\":\"ES256\",\"kid\":\"ec\"}"};
    struct key_set *set = published(arena);
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
        assert_int_not_equal(show(arena, set, with_mac(arena, headers[i], secret, length)), FAULT_NONE);
    key_set_release(set);
}

static void refuses_a_mac_made_with_a_public_key_as_its_secret(void **state)
{
    static const enum algorithm algorithms[] = {ALGORITHM_RS256, ALGORITHM_ES256};
    struct arena *arena = fixture_arena(state);
    for (size_t i = 0; i < 2; i++) {
        EVP_PKEY *key = fixture_key(algorithms[i]);
        BIO *pem = BIO_new(BIO_s_mem());
        char *text = NULL;
        unsigned char *der = NULL;
        assert_int_equal(PEM_write_bio_PUBKEY(pem, key), 1);
        long length = BIO_get_mem_data(pem, &text);
        expect_no_mac(arena, text, (size_t)length);
        expect_no_mac(arena, text, (size_t)length - 1); /* without its last line end */
        BIO_free(pem);
        int der_length = i2d_PUBKEY(key, &der);
        expect_no_mac(arena, der, (size_t)der_length);
        OPENSSL_free(der);
        struct text jwk = fixture_jwk(arena, key, "rsa", algorithms[i]);
        expect_no_mac(arena, jwk.base, jwk.length);
    }
}

static void refuses_a_mac_under_an_empty_or_short_secret(void **state)
{
    expect_no_mac(fixture_arena(state), "", 0);
    expect_no_mac(fixture_arena(state), "a", 1);
    expect_no_mac(fixture_arena(state), "secret", 6);
}

static void refuses_tokens_without_a_signature(void **state)
{
    static const char *const algorithms[] = {"none", "None", "NONE", "nOnE", "noNE", "", "RS256", "ES256"};
    struct arena *arena = fixture_arena(state);
    struct key_set *set = published(arena);
    for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++)
        for (int with_id = 0; with_id < 2; with_id++) {
            struct text header =
                arena_print(arena, "{\"alg\":\"%s\"%s}", algorithms[i], with_id ? ",\"kid\":\"rsa\"" : "");
            struct text input = fixture_input(arena, header.base, CLAIMS);
            assert_int_not_equal(show(arena, set, input), FAULT_NONE);
            assert_int_not_equal(show(arena, set, arena_print(arena, "%s.", input.base)), FAULT_NONE);
            assert_int_not_equal(show(arena, set, arena_print(arena, "%s.AA", input.base)), FAULT_NONE);
        }
    key_set_release(set);
}

static void refuses_zero_signatures(void **state)
{
    struct arena *arena = fixture_arena(state);
    struct key_set *set = published(arena);
    static const unsigned char zeros[256];
    struct text ec = fixture_input(arena, "{\"alg\":\"ES256\",\"kid\":\"ec\"}", CLAIMS);
    struct text rsa = fixture_input(arena, "{\"alg\":\"RS256\",\"kid\":\"rsa\"}", CLAIMS);
    assert_int_equal(show(arena, set, fixture_with_signature(arena, ec, zeros, 64)), FAULT_TOKEN_SIGNATURE);
    assert_int_equal(show(arena, set, fixture_with_signature(arena, rsa, zeros, 256)), FAULT_TOKEN_SIGNATURE);
    key_set_release(set);
}

static void never_uses_a_key_that_came_with_the_token(void **state)
{
    struct arena *arena = fixture_arena(state);
    struct key_set *set = published(arena);
    EVP_PKEY *attacker = fixture_other_key(ALGORITHM_ES256);
    unsigned char signature[SIGNATURE_SIZE_MAX];
    size_t length = 0;
    static const char *const members[] = {"\"jwk\":%s", "\"jwk\":%s,\"kid\":\"ec\"",
                                          "\"jku\":\"https://attacker.example/jwks\",\"kid\":\"ec\",\"x\":%s",
                                          "\"x5u\":\"http://127.0.0.1/\",\"kid\":\"mine\",\"x\":%s"};
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        SCOPED_BUFFER header = {0};
        struct text jwk = fixture_jwk(arena, attacker, "mine", ALGORITHM_ES256);
        const char *place = strstr(members[i], "%s");
        buffer_print(&header, "{\"alg\":\"ES256\",%.*s%s%s}", (int)(place - members[i]), members[i], jwk.base,
                     place + 2);
        struct text input = fixture_input(arena, arena_copy(arena, buffer_text(&header)).base, CLAIMS);
        assert_true(algorithm_sign(ALGORITHM_ES256, attacker, input, signature, &length));
        assert_int_not_equal(show(arena, set, fixture_with_signature(arena, input, signature, length)),
                             FAULT_NONE);
    }
    key_set_release(set);
}

static void refuses_a_token_signed_on_another_curve_than_it_names(void **state)
{
    struct arena *arena = fixture_arena(state);
    struct key_set *set = NULL;
    struct text jwk = fixture_jwk(arena, fixture_key(ALGORITHM_ES384), "p384", ALGORITHM_NONE_KNOWN);
    assert_int_equal(key_set_read(arena_print(arena, "{\"keys\":[%s]}", jwk.base), ALGORITHM_RS256, &set),
                     FAULT_NONE);
    /* SHA-256 with a P-384 key, as a library signs that takes the curve from the key. */
    struct text input = fixture_input(arena, "{\"alg\":\"ES256\",\"kid\":\"p384\"}", CLAIMS);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned char der[160];
    size_t length = sizeof(der);
    assert_int_equal(EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, fixture_key(ALGORITHM_ES384)), 1);
    assert_int_equal(EVP_DigestSign(context, der, &length, (const unsigned char *)input.base, input.length), 1);
    EVP_MD_CTX_free(context);
    const unsigned char *at = der;
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)length);
    unsigned char raw[96];
    assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(pair), raw, 48), 48);
    assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(pair), raw + 48, 48), 48);
    ECDSA_SIG_free(pair);
    assert_int_equal(show(arena, set, fixture_with_signature(arena, input, raw, sizeof(raw))),
                     FAULT_TOKEN_ALGORITHM);
    key_set_release(set);
}

static void finds_no_key_in_a_set_of_weak_ones(void **state)
{
    struct arena *arena = fixture_arena(state);
    EVP_PKEY *weak = EVP_RSA_gen(1024);
    struct key_set *set = NULL;
    struct text jwk = fixture_jwk(arena, weak, "weak", ALGORITHM_RS256);
    assert_int_equal(key_set_read(arena_print(arena, "{\"keys\":[%s]}", jwk.base), ALGORITHM_RS256, &set),
                     FAULT_KEY_INVALID);
    EVP_PKEY_free(weak);
}

static void refuses_an_rsa_signature_in_the_other_padding(void **state)
{
    struct arena *arena = fixture_arena(state);
    struct key_set *set = published(arena);
    unsigned char signature[SIGNATURE_SIZE_MAX];
    size_t length = 0;
    /* The key is for RS256: neither a PS256 token nor a PSS signature under an RS256 header is its. */
    static const char *const headers[] = {"{\"alg\":\"PS256\",\"kid\":\"rsa\"}",
                                          "{\"alg\":\"RS256\",\"kid\":\"rsa\"}", "{\"alg\":\"PS256\"}"};
    static const enum fault expected[] = {FAULT_TOKEN_ALGORITHM, FAULT_TOKEN_SIGNATURE,
                                          FAULT_TOKEN_KEY_UNKNOWN};
    for (size_t i = 0; i < 3; i++) {
        struct text input = fixture_input(arena, headers[i], CLAIMS);
        assert_true(algorithm_sign(ALGORITHM_PS256, fixture_key(ALGORITHM_PS256), input, signature, &length));
        assert_int_equal(show(arena, set, fixture_with_signature(arena, input, signature, length)),
                         expected[i]);
    }
    key_set_release(set);
}

static void refuses_encrypted_and_nested_tokens(void **state)
{
    struct arena *arena = fixture_arena(state);
    struct key_set *set = published(arena);
    /* RFC 7516 section 3.3 in shape: five segments. */
    assert_int_equal(
        show(arena, set, fixture_input(arena, "{\"alg\":\"RSA-OAEP\",\"enc\":\"A256GCM\"}", "a.b.c.d")),
        FAULT_TOKEN_MALFORMED);
    assert_int_equal(
        show(arena, set, TEXT("eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.OKOa.48V1.5eym.XFBo")),
        FAULT_TOKEN_MALFORMED);
    /* A signed token in a signed token has no claims. */
    struct jws jws;
    struct jwt_claims claims;
    struct text inner = fixture_signed(arena, ALGORITHM_ES256, "{\"alg\":\"ES256\",\"kid\":\"ec\"}", CLAIMS);
    struct text outer = fixture_signed(arena, ALGORITHM_ES256,
                                       "{\"alg\":\"ES256\",\"kid\":\"ec\",\"cty\":\"JWT\"}", inner.base);
    assert_int_equal(show(arena, set, outer), FAULT_NONE);
    assert_int_equal(jws_parse(arena, outer, &jws), FAULT_NONE);
    assert_int_equal(jwt_claims_read(arena, jws.payload, &claims), FAULT_TOKEN_CLAIMS);
    key_set_release(set);
}

#define TOKEN_ATTACK_TEST(test) cmocka_unit_test_setup_teardown(test, fixture_begin, fixture_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TOKEN_ATTACK_TEST(refuses_a_mac_made_with_a_public_key_as_its_secret),
        TOKEN_ATTACK_TEST(refuses_a_mac_under_an_empty_or_short_secret),
        TOKEN_ATTACK_TEST(refuses_tokens_without_a_signature),
        TOKEN_ATTACK_TEST(refuses_zero_signatures),
        TOKEN_ATTACK_TEST(never_uses_a_key_that_came_with_the_token),
        TOKEN_ATTACK_TEST(refuses_a_token_signed_on_another_curve_than_it_names),
        TOKEN_ATTACK_TEST(finds_no_key_in_a_set_of_weak_ones),
        TOKEN_ATTACK_TEST(refuses_an_rsa_signature_in_the_other_padding),
        TOKEN_ATTACK_TEST(refuses_encrypted_and_nested_tokens),
    };
    return cmocka_run_group_tests_name("jose/token_attack", tests, NULL, NULL);
}

/* Every algorithm both ways, and everything that must not verify. */
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <string.h>

#include "key_fixture.h"

static const struct text message = {"eyJhbGciOiJFUzI1NiJ9.e30", 24};

struct signature {
    unsigned char bytes[SIGNATURE_SIZE_MAX];
    size_t length;
};

static struct text text_of_signature(const struct signature *signature)
{
    return (struct text){(const char *)signature->bytes, signature->length};
}

static struct signature sign(enum algorithm algorithm, enum fixture_key which)
{
    struct signature signature;
    assert_true(algorithm_sign(algorithm, fixture_key(which), message, signature.bytes, &signature.length));
    return signature;
}

static bool verifies(enum algorithm algorithm, enum fixture_key which, const struct signature *signature)
{
    bool is_valid = algorithm_verify(algorithm, fixture_key(which), message, text_of_signature(signature));
    assert_int_equal(ERR_peek_error(), 0);
    return is_valid;
}

static void knows_its_names_and_no_other_spelling_of_them(void **state)
{
    (void)state;
    static const char *const unknown[] = {"none",   "None",   "nONE",  "NONE",    "noNE",  "HS256",
                                          "HS384",  "HS512",  "es256", "Es256",   "rs256", "ES256K",
                                          "ES256 ", " ES256", "eddsa", "ed25519", "",      "RSA1_5"};
    for (enum algorithm algorithm = ALGORITHM_RS256; algorithm < ALGORITHM_COUNT; algorithm++)
        assert_int_equal(algorithm_parse(algorithm_name(algorithm)), algorithm);
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
        assert_int_equal(algorithm_parse(text_of(unknown[i])), ALGORITHM_NONE_KNOWN);
    assert_int_equal(algorithm_parse(TEXT_NONE), ALGORITHM_NONE_KNOWN);
    assert_int_equal(algorithm_parse((struct text){"ES256\0", 6}), ALGORITHM_NONE_KNOWN);
    assert_null(algorithm_name(ALGORITHM_NONE_KNOWN).base);
    assert_null(algorithm_name(ALGORITHM_COUNT).base);
}

static void holds_the_two_names_of_ed25519_for_one_and_nothing_else(void **state)
{
    (void)state;
    assert_true(algorithm_is_same(ALGORITHM_ES256, ALGORITHM_ES256));
    assert_true(algorithm_is_same(ALGORITHM_EDDSA, ALGORITHM_ED25519));
    assert_true(algorithm_is_same(ALGORITHM_ED25519, ALGORITHM_EDDSA));
    assert_false(algorithm_is_same(ALGORITHM_RS256, ALGORITHM_PS256));
    assert_false(algorithm_is_same(ALGORITHM_NONE_KNOWN, ALGORITHM_NONE_KNOWN));
}

static void verifies_what_it_signed_and_not_one_bit_else(void **state)
{
    (void)state;
    for (enum algorithm algorithm = ALGORITHM_RS256; algorithm < ALGORITHM_COUNT; algorithm++) {
        enum fixture_key which = fixture_key_for(algorithm);
        struct signature signature = sign(algorithm, which);
        assert_true(verifies(algorithm, which, &signature));
        assert_false(algorithm_verify(algorithm, fixture_key(which), TEXT("eyJhbGciOiJFUzI1NiJ9.e31"),
                                      text_of_signature(&signature)));
        for (size_t at = 0; at < signature.length; at += 7) {
            signature.bytes[at] ^= 1;
            assert_false(verifies(algorithm, which, &signature));
            signature.bytes[at] ^= 1;
        }
        assert_true(verifies(algorithm, which, &signature));
    }
}

static void signs_with_the_exact_lengths_of_the_specification(void **state)
{
    (void)state;
    for (int round = 0; round < 300; round++) /* one in 128 has a coordinate with a leading zero byte */
        assert_int_equal(sign(ALGORITHM_ES256, KEY_P256).length, 64);
    assert_int_equal(sign(ALGORITHM_ES384, KEY_P384).length, 96);
    assert_int_equal(sign(ALGORITHM_ES512, KEY_P521).length, 132);
    assert_int_equal(sign(ALGORITHM_ED25519, KEY_ED25519).length, 64);
    assert_int_equal(sign(ALGORITHM_RS256, KEY_RSA).length, 256);
    assert_int_equal(sign(ALGORITHM_PS512, KEY_RSA).length, 256);
}

static void fits_each_algorithm_to_its_one_kind_of_key(void **state)
{
    (void)state;
    for (enum algorithm algorithm = ALGORITHM_RS256; algorithm < ALGORITHM_COUNT; algorithm++)
        for (enum fixture_key which = 0; which < KEY_COUNT; which++) {
            bool is_expected = which == fixture_key_for(algorithm) ||
                               (which == KEY_RSA_OTHER && fixture_key_for(algorithm) == KEY_RSA);
            assert_int_equal(algorithm_fits_key(algorithm, fixture_key(which)), is_expected);
        }
    assert_false(algorithm_fits_key(ALGORITHM_NONE_KNOWN, fixture_key(KEY_P256)));
    assert_false(algorithm_fits_key(ALGORITHM_COUNT, fixture_key(KEY_P256)));
    assert_false(algorithm_fits_key(ALGORITHM_ES256, NULL));
}

/* A public key of any modulus at all. */
static EVP_PKEY *rsa_of_bytes(size_t bytes)
{
    static unsigned char n[2048];
    unsigned char e[] = {1, 0, 1};
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    memset(n, 0xc5, sizeof(n));
    BIGNUM *modulus = BN_bin2bn(n, (int)bytes, NULL), *exponent = BN_bin2bn(e, sizeof(e), NULL);
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    assert_int_equal(OSSL_PARAM_BLD_push_BN(builder, "n", modulus), 1);
    assert_int_equal(OSSL_PARAM_BLD_push_BN(builder, "e", exponent), 1);
    OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(builder);
    assert_int_equal(EVP_PKEY_fromdata_init(context), 1);
    assert_int_equal(EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters), 1);
    OSSL_PARAM_free(parameters);
    OSSL_PARAM_BLD_free(builder);
    BN_free(modulus);
    BN_free(exponent);
    EVP_PKEY_CTX_free(context);
    return key;
}

static void takes_rsa_keys_from_2048_to_8192_bits(void **state)
{
    static const struct {
        size_t bytes;
        bool fits;
    } sizes[] = {{255, false}, {256, true}, {1024, true}, {1025, false}, {2048, false}};
    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        EVP_PKEY *key = rsa_of_bytes(sizes[i].bytes);
        assert_int_equal(algorithm_fits_key(ALGORITHM_RS256, key), sizes[i].fits);
        EVP_PKEY_free(key);
    }
}

static void neither_signs_nor_verifies_with_a_key_that_does_not_fit(void **state)
{
    (void)state;
    struct signature signature = sign(ALGORITHM_ES384, KEY_P384), out;
    /* An ES256 header over a P-384 key: the curve is the algorithm's, not the key's. */
    assert_false(verifies(ALGORITHM_ES256, KEY_P384, &signature));
    assert_false(algorithm_sign(ALGORITHM_ES256, fixture_key(KEY_P384), message, out.bytes, &out.length));
    assert_int_equal(out.length, 0);
    assert_false(algorithm_sign(ALGORITHM_ES256, fixture_key(KEY_K256), message, out.bytes, &out.length));
    assert_false(algorithm_sign(ALGORITHM_RS256, fixture_key(KEY_RSA_1024), message, out.bytes, &out.length));
    assert_false(algorithm_sign(ALGORITHM_EDDSA, fixture_key(KEY_P256), message, out.bytes, &out.length));
    assert_false(algorithm_sign(ALGORITHM_NONE_KNOWN, fixture_key(KEY_P256), message, out.bytes, &out.length));
    assert_false(algorithm_verify(ALGORITHM_NONE_KNOWN, fixture_key(KEY_P256), message, TEXT_NONE));
    assert_false(algorithm_verify(ALGORITHM_ES256, NULL, message, text_of_signature(&signature)));
    assert_int_equal(ERR_peek_error(), 0);
}

/* What another program could sign with this key, small or not. */
static struct signature sign_raw(EVP_PKEY *key, int padding, int salt_length)
{
    struct signature signature = {.length = SIGNATURE_SIZE_MAX};
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *parameters = NULL;
    assert_int_equal(EVP_DigestSignInit(context, &parameters, EVP_sha256(), NULL, key), 1);
    if (padding != 0)
        assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(parameters, padding), 1);
    if (padding == RSA_PKCS1_PSS_PADDING)
        assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, salt_length), 1);
    assert_int_equal(EVP_DigestSign(context, signature.bytes, &signature.length,
                                    (const unsigned char *)message.base, message.length),
                     1);
    EVP_MD_CTX_free(context);
    return signature;
}

static void refuses_rsa_under_2048_bits(void **state)
{
    (void)state;
    struct signature signature = sign_raw(fixture_key(KEY_RSA_1024), RSA_PKCS1_PADDING, 0);
    assert_int_equal(signature.length, 128);
    assert_false(verifies(ALGORITHM_RS256, KEY_RSA_1024, &signature));
}

static void refuses_one_rsa_padding_for_the_other(void **state)
{
    (void)state;
    struct signature pkcs1 = sign(ALGORITHM_RS256, KEY_RSA), pss = sign(ALGORITHM_PS256, KEY_RSA);
    assert_false(verifies(ALGORITHM_PS256, KEY_RSA, &pkcs1));
    assert_false(verifies(ALGORITHM_RS256, KEY_RSA, &pss));
    assert_false(verifies(ALGORITHM_RS384, KEY_RSA, &pkcs1));
    assert_false(verifies(ALGORITHM_PS384, KEY_RSA, &pss));
    assert_false(verifies(ALGORITHM_RS256, KEY_RSA_OTHER, &pkcs1));
}

static void takes_a_pss_salt_only_as_long_as_the_hash(void **state)
{
    (void)state;
    static const int refused[] = {0, 20, 31, 33, 64};
    struct signature signature = sign_raw(fixture_key(KEY_RSA), RSA_PKCS1_PSS_PADDING, 32);
    assert_true(verifies(ALGORITHM_PS256, KEY_RSA, &signature));
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        signature = sign_raw(fixture_key(KEY_RSA), RSA_PKCS1_PSS_PADDING, refused[i]);
        assert_false(verifies(ALGORITHM_PS256, KEY_RSA, &signature));
    }
}

static void signs_pss_with_a_salt_as_long_as_the_hash(void **state)
{
    (void)state;
    struct signature signature = sign(ALGORITHM_PS256, KEY_RSA);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *parameters = NULL;
    assert_int_equal(EVP_DigestVerifyInit(context, &parameters, EVP_sha256(), NULL, fixture_key(KEY_RSA)), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, 32), 1);
    assert_int_equal(EVP_DigestVerify(context, signature.bytes, signature.length,
                                      (const unsigned char *)message.base, message.length),
                     1);
    EVP_MD_CTX_free(context);
}

static void refuses_a_pss_signature_without_its_leading_zero(void **state)
{
    (void)state;
    struct signature signature = {0};
    for (int round = 0; round < 5000 && (round == 0 || signature.bytes[0] != 0); round++)
        signature = sign(ALGORITHM_PS256, KEY_RSA);
    assert_int_equal(signature.bytes[0], 0);
    assert_true(verifies(ALGORITHM_PS256, KEY_RSA, &signature));
    signature.length--;
    memmove(signature.bytes, signature.bytes + 1, signature.length);
    assert_false(verifies(ALGORITHM_PS256, KEY_RSA, &signature));
}

static void refuses_ecdsa_in_der(void **state)
{
    (void)state;
    struct signature der = sign_raw(fixture_key(KEY_P256), 0, 0);
    assert_int_equal(der.bytes[0], 0x30);
    assert_false(verifies(ALGORITHM_ES256, KEY_P256, &der));
}

static void refuses_zeros_and_wrong_lengths_as_ecdsa(void **state)
{
    (void)state;
    struct signature good = sign(ALGORITHM_ES256, KEY_P256), bad = {.length = 64};
    assert_false(verifies(ALGORITHM_ES256, KEY_P256, &bad)); /* R = S = 0 */
    bad = good;
    memset(bad.bytes, 0, 32);
    assert_false(verifies(ALGORITHM_ES256, KEY_P256, &bad));
    bad = good;
    memset(bad.bytes + 32, 0, 32);
    assert_false(verifies(ALGORITHM_ES256, KEY_P256, &bad));
    for (size_t length = 0; length < 200; length++) {
        bad = good;
        bad.length = length;
        assert_int_equal(verifies(ALGORITHM_ES256, KEY_P256, &bad), length == 64);
    }
}

static void refuses_ecdsa_numbers_beyond_the_order_of_the_curve(void **state)
{
    (void)state;
    struct signature bad = {.length = 64};
    memset(bad.bytes, 0xff, 64);
    assert_false(verifies(ALGORITHM_ES256, KEY_P256, &bad));
}

static void refuses_wrong_lengths_as_rsa_and_ed25519(void **state)
{
    (void)state;
    static const enum algorithm algorithms[] = {ALGORITHM_RS256, ALGORITHM_PS256, ALGORITHM_ED25519};
    for (size_t i = 0; i < 3; i++) {
        enum fixture_key which = fixture_key_for(algorithms[i]);
        struct signature good = sign(algorithms[i], which), bad = good;
        static const int differences[] = {-64, -2, -1, 1, 2};
        for (size_t j = 0; j < 5; j++) {
            bad.length = (size_t)((int)good.length + differences[j]);
            assert_false(verifies(algorithms[i], which, &bad));
        }
    }
}

static void leaves_nothing_in_the_error_queue_after_a_refusal(void **state)
{
    (void)state;
    struct signature signature = sign(ALGORITHM_RS256, KEY_RSA);
    signature.bytes[9] ^= 1;
    assert_false(
        algorithm_verify(ALGORITHM_RS256, fixture_key(KEY_RSA), message, text_of_signature(&signature)));
    assert_int_equal(ERR_peek_error(), 0);
    assert_false(
        algorithm_verify(ALGORITHM_ED25519, fixture_key(KEY_ED25519), message, text_of_signature(&signature)));
    assert_int_equal(ERR_peek_error(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_its_names_and_no_other_spelling_of_them),
        cmocka_unit_test(holds_the_two_names_of_ed25519_for_one_and_nothing_else),
        cmocka_unit_test(verifies_what_it_signed_and_not_one_bit_else),
        cmocka_unit_test(signs_with_the_exact_lengths_of_the_specification),
        cmocka_unit_test(fits_each_algorithm_to_its_one_kind_of_key),
        cmocka_unit_test(takes_rsa_keys_from_2048_to_8192_bits),
        cmocka_unit_test(neither_signs_nor_verifies_with_a_key_that_does_not_fit),
        cmocka_unit_test(refuses_rsa_under_2048_bits),
        cmocka_unit_test(refuses_one_rsa_padding_for_the_other),
        cmocka_unit_test(takes_a_pss_salt_only_as_long_as_the_hash),
        cmocka_unit_test(signs_pss_with_a_salt_as_long_as_the_hash),
        cmocka_unit_test(refuses_a_pss_signature_without_its_leading_zero),
        cmocka_unit_test(refuses_ecdsa_in_der),
        cmocka_unit_test(refuses_zeros_and_wrong_lengths_as_ecdsa),
        cmocka_unit_test(refuses_ecdsa_numbers_beyond_the_order_of_the_curve),
        cmocka_unit_test(refuses_wrong_lengths_as_rsa_and_ed25519),
        cmocka_unit_test(leaves_nothing_in_the_error_queue_after_a_refusal),
    };
    return cmocka_run_group_tests_name("keys/algorithm", tests, NULL, NULL);
}

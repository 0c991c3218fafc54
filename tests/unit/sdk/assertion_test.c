/* A signed assertion verifies with the public half of the key, and says who, to whom and until when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/clock.h"
#include "call.h"
#include "dragoman/adapter_tools.h"
#include "jose/jwt.h"

static EVP_PKEY *key;

static struct text pem_of(struct arena *arena, EVP_PKEY *of, const char *passphrase)
{
    char *bytes;
    BIO *out = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_PrivateKey(out, of, passphrase != NULL ? EVP_aes_128_cbc() : NULL, NULL, 0,
                                              NULL, (void *)(uintptr_t)passphrase),
                     1);
    long length = BIO_get_mem_data(out, &bytes);
    struct text pem = arena_copy(arena, (struct text){bytes, (size_t)length});
    BIO_free(out);
    return pem;
}

static struct adapter_assertion assertion_with(struct text pem)
{
    return (struct adapter_assertion){.private_key = pem,
                                      .algorithm = TEXT("ES256"),
                                      .key_id = TEXT("k1"),
                                      .issuer = TEXT("client"),
                                      .subject = TEXT("client"),
                                      .audience = TEXT("https://as.example"),
                                      .lives_s = 60};
}

static void signs_what_its_audience_can_verify(void **state)
{
    (void)state;
    struct adapter_call call = {.arena = arena_create()};
    const struct adapter_assertion assertion = assertion_with(pem_of(call.arena, key, NULL));
    struct text token, again;
    struct jws jws;
    struct jwt_claims claims;
    assert_int_equal(adapter_assertion_sign(&call, &assertion, &token), ADAPTER_DONE);
    assert_int_equal(jws_parse(call.arena, token, &jws), FAULT_NONE);
    const struct public_key public = {.algorithm = ALGORITHM_ES256, .key = key};
    assert_int_equal(jws_verify(&jws, &public), FAULT_NONE);
    assert_true(text_is(jws.key_id, "k1"));
    assert_int_equal(jwt_claims_read(call.arena, jws.payload, &claims), FAULT_NONE);
    assert_true(text_is(claims.issuer, "client") && text_is(claims.subject, "client"));
    assert_true(jwt_has_only_audience(&claims, TEXT("https://as.example")));
    assert_int_equal(claims.expires_at_s - claims.issued_at_s, 60);
    assert_in_range(clock_wall_s() - claims.issued_at_s, 0, 5);
    assert_int_equal(adapter_assertion_sign(&call, &assertion, &again), ADAPTER_DONE);
    assert_false(text_equal(token, again)); /* a jti of its own */
    arena_destroy(call.arena);
}

static void says_what_else_is_to_be_said_and_nothing_twice(void **state)
{
    (void)state;
    static const struct text claims[] = {TEXT("scope"), TEXT("read"), TEXT("delegate"), TEXT("alice")};
    static const struct text taken[][4] = {{TEXT("scope"), TEXT("a"), TEXT("exp"), TEXT("9")},
                                           {TEXT("scope"), TEXT("a"), TEXT("scope"), TEXT("b")}};
    struct adapter_call call = {.arena = arena_create()};
    struct adapter_assertion assertion = assertion_with(pem_of(call.arena, key, NULL));
    struct text token;
    struct jws jws;
    assertion.type = TEXT("oauth-id-jag+jwt");
    assertion.subject = TEXT_NONE;
    assertion.claims = claims;
    assertion.claim_count = 2;
    assert_int_equal(adapter_assertion_sign(&call, &assertion, &token), ADAPTER_DONE);
    assert_int_equal(jws_parse(call.arena, token, &jws), FAULT_NONE);
    assert_true(text_is(jws.type, "oauth-id-jag+jwt"));
    const struct json_value *payload;
    assert_int_equal(json_parse(call.arena, jws.payload, &json_limits_document, &payload), FAULT_NONE);
    assert_true(text_is(json_text_of(payload, "scope"), "read"));
    assert_true(text_is(json_text_of(payload, "delegate"), "alice"));
    assert_null(json_member(payload, TEXT("sub")));
    for (size_t i = 0; i < 2; i++) {
        assertion.claims = taken[i];
        assert_int_equal(adapter_assertion_sign(&call, &assertion, &token), ADAPTER_FAILED);
    }
    arena_destroy(call.arena);
}

static void signs_with_no_key_that_is_not_for_it(void **state)
{
    (void)state;
    struct adapter_call call = {.arena = arena_create()};
    struct text token;
    struct adapter_assertion assertion = assertion_with(TEXT("-----BEGIN nothing"));
    assert_int_equal(adapter_assertion_sign(&call, &assertion, &token), ADAPTER_MISCONFIGURED);
    assertion.private_key = pem_of(call.arena, key, "passphrase");
    assert_int_equal(adapter_assertion_sign(&call, &assertion, &token), ADAPTER_MISCONFIGURED);
    assertion.private_key = pem_of(call.arena, key, NULL);
    assertion.algorithm = TEXT("RS256");
    assert_int_equal(adapter_assertion_sign(&call, &assertion, &token), ADAPTER_MISCONFIGURED);
    assertion.algorithm = TEXT("none");
    assert_int_equal(adapter_assertion_sign(&call, &assertion, &token), ADAPTER_MISCONFIGURED);
    assertion.algorithm = TEXT("ES256");
    assertion.lives_s = 0;
    assert_int_equal(adapter_assertion_sign(&call, &assertion, &token), ADAPTER_FAILED);
    arena_destroy(call.arena);
}

static void says_which_kind_of_key_an_algorithm_needs(void **state)
{
    (void)state;
    static const char *const others[][2] = {
        {"RS256", "This target signs with RS256, which needs an RSA key of 2048 to 8192 bits."},
        {"PS512", "This target signs with PS512, which needs an RSA key of 2048 to 8192 bits."},
        {"ES384", "This target signs with ES384, which needs an EC key on the curve P-384."},
        {"ES512", "This target signs with ES512, which needs an EC key on the curve P-521."},
        {"EdDSA", "This target signs with EdDSA, which needs an Ed25519 key."},
    };
    struct adapter_call call = {.arena = arena_create()};
    struct text pem = pem_of(call.arena, key, NULL);
    assert_int_equal(adapter_key_check(&call, pem, TEXT("ES256")), ADAPTER_DONE);
    assert_int_equal(adapter_key_check(&call, pem, TEXT_NONE), ADAPTER_DONE);
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
        assert_int_equal(adapter_key_check(&call, pem, text_of(others[i][0])), ADAPTER_REFUSED);
        assert_true(text_is(call.shown, others[i][1]));
    }
    assert_int_equal(adapter_key_check(&call, TEXT("-----BEGIN nothing"), TEXT_NONE), ADAPTER_REFUSED);
    assert_int_equal(adapter_key_check(&call, pem_of(call.arena, key, "passphrase"), TEXT("ES256")),
                     ADAPTER_REFUSED);
    assert_true(text_is(call.shown, "A private key is a PEM file of one without a passphrase."));
    arena_destroy(call.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signs_what_its_audience_can_verify),
        cmocka_unit_test(says_what_else_is_to_be_said_and_nothing_twice),
        cmocka_unit_test(signs_with_no_key_that_is_not_for_it),
        cmocka_unit_test(says_which_kind_of_key_an_algorithm_needs),
    };
    key = EVP_EC_gen("P-256");
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    EVP_PKEY_free(key);
    return failed;
}

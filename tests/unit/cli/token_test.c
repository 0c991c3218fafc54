/* token inspect and verify: what is shown, what is believed, and each reason not to. */
#include <openssl/ec.h>
#include <openssl/evp.h>

#include "base/clock.h"
#include "jose/jwk.h"
#include "jose/jws.h"
#include "session.h"
#include "json/json_writer.h"

struct keys {
    struct arena *arena;
    EVP_PKEY *key;
    const char *jwk, *jwks, *private_jwk; /* files */
};

static int make_keys(void **state)
{
    struct keys *keys = calloc(1, sizeof(*keys));
    SCOPED_BUFFER json = {0};
    struct json_writer writer = json_writer_on(&json);
    keys->arena = arena_create();
    keys->key = EVP_EC_gen("P-256");
    jwk_write(&writer, keys->key, TEXT("key-1"), ALGORITHM_ES256);
    struct text jwk = arena_copy(keys->arena, buffer_text(&json));
    keys->jwk = strdup(session_file("key.json", jwk.base));
    keys->jwks = strdup(session_file("keys.json", arena_print(keys->arena, "{\"keys\":[%s]}", jwk.base).base));
    keys->private_jwk =
        strdup(session_file("private.json", arena_print(keys->arena, "{\"d\":\"AAAA\",%s", jwk.base + 1).base));
    *state = keys;
    return 0;
}

static int dispose_keys(void **state)
{
    struct keys *keys = *state;
    EVP_PKEY_free(keys->key);
    arena_destroy(keys->arena);
    free((void *)(uintptr_t)keys->jwk);
    free((void *)(uintptr_t)keys->jwks);
    free((void *)(uintptr_t)keys->private_jwk);
    free(keys);
    return 0;
}

static const char *sign(struct keys *keys, const char *type, const char *payload)
{
    unsigned char signature[SIGNATURE_SIZE_MAX];
    size_t length = sizeof(signature);
    struct text input =
        jws_signing_input(keys->arena, ALGORITHM_ES256, TEXT("key-1"), text_of(type), text_of(payload));
    assert_true(algorithm_sign(ALGORITHM_ES256, keys->key, input, signature, &length));
    return jws_assemble(keys->arena, input, signature, length).base;
}

static const char *sign_claims(struct keys *keys, int64_t expires_in)
{
    return sign(
        keys, "at+jwt",
        arena_print(
            keys->arena,
            "{\"iss\":\"https://i.example\",\"sub\":\"alice\",\"aud\":\"https://a.example\",\"exp\":%lld}",
            (long long)(clock_wall_s() + expires_in))
            .base);
}

static void believes_a_token_with_the_right_key(void **state)
{
    struct keys *keys = *state;
    struct session session = {0};
    SESSION_RUN(&session, sign_claims(keys, 300), "token", "verify", "--jwk", keys->jwk, "--alg", "ES256",
                "--typ", "at+jwt", "--aud", "https://a.example", "--iss", "https://i.example");
    assert_int_equal(session.code, EXIT_CODE_FINE);
    assert_says(session.out, "valid: signed with ES256 by key key-1");
    SESSION_RUN(&session, sign_claims(keys, 300), "token", "verify", "--jwks", keys->jwks, "--alg", "ES256");
    assert_int_equal(session.code, EXIT_CODE_FINE);
    session_end(&session);
}

static void refuses_each_with_its_reason(void **state)
{
    struct keys *keys = *state;
    struct session session = {0};
    const char *good = sign_claims(keys, 300);
    char *forged = strdup(good);
    forged[strlen(forged) - 10] = forged[strlen(forged) - 10] == 'A' ? 'B' : 'A';
    const struct {
        const char *token, *option, *value, *reason;
    } cases[] = {
        {good, "--aud", "https://b.example", "aud does not name"},
        {good, "--iss", "https://j.example", "its iss is"},
        {good, "--typ", "JWT", "its typ is 'at+jwt'"},
        {sign_claims(keys, -10), "--typ", "at+jwt", "it expired"},
        {sign(keys, "at+jwt", "{\"sub\":\"alice\"}"), "--typ", "at+jwt", "has no exp"},
        {sign(keys, "at+jwt", "not json"), "--typ", "at+jwt", "not a set of well-formed claims"},
        {forged, "--typ", "at+jwt", "signature does not verify"},
        {"x.y", "--typ", "at+jwt", "well-formed"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        SESSION_RUN(&session, cases[i].token, "token", "verify", "--jwk", keys->jwk, "--alg", "ES256",
                    cases[i].option, cases[i].value);
        assert_int_equal(session.code, EXIT_CODE_REFUSED);
        assert_says(session.error, cases[i].reason);
        assert_int_equal(session.out_length, 0);
    }
    SESSION_RUN(&session, good, "token", "verify", "--jwk", keys->jwk, "--alg", "ES384");
    assert_int_equal(session.code, EXIT_CODE_REFUSED);
    free(forged);
    session_end(&session);
}

static void lets_the_person_choose_the_algorithm_not_the_token(void **state)
{
    struct keys *keys = *state;
    struct session session = {0};
    SESSION_RUN(&session, sign_claims(keys, 300), "token", "verify", "--jwk", keys->jwk);
    assert_int_equal(session.code, EXIT_CODE_USAGE);
    SESSION_RUN(&session, sign_claims(keys, 300), "token", "verify", "--jwk", keys->jwk, "--alg", "HS256");
    assert_int_equal(session.code, EXIT_CODE_USAGE);
    SESSION_RUN(&session, sign_claims(keys, 300), "token", "verify", "--jwk", keys->jwk, "--alg", "none");
    assert_int_equal(session.code, EXIT_CODE_USAGE);
    SESSION_RUN(&session, sign_claims(keys, 300), "token", "verify", "--alg", "ES256");
    assert_int_equal(session.code, EXIT_CODE_USAGE);
    session_end(&session);
}

static void refuses_a_key_file_with_a_private_half(void **state)
{
    struct keys *keys = *state;
    struct session session = {0};
    SESSION_RUN(&session, sign_claims(keys, 300), "token", "verify", "--jwk", keys->private_jwk, "--alg",
                "ES256");
    assert_int_equal(session.code, EXIT_CODE_REFUSED);
    assert_says(session.error, "private or symmetric key");
    SESSION_RUN(&session, sign_claims(keys, 300), "token", "verify", "--jwk", keys->jwks, "--alg", "ES256");
    assert_int_equal(session.code, EXIT_CODE_REFUSED);
    assert_says(session.error, "--jwks");
    session_end(&session);
}

static void verifies_any_payload_with_raw_and_prints_it(void **state)
{
    struct keys *keys = *state;
    struct session session = {0};
    SESSION_RUN(&session, sign(keys, NULL, "It's a dangerous business"), "token", "verify", "--jwk", keys->jwk,
                "--alg", "ES256", "--raw");
    assert_int_equal(session.code, EXIT_CODE_FINE);
    assert_string_equal(session.out, "It's a dangerous business");
    assert_says(session.error, "valid");
    session_end(&session);
}

static void inspects_without_believing_and_says_so(void **state)
{
    struct keys *keys = *state;
    struct session session = {0};
    SESSION_RUN(&session,
                sign(keys, "at+jwt", "{\"sub\":\"\\u001b[2Jx\",\"exp\":1000000000,\"a.b\":{\"c\":[1,\"d\"]}}"),
                "token", "inspect");
    assert_int_equal(session.code, EXIT_CODE_FINE);
    assert_says(session.out, "2001-09-09 01:46:40 UTC");
    assert_says(session.out, "\\u001b[2Jx");
    assert_says(session.out, "\"a.b\".c  1, d");
    assert_says(session.error, "NOT VERIFIED");
    SESSION_RUN(&session, sign(keys, "at+jwt", "{\"sub\":\"x\"}"), "token", "inspect", "-o", "json");
    assert_says(session.out, "\"verified\": false");
    SESSION_RUN(&session, "not a token", "token", "inspect");
    assert_int_equal(session.code, EXIT_CODE_REFUSED);
    SESSION_RUN(&session, "a.b.c.d.e", "token", "inspect");
    assert_says(session.error, "JWE");
    SESSION_RUN(&session, "", "token", "inspect");
    assert_int_equal(session.code, EXIT_CODE_REFUSED);
    assert_says(session.error, "empty");
    session_end(&session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(believes_a_token_with_the_right_key),
        cmocka_unit_test(refuses_each_with_its_reason),
        cmocka_unit_test(lets_the_person_choose_the_algorithm_not_the_token),
        cmocka_unit_test(refuses_a_key_file_with_a_private_half),
        cmocka_unit_test(verifies_any_payload_with_raw_and_prints_it),
        cmocka_unit_test(inspects_without_believing_and_says_so),
    };
    return cmocka_run_group_tests(tests, make_keys, dispose_keys);
}

/* Keys, JWKs and tokens for the tests of tokens. */
#include "token_fixture.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64url.h"
#include "keys/public_jwk.h"

enum { KIND_RSA, KIND_P256, KIND_P384, KIND_P521, KIND_ED25519, KIND_COUNT };

static EVP_PKEY *keys[2][KIND_COUNT];

static int kind_of(enum algorithm algorithm)
{
    switch (algorithm) {
    case ALGORITHM_ES256:
        return KIND_P256;
    case ALGORITHM_ES384:
        return KIND_P384;
    case ALGORITHM_ES512:
        return KIND_P521;
    case ALGORITHM_EDDSA:
    case ALGORITHM_ED25519:
        return KIND_ED25519;
    default:
        return KIND_RSA;
    }
}

static EVP_PKEY *make(int kind)
{
    static const char *const curves[] = {[KIND_P256] = "P-256", [KIND_P384] = "P-384", [KIND_P521] = "P-521"};
    if (kind == KIND_RSA)
        return EVP_RSA_gen(2048);
    return kind == KIND_ED25519 ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519") : EVP_EC_gen(curves[kind]);
}

static void free_keys(void)
{
    for (int i = 0; i < 2 * KIND_COUNT; i++)
        EVP_PKEY_free(keys[i / KIND_COUNT][i % KIND_COUNT]);
}

static EVP_PKEY *key_of(int set, enum algorithm algorithm)
{
    static bool is_registered;
    if (!is_registered)
        atexit(free_keys);
    is_registered = true;
    EVP_PKEY **key = &keys[set][kind_of(algorithm)];
    if (*key == NULL)
        *key = make(kind_of(algorithm));
    assert_non_null(*key);
    return *key;
}

EVP_PKEY *fixture_key(enum algorithm algorithm)
{
    return key_of(0, algorithm);
}

EVP_PKEY *fixture_other_key(enum algorithm algorithm)
{
    return key_of(1, algorithm);
}

int fixture_begin(void **state)
{
    *state = arena_create();
    return 0;
}

int fixture_end(void **state)
{
    arena_destroy(*state);
    return 0;
}

struct arena *fixture_arena(void **state)
{
    return *state;
}

const struct json_value *fixture_json(struct arena *arena, const char *text)
{
    const struct json_value *value = NULL;
    if (json_parse(arena, text_of(text), &json_limits_document, &value) != FAULT_NONE)
        fail_msg("not JSON: %s", text);
    return value;
}

struct text fixture_jwk(struct arena *arena, const EVP_PKEY *key, const char *id, enum algorithm algorithm)
{
    SCOPED_BUFFER buffer = {0};
    struct json_writer writer = json_writer_on(&buffer);
    public_jwk_write(&writer, key, text_of(id), algorithm);
    return arena_copy(arena, buffer_text(&buffer));
}

struct public_key fixture_public_key(struct arena *arena, enum algorithm algorithm)
{
    struct public_key key;
    struct text jwk = fixture_jwk(arena, fixture_key(algorithm), "k1", algorithm);
    assert_int_equal(jwk_read(fixture_json(arena, jwk.base), ALGORITHM_NONE_KNOWN, &key), FAULT_NONE);
    return key;
}

struct text fixture_input(struct arena *arena, const char *header, const char *payload)
{
    struct text first = base64url_encode_text(arena, header, strlen(header));
    struct text second = base64url_encode_text(arena, payload, strlen(payload));
    return arena_print(arena, "%.*s.%.*s", TEXT_ARGUMENTS(first), TEXT_ARGUMENTS(second));
}

struct text fixture_with_signature(struct arena *arena, struct text input, const void *signature, size_t length)
{
    struct text third = base64url_encode_text(arena, signature, length);
    return arena_print(arena, "%.*s.%.*s", TEXT_ARGUMENTS(input), TEXT_ARGUMENTS(third));
}

struct text fixture_signed(struct arena *arena, enum algorithm algorithm, const char *header,
                           const char *payload)
{
    unsigned char signature[SIGNATURE_SIZE_MAX];
    size_t length = 0;
    struct text input = fixture_input(arena, header, payload);
    assert_true(algorithm_sign(algorithm, fixture_key(algorithm), input, signature, &length));
    return fixture_with_signature(arena, input, signature, length);
}

enum fault fixture_judge(struct arena *arena, struct text token, const struct public_key *key)
{
    struct jws jws;
    enum fault fault = jws_parse(arena, token, &jws);
    return fault == FAULT_NONE ? jws_verify(&jws, key) : fault;
}

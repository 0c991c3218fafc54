/* P-256 keys and ES256 tokens, whatever their header claims to be. */
/* Keys and tokens for the verification tests: well-formed unless a test bends them. */
#include "token_fixture.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <string.h>

#include "base/base64url.h"
#include "base/buffer.h"
#include "base/fault.h"
#include "keys/algorithm.h"

struct test_key test_key_make(const char *id)
{
    struct test_key key = {id, EVP_EC_gen("P-256")};
    INVARIANT(key.key != NULL);
    return key;
}

void test_key_dispose(struct test_key *key)
{
    EVP_PKEY_free(key->key);
    key->key = NULL;
}

struct text test_jwks(struct arena *arena, const struct test_key *const *keys, size_t count)
{
    SCOPED_BUFFER out = {0};
    buffer_append(&out, TEXT("{\"keys\":["));
    for (size_t i = 0; i < count; i++) {
        unsigned char point[65];
        size_t length;
        INVARIANT(EVP_PKEY_get_octet_string_param(keys[i]->key, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point),
                                                  &length) == 1 &&
                  length == sizeof(point));
        struct text x = base64url_encode_text(arena, point + 1, 32),
                    y = base64url_encode_text(arena, point + 33, 32);
        buffer_print(&out,
                     "%s{\"kty\":\"EC\",\"crv\":\"P-256\",\"alg\":\"ES256\",\"use\":\"sig\",\"kid\":\"%s\","
                     "\"x\":\"%.*s\",\"y\":\"%.*s\"}",
                     i == 0 ? "" : ",", keys[i]->id, TEXT_ARGUMENTS(x), TEXT_ARGUMENTS(y));
    }
    buffer_append(&out, TEXT("]}"));
    return arena_copy(arena, buffer_text(&out));
}

struct text test_token(struct arena *arena, const struct test_key *key, const char *header, const char *payload)
{
    struct text first = base64url_encode_text(arena, header, strlen(header));
    struct text second = base64url_encode_text(arena, payload, strlen(payload));
    struct text input = arena_print(arena, "%.*s.%.*s", TEXT_ARGUMENTS(first), TEXT_ARGUMENTS(second));
    unsigned char signature[SIGNATURE_SIZE_MAX];
    size_t length = sizeof(signature);
    INVARIANT(algorithm_sign(ALGORITHM_ES256, key->key, input, signature, &length));
    struct text third = base64url_encode_text(arena, signature, length);
    return arena_print(arena, "%.*s.%.*s", TEXT_ARGUMENTS(input), TEXT_ARGUMENTS(third));
}

static const struct test_claim *find(const struct test_claim *claims, const char *name)
{
    for (; claims != NULL && claims->name != NULL; claims++)
        if (strcmp(claims->name, name) == 0)
            return claims;
    return NULL;
}

static void add(struct buffer *out, const struct test_claim *claim)
{
    if (claim->value != NULL)
        buffer_print(out, "%s\"%s\":%s", out->length == 1 ? "" : ",", claim->name, claim->value);
}

const char *test_claims(struct arena *arena, const struct test_claim *base, const struct test_claim *changes)
{
    SCOPED_BUFFER out = {0};
    buffer_append_byte(&out, '{');
    for (const struct test_claim *claim = base; claim->name != NULL; claim++) {
        const struct test_claim *change = find(changes, claim->name);
        add(&out, change != NULL ? change : claim);
    }
    for (const struct test_claim *claim = changes; claim != NULL && claim->name != NULL; claim++)
        if (find(base, claim->name) == NULL)
            add(&out, claim);
    buffer_append_byte(&out, '}');
    return arena_copy(arena, buffer_text(&out)).base;
}

const struct json_value *test_json(struct arena *arena, const char *document)
{
    const struct json_value *value;
    INVARIANT(json_parse(arena, text_of(document), &json_limits_document, &value) == FAULT_NONE);
    return value;
}

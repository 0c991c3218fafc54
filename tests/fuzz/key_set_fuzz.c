/* JWK Sets. A set that is read is never empty, its keys fit their algorithms, no two share a kid, and each
 * written key is read again as the same key. */
#include <openssl/evp.h>

#include "jose/key_set.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_key(const struct public_key *key)
{
    INVARIANT(key->key != NULL && algorithm_fits_key(key->algorithm, key->key));
    SCOPED_ARENA arena = arena_create();
    SCOPED_BUFFER written = {0};
    struct json_writer writer = json_writer_on(&written);
    jwk_write(&writer, key->key, key->id, key->algorithm);
    const struct json_value *value = NULL;
    struct public_key again = {.key = NULL};
    INVARIANT(json_parse(arena, buffer_text(&written), &json_limits_document, &value) == FAULT_NONE);
    INVARIANT(jwk_read(value, ALGORITHM_NONE_KNOWN, &again) == FAULT_NONE);
    INVARIANT(EVP_PKEY_eq(again.key, key->key) == 1 && algorithm_is_same(again.algorithm, key->algorithm));
    INVARIANT(text_equal(again.id, key->id));
    struct text thumbprint;
    INVARIANT(jwk_thumbprint(arena, value, &thumbprint) == FAULT_NONE && thumbprint.length == 43);
    public_key_dispose(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct key_set *set = NULL;
    if (key_set_read((struct text){(const char *)bytes, size}, ALGORITHM_RS256, &set) != FAULT_NONE)
        return 0;
    INVARIANT(key_set_count(set) >= 1 && key_set_count(set) <= 100);
    for (size_t i = 0; i < key_set_count(set); i++) {
        const struct public_key *key = key_set_at(set, i);
        check_key(key);
        if (key->id.base != NULL)
            INVARIANT(key_set_find(set, key->id, key->algorithm) == key);
    }
    key_set_release(set);
    return 0;
}

/* JWK Sets (RFC 7517 section 5), read whole or not at all. What a set holds is decided once, here; who fetches
 * it and when is trust/'s business. */
#include "jose/key_set.h"

#include <stdatomic.h>
#include <stdlib.h>

enum { KEYS_MAX = 100 };

static atomic_uint_fast64_t last_serial;

struct key_set {
    atomic_uint owners;
    struct arena *arena; /* of the ids */
    size_t count;
    struct public_key keys[];
};

static void destroy(struct key_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        public_key_dispose(&set->keys[i]);
    arena_destroy(set->arena);
    free(set);
}

/* RFC 7517 section 4.5: distinct keys have distinct kids. One kid for two keys lets the order of the set decide
 * which. */
static bool has_id(const struct key_set *set, struct text id)
{
    for (size_t i = 0; i < set->count; i++)
        if (id.base != NULL && text_equal(set->keys[i].id, id))
            return true;
    return false;
}

static enum fault fill(struct key_set *set, const struct json_value *keys, enum algorithm rsa_algorithm)
{
    for (const struct json_value *jwk = keys->first; jwk != NULL; jwk = jwk->next) {
        struct public_key key;
        if (jwk->kind != JSON_OBJECT)
            return FAULT_KEY_INVALID;
        /* RFC 7517 section 5: keys that are not understood or out of range are passed over, not fatal. */
        if (jwk_read(jwk, rsa_algorithm, &key) != FAULT_NONE)
            continue;
        if (has_id(set, key.id)) {
            public_key_dispose(&key);
            return FAULT_KEY_INVALID;
        }
        if (key.id.base != NULL)
            key.id = arena_copy(set->arena, key.id);
        key.serial = atomic_fetch_add(&last_serial, 1) + 1;
        set->keys[set->count++] = key;
    }
    return set->count != 0 ? FAULT_NONE : FAULT_KEY_INVALID;
}

enum fault key_set_from_value(const struct json_value *jwks, enum algorithm rsa_algorithm, struct key_set **set)
{
    if (jwks == NULL || jwks->kind != JSON_OBJECT)
        return FAULT_KEY_INVALID;
    const struct json_value *keys = json_member(jwks, TEXT("keys"));
    if (keys == NULL || keys->kind != JSON_ARRAY || keys->count > KEYS_MAX)
        return FAULT_KEY_INVALID;
    struct key_set *made = calloc(1, sizeof(*made) + keys->count * sizeof(made->keys[0]));
    INVARIANT(made != NULL);
    atomic_init(&made->owners, 1);
    made->arena = arena_create();
    enum fault fault = fill(made, keys, rsa_algorithm);
    if (fault == FAULT_NONE)
        *set = made;
    else
        destroy(made);
    return fault;
}

enum fault key_set_read(struct text document, enum algorithm rsa_algorithm, struct key_set **set)
{
    SCOPED_ARENA arena = arena_create();
    const struct json_value *jwks = NULL;
    TRY(json_parse(arena, document, &json_limits_document, &jwks));
    return key_set_from_value(jwks, rsa_algorithm, set);
}

struct key_set *key_set_share(struct key_set *set)
{
    atomic_fetch_add(&set->owners, 1);
    return set;
}

void key_set_release(struct key_set *set)
{
    if (set != NULL && atomic_fetch_sub(&set->owners, 1) == 1)
        destroy(set);
}

size_t key_set_count(const struct key_set *set)
{
    return set->count;
}

const struct public_key *key_set_at(const struct key_set *set, size_t index)
{
    INVARIANT(index < set->count);
    return &set->keys[index];
}

static const struct public_key *find_only(const struct key_set *set, enum algorithm algorithm)
{
    const struct public_key *only = NULL;
    for (size_t i = 0; i < set->count; i++) {
        if (!algorithm_is_same(set->keys[i].algorithm, algorithm))
            continue;
        if (only != NULL)
            return NULL;
        only = &set->keys[i];
    }
    return only;
}

const struct public_key *key_set_find(const struct key_set *set, struct text id, enum algorithm algorithm)
{
    if (id.base == NULL)
        return find_only(set, algorithm);
    for (size_t i = 0; i < set->count; i++)
        if (text_equal(set->keys[i].id, id))
            return &set->keys[i];
    return NULL;
}

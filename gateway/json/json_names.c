/* An open-addressing table of 64-bit keyed hashes of (object, name). The names themselves are not kept: equal
 * names always hash alike, so no double is missed, and two different names do so by accident about once in 2^41
 * documents of four thousand names, which costs that document a refusal. */
#include "json_names.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/random.h"

static uint64_t key[2];
static pthread_once_t key_made = PTHREAD_ONCE_INIT;

static void make_key(void)
{
    random_bytes(key, sizeof(key));
}

static uint64_t rotate(uint64_t word, int bits)
{
    return word << bits | word >> (64 - bits);
}

static void mix(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] = rotate(v[0], 32) + v[3];
    v[2] += v[1];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

static void absorb(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    mix(v);
    v[0] ^= word;
}

/* SipHash-1-3 of the object's number followed by the name; never 0. */
static uint64_t hash(uint64_t object, struct text name)
{
    uint64_t v[4] = {key[0] ^ UINT64_C(0x736f6d6570736575), key[1] ^ UINT64_C(0x646f72616e646f6d),
                     key[0] ^ UINT64_C(0x6c7967656e657261), key[1] ^ UINT64_C(0x7465646279746573)};
    absorb(v, object);
    size_t position = 0;
    uint64_t word;
    for (; name.length - position >= sizeof(word); position += sizeof(word)) {
        memcpy(&word, name.base + position, sizeof(word));
        absorb(v, word);
    }
    word = 0;
    if (position < name.length)
        memcpy(&word, name.base + position, name.length - position);
    absorb(v, word | (uint64_t)(name.length + sizeof(object)) << 56);
    v[2] ^= 0xff;
    for (int round = 0; round < 3; round++)
        mix(v);
    uint64_t result = v[0] ^ v[1] ^ v[2] ^ v[3];
    return result == 0 ? 1 : result;
}

/* The slot that holds this hash, or the empty one where it belongs. */
static uint64_t *find(const struct json_names *names, uint64_t wanted)
{
    size_t mask = names->capacity - 1;
    size_t index = wanted & mask;
    while (names->slots[index] != 0 && names->slots[index] != wanted)
        index = (index + 1) & mask;
    return &names->slots[index];
}

static void grow(struct json_names *names)
{
    struct json_names larger = {.capacity = names->capacity * 4};
    larger.slots = calloc(larger.capacity, sizeof(*larger.slots));
    INVARIANT(larger.slots != NULL);
    for (size_t i = 0; i < names->capacity; i++)
        if (names->slots[i] != 0)
            *find(&larger, names->slots[i]) = names->slots[i];
    json_names_end(names);
    names->slots = larger.slots;
    names->capacity = larger.capacity;
}

void json_names_start(struct json_names *names)
{
    pthread_once(&key_made, make_key);
    names->slots = names->small;
    names->capacity = JSON_NAMES_SMALL;
    names->count = 0;
    memset(names->small, 0, sizeof(names->small));
}

void json_names_end(struct json_names *names)
{
    if (names->slots != names->small)
        free(names->slots);
}

bool json_names_add(struct json_names *names, uint64_t object, struct text name)
{
    uint64_t wanted = hash(object, name);
    uint64_t *slot = find(names, wanted);
    if (*slot == wanted)
        return false;
    *slot = wanted;
    names->count++;
    if (names->count * 2 > names->capacity)
        grow(names);
    return true;
}

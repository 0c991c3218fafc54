/* Hashes of texts and entity names, for tables that are looked up while a decision is made. Seeded, so that who
 * chooses names does not choose where they lie in a table; never stored or compared between runs. */
#ifndef CEDAR_UID_HASH_H
#define CEDAR_UID_HASH_H

#include <string.h>

#include "cedar/value.h"

/* The halves of a 128-bit product: every bit of both factors reaches every bit of the result. */
static inline uint64_t hash_fold(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t hash_mix(uint64_t hash, uint64_t more)
{
    return hash_fold(hash ^ UINT64_C(0xa0761d6478bd642f), more ^ UINT64_C(0xe7037ed1a0b428db));
}

static inline uint64_t hash_text(uint64_t seed, struct text text)
{
    uint64_t hash = seed ^ text.length;
    size_t at = 0;
    for (uint64_t word; text.length - at >= sizeof(word); at += sizeof(word)) {
        memcpy(&word, text.base + at, sizeof(word));
        hash = hash_mix(hash, word);
    }
    if (at < text.length) {
        uint64_t word = 0;
        memcpy(&word, text.base + at, text.length - at);
        hash = hash_mix(hash, word);
    }
    return hash_mix(hash, seed);
}

static inline uint64_t hash_uid(uint64_t seed, const struct cedar_uid *uid)
{
    return hash_text(hash_text(seed, uid->type), uid->id);
}

/* Where something lies in memory is different in every run and known to nobody outside. */
static inline uint64_t hash_seed(const void *place)
{
    return hash_mix((uintptr_t)place, UINT64_C(0x8ebc6af09c88c6e3));
}

#endif

/* A table with open addressing, never more than a quarter full. */
#include "postgres/claims.h"

#include <string.h>

#include "base/fault.h"

void claims_begin(struct claims *claims)
{
    if (claims->count != 0)
        memset(claims->slots, 0, sizeof(claims->slots));
    claims->count = 0;
}

/* By its end, which is the end of a digest: as good as any hash of it. */
static size_t hash_of(struct text thing)
{
    uint64_t end = 0;
    size_t length = thing.length < sizeof(end) ? thing.length : sizeof(end);
    if (length != 0)
        memcpy(&end, thing.base + thing.length - length, length);
    return (size_t)((end * 0x9E3779B97F4A7C15U) >> 32); /* what differs anywhere differs there */
}

/* Where the thing is, or would be. */
static size_t find_slot(const struct claims *claims, struct text thing)
{
    for (size_t i = hash_of(thing) % CLAIMS_SLOTS;; i = (i + 1) % CLAIMS_SLOTS) {
        uint16_t slot = claims->slots[i];
        if (slot == 0 || text_equal(claims->things[slot - 1], thing))
            return i;
    }
}

void claims_add(struct claims *claims, struct text thing, size_t owner)
{
    INVARIANT(claims->count < CLAIMS_MAX && owner <= UINT16_MAX);
    size_t slot = find_slot(claims, thing);
    claims->things[claims->count] = thing;
    claims->owners[claims->count] = (uint16_t)owner;
    claims->slots[slot] = (uint16_t)++claims->count;
}

bool claims_find(const struct claims *claims, struct text thing, size_t *owner)
{
    if (claims->count == 0)
        return false;
    uint16_t slot = claims->slots[find_slot(claims, thing)];
    if (slot != 0)
        *owner = claims->owners[slot - 1];
    return slot != 0;
}

/* Two tables of sets of four places under one lock: a key's set is given by its first bytes. */
#include "consent/consent_memory.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"

enum { SETS = 4096, PLACES = 4 };

struct place {
    unsigned char key[DIGEST_SIZE];
    int64_t until_s; /* 0: it is free */
    char id[IDENTIFIER_SIZE];
    unsigned count; /* of links */
};

struct consent_memory {
    pthread_mutex_t mutex;
    struct place found[SETS][PLACES], links[SETS][PLACES];
};

struct consent_memory *consent_memory_create(void)
{
    struct consent_memory *memory = calloc(1, sizeof(*memory));
    INVARIANT(memory != NULL && pthread_mutex_init(&memory->mutex, NULL) == 0);
    return memory;
}

void consent_memory_destroy(struct consent_memory *memory)
{
    if (memory == NULL)
        return;
    pthread_mutex_destroy(&memory->mutex);
    free(memory);
}

void consent_memory_key(struct text issuer, struct text subject, struct text client, struct text target,
                        struct text scope, unsigned char key[DIGEST_SIZE])
{
    const struct text parts[] = {issuer, subject, client, target, scope};
    digest_parts(parts, sizeof(parts) / sizeof(parts[0]), key);
}

static struct place *set_of(struct place table[SETS][PLACES], const unsigned char key[DIGEST_SIZE])
{
    return table[(key[0] | key[1] << 8) % SETS];
}

static struct place *find(struct place table[SETS][PLACES], const unsigned char key[DIGEST_SIZE])
{
    struct place *set = set_of(table, key);
    for (size_t i = 0; i < PLACES; i++)
        if (set[i].until_s != 0 && memcmp(set[i].key, key, DIGEST_SIZE) == 0)
            return &set[i];
    return NULL;
}

/* That of the same key, or of whatever ends first: a free one is over already. */
static struct place *take(struct place table[SETS][PLACES], const unsigned char key[DIGEST_SIZE])
{
    struct place *place = find(table, key), *set = set_of(table, key);
    for (size_t i = 0; place == NULL && i < PLACES; i++) {
        bool is_first = true;
        for (size_t other = 0; other < PLACES; other++)
            is_first &= set[i].until_s <= set[other].until_s;
        if (is_first)
            place = &set[i];
    }
    *place = (struct place){0};
    memcpy(place->key, key, DIGEST_SIZE);
    return place;
}

bool consent_memory_find(struct consent_memory *memory, const unsigned char key[DIGEST_SIZE], int64_t now_s,
                         struct consent_found *found)
{
    pthread_mutex_lock(&memory->mutex);
    const struct place *place = find(memory->found, key);
    bool is_good = place != NULL && place->until_s > now_s;
    if (is_good) {
        memcpy(found->id, place->id, IDENTIFIER_SIZE);
        found->expires_at_s = place->until_s;
    }
    pthread_mutex_unlock(&memory->mutex);
    return is_good;
}

void consent_memory_keep(struct consent_memory *memory, const unsigned char key[DIGEST_SIZE], struct text id,
                         int64_t expires_at_s)
{
    if (id.length != IDENTIFIER_LENGTH)
        return;
    pthread_mutex_lock(&memory->mutex);
    struct place *place = take(memory->found, key);
    memcpy(place->id, id.base, IDENTIFIER_LENGTH);
    place->until_s = expires_at_s;
    pthread_mutex_unlock(&memory->mutex);
}

void consent_memory_forget(struct consent_memory *memory, const unsigned char key[DIGEST_SIZE])
{
    pthread_mutex_lock(&memory->mutex);
    struct place *place = find(memory->found, key);
    if (place != NULL)
        *place = (struct place){0};
    pthread_mutex_unlock(&memory->mutex);
}

bool consent_memory_take_link(struct consent_memory *memory, const unsigned char key[DIGEST_SIZE],
                              int64_t now_s, int64_t link_s, int64_t *retry_after_s)
{
    pthread_mutex_lock(&memory->mutex);
    struct place *place = find(memory->links, key);
    if (place == NULL || place->until_s <= now_s) {
        place = take(memory->links, key);
        place->until_s = now_s + link_s;
    }
    bool is_good = place->count < CONSENT_MEMORY_LINKS_MAX;
    place->count += is_good;
    *retry_after_s = is_good ? 0 : place->until_s - now_s;
    pthread_mutex_unlock(&memory->mutex);
    return is_good;
}

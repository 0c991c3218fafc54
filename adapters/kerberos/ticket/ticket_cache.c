/* A table of chains, and a list by use. A ticket that is dropped while somebody holds it goes when the last of
 * them lets go; until then only they know it. */
#include "ticket_cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"

struct kept_ticket {
    unsigned char key[DIGEST_SIZE];
    void *credential;
    int64_t good_until_us;
    size_t holders; /* the cache is one */
    struct ticket_cache *cache;
    struct kept_ticket *chain;
    struct kept_ticket *older, *newer; /* by use */
};

struct ticket_cache {
    pthread_mutex_t mutex;
    void (*release)(void *credential);
    size_t limit, count, slot_count;
    struct kept_ticket **slots;
    struct kept_ticket *oldest, *newest;
};

struct ticket_cache *ticket_cache_open(size_t limit, void (*release)(void *credential))
{
    struct ticket_cache *cache = calloc(1, sizeof(*cache));
    INVARIANT(cache != NULL && limit != 0);
    cache->limit = cache->slot_count = limit;
    cache->release = release;
    cache->slots = calloc(cache->slot_count, sizeof(struct kept_ticket *));
    INVARIANT(cache->slots != NULL);
    INVARIANT(pthread_mutex_init(&cache->mutex, NULL) == 0);
    return cache;
}

/* --- under the mutex --- */

static struct kept_ticket **slot_of(struct ticket_cache *cache, const unsigned char key[DIGEST_SIZE])
{
    size_t number;
    memcpy(&number, key, sizeof(number));
    return &cache->slots[number % cache->slot_count];
}

static struct kept_ticket *look_up(struct ticket_cache *cache, const unsigned char key[DIGEST_SIZE])
{
    struct kept_ticket *ticket = *slot_of(cache, key);
    while (ticket != NULL && memcmp(ticket->key, key, DIGEST_SIZE) != 0)
        ticket = ticket->chain;
    return ticket;
}

static void take_out_of_list(struct ticket_cache *cache, struct kept_ticket *ticket)
{
    *(ticket->older != NULL ? &ticket->older->newer : &cache->oldest) = ticket->newer;
    *(ticket->newer != NULL ? &ticket->newer->older : &cache->newest) = ticket->older;
    ticket->older = ticket->newer = NULL;
}

static void put_newest(struct ticket_cache *cache, struct kept_ticket *ticket)
{
    ticket->older = cache->newest;
    *(cache->newest != NULL ? &cache->newest->newer : &cache->oldest) = ticket;
    cache->newest = ticket;
}

/* What has to be destroyed, or NULL: the caller does so without the mutex. */
static struct kept_ticket *give_up(struct kept_ticket *ticket)
{
    return --ticket->holders == 0 ? ticket : NULL;
}

static struct kept_ticket *take_out(struct ticket_cache *cache, struct kept_ticket *ticket)
{
    struct kept_ticket **link = slot_of(cache, ticket->key);
    while (*link != ticket)
        link = &(*link)->chain;
    *link = ticket->chain;
    ticket->chain = NULL;
    take_out_of_list(cache, ticket);
    cache->count--;
    return give_up(ticket);
}

/* --- */

static void destroy(struct kept_ticket *ticket)
{
    if (ticket == NULL)
        return;
    ticket->cache->release(ticket->credential);
    free(ticket);
}

void ticket_let_go(struct kept_ticket *ticket)
{
    if (ticket == NULL)
        return;
    struct ticket_cache *cache = ticket->cache;
    pthread_mutex_lock(&cache->mutex);
    struct kept_ticket *ended = give_up(ticket);
    pthread_mutex_unlock(&cache->mutex);
    destroy(ended);
}

void *ticket_credential(const struct kept_ticket *ticket)
{
    return ticket->credential;
}

struct kept_ticket *ticket_cache_find(struct ticket_cache *cache, struct text key, int64_t now_us)
{
    unsigned char digest[DIGEST_SIZE];
    digest_sha256(key, digest);
    pthread_mutex_lock(&cache->mutex);
    struct kept_ticket *ticket = look_up(cache, digest), *ended = NULL;
    if (ticket != NULL && ticket->good_until_us <= now_us) {
        ended = take_out(cache, ticket);
        ticket = NULL;
    }
    if (ticket != NULL) {
        ticket->holders++;
        take_out_of_list(cache, ticket);
        put_newest(cache, ticket);
    }
    pthread_mutex_unlock(&cache->mutex);
    destroy(ended);
    return ticket;
}

static void put_in(struct ticket_cache *cache, struct kept_ticket *ticket)
{
    struct kept_ticket **slot = slot_of(cache, ticket->key);
    ticket->chain = *slot;
    *slot = ticket;
    put_newest(cache, ticket);
    cache->count++;
}

/* One at a time, so that nobody waits for many: as many go as come. */
static struct kept_ticket *take_out_oldest(struct ticket_cache *cache, int64_t now_us)
{
    bool is_due =
        cache->count == cache->limit || (cache->oldest != NULL && cache->oldest->good_until_us <= now_us);
    return is_due ? take_out(cache, cache->oldest) : NULL;
}

struct kept_ticket *ticket_cache_keep(struct ticket_cache *cache, struct text key, void *credential,
                                      int64_t now_us, int64_t good_until_us)
{
    struct kept_ticket *ticket = calloc(1, sizeof(*ticket)), *replaced = NULL;
    INVARIANT(ticket != NULL);
    *ticket = (struct kept_ticket){
        .credential = credential, .good_until_us = good_until_us, .holders = 2, .cache = cache};
    digest_sha256(key, ticket->key);
    pthread_mutex_lock(&cache->mutex);
    struct kept_ticket *before = look_up(cache, ticket->key);
    if (before != NULL)
        replaced = take_out(cache, before);
    struct kept_ticket *oldest = take_out_oldest(cache, now_us);
    put_in(cache, ticket);
    pthread_mutex_unlock(&cache->mutex);
    destroy(replaced);
    destroy(oldest);
    return ticket;
}

void ticket_cache_drop(struct ticket_cache *cache, struct text key)
{
    unsigned char digest[DIGEST_SIZE];
    digest_sha256(key, digest);
    pthread_mutex_lock(&cache->mutex);
    struct kept_ticket *ticket = look_up(cache, digest);
    struct kept_ticket *ended = ticket != NULL ? take_out(cache, ticket) : NULL;
    pthread_mutex_unlock(&cache->mutex);
    destroy(ended);
}

size_t ticket_cache_count(struct ticket_cache *cache)
{
    pthread_mutex_lock(&cache->mutex);
    size_t count = cache->count;
    pthread_mutex_unlock(&cache->mutex);
    return count;
}

void ticket_cache_close(struct ticket_cache *cache)
{
    if (cache == NULL)
        return;
    while (cache->oldest != NULL)
        destroy(take_out(cache, cache->oldest));
    pthread_mutex_destroy(&cache->mutex);
    free(cache->slots);
    free(cache);
}

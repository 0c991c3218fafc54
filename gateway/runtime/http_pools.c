/* A list with the one that was taken last in front. Nothing is closed but by the timer and to make room, so
 * never while libcurl is at work in it. */
#include "http_pools.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fault.h"

enum {
    CONNECTIONS_MAX = 64, /* of one, open at once */
    KEPT_MAX = 4,         /* of one, for requests to come */
    LOOK_MS = 5000,
};

static void unlink_pool(struct http_pools *pools, struct http_pool *pool)
{
    *(pool->newer != NULL ? &pool->newer->older : &pools->newest) = pool->older;
    *(pool->older != NULL ? &pool->older->newer : &pools->oldest) = pool->newer;
    pools->count--;
}

static void link_newest(struct http_pools *pools, struct http_pool *pool)
{
    pool->newer = NULL;
    pool->older = pools->newest;
    *(pools->newest != NULL ? &pools->newest->newer : &pools->oldest) = pool;
    pools->newest = pool;
    pools->count++;
}

static void drop(struct http_pools *pools, struct http_pool *pool)
{
    unlink_pool(pools, pool);
    http_multi_close(&pool->multi);
    free(pool);
}

static void drop_idle(struct loop_timer *timer)
{
    struct http_pools *pools =
        (struct http_pools *)(void *)((char *)timer - offsetof(struct http_pools, timer));
    int64_t until_us = clock_monotonic_us() - pools->idle_us;
    for (struct http_pool *pool = pools->oldest, *newer; pool != NULL; pool = newer) {
        newer = pool->newer;
        if (pool->in_use == 0 && pool->idle_since_us <= until_us)
            drop(pools, pool);
    }
    if (pools->count != 0)
        loop_timer_start(pools->loop, &pools->timer, LOOK_MS);
}

void http_pools_open(struct http_pools *pools, struct loop *loop, int64_t idle_us,
                     void (*done)(void *private_data, CURLcode result))
{
    *pools = (struct http_pools){.loop = loop, .idle_us = idle_us, .timer = {.run = drop_idle}, .done = done};
}

void http_pools_close(struct http_pools *pools)
{
    loop_timer_stop(pools->loop, &pools->timer);
    while (pools->newest != NULL)
        drop(pools, pools->newest);
}

static struct http_pool *find(struct http_pools *pools, const unsigned char name[DIGEST_SIZE])
{
    for (struct http_pool *pool = pools->newest; pool != NULL; pool = pool->older)
        if (memcmp(pool->name, name, DIGEST_SIZE) == 0)
            return pool;
    return NULL;
}

static bool make_room(struct http_pools *pools)
{
    if (pools->count < HTTP_POOLS_MAX)
        return true;
    for (struct http_pool *pool = pools->oldest; pool != NULL; pool = pool->newer) {
        if (pool->in_use != 0)
            continue;
        drop(pools, pool);
        return true;
    }
    return false;
}

static struct http_pool *create(struct http_pools *pools, const unsigned char name[DIGEST_SIZE])
{
    struct http_pool *pool = calloc(1, sizeof(*pool));
    INVARIANT(pool != NULL);
    memcpy(pool->name, name, DIGEST_SIZE);
    http_multi_open(&pool->multi, pools->loop, CONNECTIONS_MAX, CONNECTIONS_MAX, pools->done);
    curl_multi_setopt(pool->multi.curl, CURLMOPT_MAXCONNECTS, (long)KEPT_MAX);
    curl_multi_setopt(pool->multi.curl, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
    return pool;
}

struct http_pool *http_pools_take(struct http_pools *pools, const unsigned char name[DIGEST_SIZE])
{
    struct http_pool *pool = find(pools, name);
    if (pool != NULL)
        unlink_pool(pools, pool);
    else if (make_room(pools))
        pool = create(pools, name);
    else
        return NULL;
    link_newest(pools, pool);
    pool->in_use++;
    if (pools->count == 1)
        loop_timer_start(pools->loop, &pools->timer, LOOK_MS);
    return pool;
}

void http_pools_leave(struct http_pool *pool)
{
    pool->in_use--;
    pool->idle_since_us = clock_monotonic_us();
}

/* Sets of connections that have nothing to do with each other: a server that authenticates a connection and not
 * a request (RFC 4559 section 6) must never meet two subjects on one. Each set is a multi handle of libcurl of
 * its own, whose connections no other can find. Used by http_stream.c alone, on one loop. */
#ifndef RUNTIME_HTTP_POOLS_H
#define RUNTIME_HTTP_POOLS_H

#include "base/digest.h"
#include "http_multi.h"

enum { HTTP_POOLS_MAX = 512 };

struct http_pool {
    struct http_multi multi;
    struct http_pool *newer, *older;
    unsigned char name[DIGEST_SIZE];
    size_t in_use;
    int64_t idle_since_us;
};

struct http_pools {
    struct loop *loop;
    struct http_pool *newest, *oldest; /* by when they were taken */
    size_t count;
    int64_t idle_us; /* without use for so long, its connections are closed */
    struct loop_timer timer;
    void (*done)(void *private_data, CURLcode result); /* see http_multi.h */
};

void http_pools_open(struct http_pools *pools, struct loop *loop, int64_t idle_us,
                     void (*done)(void *private_data, CURLcode result));
/* When none is in use. */
void http_pools_close(struct http_pools *pools);

/* Never from inside libcurl. Until http_pools_leave it stays; NULL: there are too many, and all are in use. */
struct http_pool *http_pools_take(struct http_pools *pools, const unsigned char name[DIGEST_SIZE]);
void http_pools_leave(struct http_pool *pool);

#endif

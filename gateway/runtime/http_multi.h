/* libcurl's multi interface on a loop: its sockets are watches, its timer is a loop timer. What was added
 * reports its end outside of libcurl. Used by http_client.c and http_stream.c. */
#ifndef RUNTIME_HTTP_MULTI_H
#define RUNTIME_HTTP_MULTI_H

#include <curl/curl.h>

#include "runtime/loop.h"

struct http_multi {
    struct loop *loop;
    CURLM *curl;
    struct loop_timer timer;
    /* What the easy handle had as CURLOPT_PRIVATE; it takes the handle away again. */
    void (*done)(void *private_data, CURLcode result);
};

/* connections: open at once, in all and to one host. */
void http_multi_open(struct http_multi *multi, struct loop *loop, long connections, long connections_per_host,
                     void (*done)(void *private_data, CURLcode result));
/* When no handle is left in it. */
void http_multi_close(struct http_multi *multi);
/* Neither from inside a callback of libcurl. */
void http_multi_add(struct http_multi *multi, CURL *easy, void *private_data);
void http_multi_remove(struct http_multi *multi, CURL *easy);

#endif

/* The glue between libcurl and a loop, and nothing else. */
#include "http_multi.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/fault.h"

struct watched_socket {
    struct http_multi *multi;
    curl_socket_t descriptor;
    struct loop_watch *watch;
};

static void report_done(struct http_multi *multi)
{
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(multi->curl, &left)) != NULL) {
        void *private_data = NULL;
        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&private_data);
        multi->done(private_data, message->data.result);
    }
}

/* --- libcurl's sockets and timer --- */

static void act(struct http_multi *multi, curl_socket_t descriptor, int events)
{
    int running;
    curl_multi_socket_action(multi->curl, descriptor, events, &running);
    report_done(multi);
}

static void on_ready(void *context, int events)
{
    const struct watched_socket *watched = context;
    int flags = (events & LOOP_READABLE) != 0 ? CURL_CSELECT_IN : 0;
    if ((events & LOOP_WRITABLE) != 0)
        flags |= CURL_CSELECT_OUT;
    act(watched->multi, watched->descriptor, flags);
}

static void on_timer(struct loop_timer *timer)
{
    struct http_multi *multi =
        (struct http_multi *)(void *)((char *)timer - offsetof(struct http_multi, timer));
    act(multi, CURL_SOCKET_TIMEOUT, 0);
}

static int set_timer(CURLM *curl, long delay_ms, void *context)
{
    struct http_multi *multi = context;
    (void)curl;
    if (delay_ms < 0)
        loop_timer_stop(multi->loop, &multi->timer);
    else
        loop_timer_start(multi->loop, &multi->timer, delay_ms);
    return 0;
}

static void forget_socket(struct http_multi *multi, struct watched_socket *watched)
{
    if (watched == NULL)
        return;
    curl_multi_assign(multi->curl, watched->descriptor, NULL);
    loop_watch_destroy(watched->watch);
    free(watched);
}

static struct watched_socket *watch_socket(struct http_multi *multi, curl_socket_t descriptor)
{
    struct watched_socket *watched = calloc(1, sizeof(*watched));
    INVARIANT(watched != NULL);
    watched->multi = multi;
    watched->descriptor = descriptor;
    watched->watch = loop_watch_create(multi->loop, descriptor, on_ready, watched);
    if (watched->watch == NULL) {
        free(watched);
        return NULL;
    }
    curl_multi_assign(multi->curl, descriptor, watched);
    return watched;
}

static int set_socket(CURL *easy, curl_socket_t descriptor, int what, void *context, void *socket_context)
{
    struct http_multi *multi = context;
    struct watched_socket *watched = socket_context;
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        forget_socket(multi, watched);
        return 0;
    }
    if (watched == NULL)
        watched = watch_socket(multi, descriptor);
    if (watched == NULL) /* out of descriptors: the request then meets its timeout */
        return 0;
    loop_watch_set(watched->watch, ((what & CURL_POLL_IN) != 0 ? LOOP_READABLE : 0) |
                                       ((what & CURL_POLL_OUT) != 0 ? LOOP_WRITABLE : 0));
    return 0;
}

/* --- its life --- */

void http_multi_open(struct http_multi *multi, struct loop *loop, long connections, long connections_per_host,
                     void (*done)(void *private_data, CURLcode result))
{
    *multi = (struct http_multi){.loop = loop, .timer = {.run = on_timer}, .done = done};
    multi->curl = curl_multi_init();
    INVARIANT(multi->curl != NULL);
    curl_multi_setopt(multi->curl, CURLMOPT_SOCKETFUNCTION, set_socket);
    curl_multi_setopt(multi->curl, CURLMOPT_SOCKETDATA, multi);
    curl_multi_setopt(multi->curl, CURLMOPT_TIMERFUNCTION, set_timer);
    curl_multi_setopt(multi->curl, CURLMOPT_TIMERDATA, multi);
    curl_multi_setopt(multi->curl, CURLMOPT_MAX_TOTAL_CONNECTIONS, connections);
    curl_multi_setopt(multi->curl, CURLMOPT_MAX_HOST_CONNECTIONS, connections_per_host);
}

void http_multi_close(struct http_multi *multi)
{
    curl_multi_cleanup(multi->curl);
    loop_timer_stop(multi->loop, &multi->timer);
}

void http_multi_add(struct http_multi *multi, CURL *easy, void *private_data)
{
    curl_easy_setopt(easy, CURLOPT_PRIVATE, private_data);
    INVARIANT(curl_multi_add_handle(multi->curl, easy) == CURLM_OK);
}

void http_multi_remove(struct http_multi *multi, CURL *easy)
{
    INVARIANT(curl_multi_remove_handle(multi->curl, easy) == CURLM_OK);
}

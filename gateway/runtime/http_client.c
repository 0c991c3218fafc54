/* libcurl's multi interface on a loop: its sockets are watches, its timer is a loop timer. Every callback to a
 * caller is made from finish, never from inside http_client_send and never from inside libcurl. */
#include "runtime/http_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http_transfer.h"

enum {
    REQUESTS_MAX = 1024,
    CONNECTIONS_MAX = 128,
    CONNECTIONS_PER_HOST_MAX = 8,
};

struct http_call {
    struct http_transfer transfer;
    enum fault refused; /* before anything was sent; why is in transfer.error */
    bool is_added;
    void (*done)(const struct http_answer *answer, void *context);
    void *context;
    struct http_call *next, *previous;
    struct http_client *client;
    struct loop_task task; /* reports a call that was refused at once */
};

struct http_client {
    struct loop *loop;
    CURLM *multi;
    struct loop_timer timer;
    const struct address_guard *guard;
    char *ca_file;
    struct http_call *calls;
    size_t count;
    bool is_ending;
};

struct watched_socket {
    struct http_client *client;
    curl_socket_t descriptor;
    struct loop_watch *watch;
};

/* --- calls --- */

static void link_call(struct http_client *client, struct http_call *call)
{
    call->client = client;
    call->next = client->calls;
    if (call->next != NULL)
        call->next->previous = call;
    client->calls = call;
    client->count++;
}

static void unlink_call(struct http_client *client, struct http_call *call)
{
    if (call->previous != NULL)
        call->previous->next = call->next;
    else
        client->calls = call->next;
    if (call->next != NULL)
        call->next->previous = call->previous;
    client->count--;
}

static void finish(struct http_call *call, CURLcode result)
{
    struct http_client *client = call->client;
    loop_defer_cancel(&call->task);
    unlink_call(client, call);
    if (call->is_added)
        curl_multi_remove_handle(client->multi, call->transfer.easy);
    struct http_answer answer = http_transfer_answer(&call->transfer, result);
    if (call->refused != FAULT_NONE)
        answer.fault = call->refused;
    call->done(&answer, call->context);
    http_transfer_dispose(&call->transfer);
    free(call);
}

static void finish_refused(struct loop_task *task)
{
    struct http_call *call = (struct http_call *)(void *)((char *)task - offsetof(struct http_call, task));
    finish(call, CURLE_ABORTED_BY_CALLBACK);
}

static void finish_done(struct http_client *client)
{
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(client->multi, &left)) != NULL) {
        struct http_call *call = NULL;
        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&call);
        finish(call, message->data.result);
    }
}

static void refuse(struct http_call *call, enum fault fault)
{
    call->refused = fault;
    call->task.run = finish_refused;
    loop_defer(call->client->loop, &call->task);
}

void http_client_send(struct http_client *client, const struct http_request *request,
                      void (*done)(const struct http_answer *answer, void *context), void *context)
{
    if (client->is_ending) {
        struct http_answer answer = {.fault = FAULT_OUTBOUND_FAILED, .max_age_s = -1, .detail = "cancelled"};
        done(&answer, context);
        return;
    }
    struct http_call *call = calloc(1, sizeof(*call));
    INVARIANT(call != NULL);
    call->done = done;
    call->context = context;
    link_call(client, call);
    enum fault fault = http_transfer_prepare(&call->transfer, request, client->guard, client->ca_file);
    if (fault != FAULT_NONE) {
        refuse(call, fault);
    } else if (client->count > REQUESTS_MAX) {
        snprintf(call->transfer.error, CURL_ERROR_SIZE, "too many outbound requests are under way");
        refuse(call, FAULT_OUTBOUND_FAILED);
    } else {
        curl_easy_setopt(call->transfer.easy, CURLOPT_PRIVATE, call);
        INVARIANT(curl_multi_add_handle(client->multi, call->transfer.easy) == CURLM_OK);
        call->is_added = true;
    }
}

/* --- libcurl's sockets and timer --- */

static void act(struct http_client *client, curl_socket_t descriptor, int events)
{
    int running;
    curl_multi_socket_action(client->multi, descriptor, events, &running);
    finish_done(client);
}

static void on_ready(void *context, int events)
{
    const struct watched_socket *watched = context;
    int flags = (events & LOOP_READABLE) != 0 ? CURL_CSELECT_IN : 0;
    if ((events & LOOP_WRITABLE) != 0)
        flags |= CURL_CSELECT_OUT;
    act(watched->client, watched->descriptor, flags);
}

static void on_timer(struct loop_timer *timer)
{
    struct http_client *client =
        (struct http_client *)(void *)((char *)timer - offsetof(struct http_client, timer));
    act(client, CURL_SOCKET_TIMEOUT, 0);
}

static int set_timer(CURLM *multi, long delay_ms, void *context)
{
    struct http_client *client = context;
    (void)multi;
    if (delay_ms < 0)
        loop_timer_stop(client->loop, &client->timer);
    else
        loop_timer_start(client->loop, &client->timer, delay_ms);
    return 0;
}

static void forget_socket(struct http_client *client, struct watched_socket *watched)
{
    if (watched == NULL)
        return;
    curl_multi_assign(client->multi, watched->descriptor, NULL);
    loop_watch_destroy(watched->watch);
    free(watched);
}

static struct watched_socket *watch_socket(struct http_client *client, curl_socket_t descriptor)
{
    struct watched_socket *watched = calloc(1, sizeof(*watched));
    INVARIANT(watched != NULL);
    watched->client = client;
    watched->descriptor = descriptor;
    watched->watch = loop_watch_create(client->loop, descriptor, on_ready, watched);
    if (watched->watch == NULL) {
        free(watched);
        return NULL;
    }
    curl_multi_assign(client->multi, descriptor, watched);
    return watched;
}

static int set_socket(CURL *easy, curl_socket_t descriptor, int what, void *context, void *socket_context)
{
    struct http_client *client = context;
    struct watched_socket *watched = socket_context;
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        forget_socket(client, watched);
        return 0;
    }
    if (watched == NULL)
        watched = watch_socket(client, descriptor);
    if (watched == NULL) /* out of descriptors: the request then meets its timeout */
        return 0;
    loop_watch_set(watched->watch, ((what & CURL_POLL_IN) != 0 ? LOOP_READABLE : 0) |
                                       ((what & CURL_POLL_OUT) != 0 ? LOOP_WRITABLE : 0));
    return 0;
}

/* --- the client --- */

struct http_client *http_client_create(struct loop *loop, const struct address_guard *guard,
                                       const char *ca_file)
{
    INVARIANT(guard != NULL);
    struct http_client *client = calloc(1, sizeof(*client));
    INVARIANT(client != NULL);
    client->loop = loop;
    client->guard = guard;
    client->ca_file = ca_file != NULL ? strdup(ca_file) : NULL;
    client->timer.run = on_timer;
    client->multi = curl_multi_init();
    INVARIANT(client->multi != NULL);
    curl_multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, set_socket);
    curl_multi_setopt(client->multi, CURLMOPT_SOCKETDATA, client);
    curl_multi_setopt(client->multi, CURLMOPT_TIMERFUNCTION, set_timer);
    curl_multi_setopt(client->multi, CURLMOPT_TIMERDATA, client);
    curl_multi_setopt(client->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)CONNECTIONS_MAX);
    curl_multi_setopt(client->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)CONNECTIONS_PER_HOST_MAX);
    return client;
}

void http_client_destroy(struct http_client *client)
{
    if (client == NULL)
        return;
    client->is_ending = true;
    while (client->calls != NULL) {
        struct http_call *call = client->calls;
        snprintf(call->transfer.error, CURL_ERROR_SIZE, "cancelled");
        finish(call, CURLE_ABORTED_BY_CALLBACK);
    }
    curl_multi_cleanup(client->multi);
    loop_timer_stop(client->loop, &client->timer);
    free(client->ca_file);
    free(client);
}

/* Requests whose answers are collected. Every callback to a caller is made from finish, never from inside
 * http_client_send and never from inside libcurl. */
#include "runtime/http_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http_multi.h"
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
    struct http_multi multi;
    const struct address_guard *guard;
    char *ca_file;
    struct http_call *calls;
    size_t count;
    bool is_ending;
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
        http_multi_remove(&client->multi, call->transfer.handle.easy);
    struct http_answer answer = http_transfer_answer(&call->transfer, result);
    if (call->refused != FAULT_NONE)
        answer.fault = call->refused;
    struct trace_place before = trace_enter(call->transfer.handle.traced.above);
    call->done(&answer, call->context);
    trace_return(before);
    http_transfer_dispose(&call->transfer);
    free(call);
}

static void finish_refused(struct loop_task *task)
{
    struct http_call *call = (struct http_call *)(void *)((char *)task - offsetof(struct http_call, task));
    finish(call, CURLE_ABORTED_BY_CALLBACK);
}

static void finish_done(void *private_data, CURLcode result)
{
    finish(private_data, result);
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
        snprintf(call->transfer.handle.error, CURL_ERROR_SIZE, "too many outbound requests are under way");
        refuse(call, FAULT_OUTBOUND_FAILED);
    } else {
        http_multi_add(&client->multi, call->transfer.handle.easy, call);
        call->is_added = true;
    }
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
    http_multi_open(&client->multi, loop, CONNECTIONS_MAX, CONNECTIONS_PER_HOST_MAX, finish_done);
    return client;
}

void http_client_destroy(struct http_client *client)
{
    if (client == NULL)
        return;
    client->is_ending = true;
    while (client->calls != NULL) {
        struct http_call *call = client->calls;
        snprintf(call->transfer.handle.error, CURL_ERROR_SIZE, "cancelled");
        finish(call, CURLE_ABORTED_BY_CALLBACK);
    }
    http_multi_close(&client->multi);
    free(client->ca_file);
    free(client);
}

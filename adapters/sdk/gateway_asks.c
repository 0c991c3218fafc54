/* Requests that wait for the gateway's answer. One whose call is over stays until its answer has come, since
 * the gateway counts it until then and the answer is not to be taken for one to nothing. */
#include "gateway_asks.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "adapter_protocol/numbers.h"
#include "base/clock.h"
#include "base/secret.h"
#include "call.h"

struct gateway_ask {
    int64_t id;
    bool is_abandoned;
    char *line; /* the answer */
    size_t length;
    struct gateway_ask *next;
};

void gateway_asks_open(struct gateway_asks *asks)
{
    pthread_condattr_t attributes;
    *asks = (struct gateway_asks){0};
    INVARIANT(pthread_mutex_init(&asks->mutex, NULL) == 0);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    INVARIANT(pthread_cond_init(&asks->changed, &attributes) == 0);
    pthread_condattr_destroy(&attributes);
}

static void free_ask(struct gateway_ask *ask)
{
    if (ask->line != NULL)
        secret_wipe(ask->line, ask->length);
    free(ask->line);
    free(ask);
}

void gateway_asks_dispose(struct gateway_asks *asks)
{
    while (asks->first != NULL) {
        struct gateway_ask *ask = asks->first;
        asks->first = ask->next;
        free_ask(ask);
    }
    pthread_cond_destroy(&asks->changed);
    pthread_mutex_destroy(&asks->mutex);
}

/* Under the mutex. */
static void take_out(struct gateway_asks *asks, struct gateway_ask *ask)
{
    struct gateway_ask **link = &asks->first;
    while (*link != ask)
        link = &(*link)->next;
    *link = ask->next;
    asks->count--;
    pthread_cond_broadcast(&asks->changed);
}

/* Under the mutex; until something has changed or the call's deadline has come. */
static void wait_for_change(struct gateway_asks *asks, struct adapter_call *call)
{
    int64_t until_us = clock_monotonic_us() + adapter_remaining_ms(call) * 1000;
    struct timespec until = {.tv_sec = until_us / 1000000, .tv_nsec = until_us % 1000000 * 1000};
    pthread_cond_timedwait(&asks->changed, &asks->mutex, &until);
}

/* NULL: the call is over. */
static struct gateway_ask *begin(struct gateway_asks *asks, struct adapter_call *call)
{
    struct gateway_ask *ask = NULL;
    pthread_mutex_lock(&asks->mutex);
    while (asks->count == GATEWAY_ASKS_MAX && !adapter_is_over(call))
        wait_for_change(asks, call);
    if (!adapter_is_over(call)) {
        ask = calloc(1, sizeof(*ask));
        INVARIANT(ask != NULL);
        *ask = (struct gateway_ask){.id = ++asks->last_id, .next = asks->first};
        asks->first = ask;
        asks->count++;
    }
    pthread_mutex_unlock(&asks->mutex);
    return ask;
}

/* The answer as a copy of the call's; TEXT_NONE: the call is over. */
static struct text finish(struct gateway_asks *asks, struct gateway_ask *ask, struct adapter_call *call)
{
    struct text line = TEXT_NONE;
    pthread_mutex_lock(&asks->mutex);
    while (ask->line == NULL && !adapter_is_over(call))
        wait_for_change(asks, call);
    if (ask->line != NULL) {
        line = arena_copy(call->arena, (struct text){ask->line, ask->length});
        take_out(asks, ask);
        free_ask(ask);
    } else {
        ask->is_abandoned = true;
    }
    pthread_mutex_unlock(&asks->mutex);
    return line;
}

static enum adapter_outcome read_error(struct adapter_call *call, const char *method,
                                       const struct json_value *error)
{
    const struct json_value *data = json_member(error, TEXT("data"));
    switch (json_integer_of(error, "code")) {
    case PROTOCOL_CONFLICT:
        return ADAPTER_CONFLICT;
    case PROTOCOL_CLAIMED:
        return ADAPTER_CLAIMED;
    case PROTOCOL_UNAVAILABLE:
        return adapter_unavailable(call, json_integer_of(data, "retry_after_s"), "the gateway cannot do %s now",
                                   method);
    default:
        return adapter_fail(call, "the gateway answers %s with error %ld", method,
                            (long)json_integer_of(error, "code"));
    }
}

enum adapter_outcome gateway_ask(struct adapter_call *call, const char *method,
                                 void (*write_params)(struct json_writer *writer, const void *context),
                                 const void *context, const struct json_value **answer)
{
    struct gateway_asks *asks = &call->program->asks;
    struct gateway_ask *ask = begin(asks, call);
    if (ask == NULL)
        return ADAPTER_CANCELLED;
    SCOPED_BUFFER out = {0};
    struct json_writer writer = message_begin(&out, ask->id, method);
    json_name(&writer, TEXT("params"));
    json_begin_object(&writer);
    write_params(&writer, context);
    json_end_object(&writer);
    json_end_object(&writer);
    /* Where this fails the gateway has gone, and the reading thread ends everything. */
    channel_write(&call->program->channel, buffer_text(&out));
    struct text line = finish(asks, ask, call);
    struct message message;
    if (line.base == NULL)
        return ADAPTER_CANCELLED;
    INVARIANT(message_read(call->arena, line, &message)); /* was read once, to find who asked */
    *answer = message.kind == MESSAGE_ERROR ? message.error : message.result;
    return message.kind == MESSAGE_ERROR ? read_error(call, method, message.error) : ADAPTER_DONE;
}

static char *copy_line(struct text line)
{
    char *copy = malloc(line.length);
    INVARIANT(copy != NULL);
    return memcpy(copy, line.base, line.length);
}

bool gateway_asks_answer(struct gateway_asks *asks, const struct message *message, struct text line)
{
    pthread_mutex_lock(&asks->mutex);
    struct gateway_ask *ask = asks->first;
    while (ask != NULL && ask->id != message->id)
        ask = ask->next;
    bool is_asked = ask != NULL && ask->line == NULL;
    if (is_asked && ask->is_abandoned) {
        take_out(asks, ask);
        free_ask(ask);
    } else if (is_asked) {
        ask->line = copy_line(line);
        ask->length = line.length;
        pthread_cond_broadcast(&asks->changed);
    }
    pthread_mutex_unlock(&asks->mutex);
    return is_asked;
}

void gateway_asks_wake(struct gateway_asks *asks)
{
    pthread_mutex_lock(&asks->mutex);
    pthread_cond_broadcast(&asks->changed);
    pthread_mutex_unlock(&asks->mutex);
}

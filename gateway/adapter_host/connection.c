/* See connection.h. Credentials and what people typed in pass through both buffers, so that every byte is wiped
 * as soon as it has been handed on. */
#include "connection.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "adapter_protocol/numbers.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/secret.h"

enum { READ_FIRST = 64 * 1024, READ_ROOM_MIN = 16 * 1024, OUT_KEPT = 1024 * 1024 };
/* What a line costs, for each KiB begun, and what there is to pay it with. */
enum {
    LINE_BYTES_A_CREDIT = 1024,
    CREDIT_A_SECOND = 1000,
    CREDIT_A_REQUEST = 128,
    CREDIT_MAX = 4096,
    PAUSE_MS = 20
};

struct connection {
    struct loop *loop;
    int descriptor;
    struct loop_watch *watch;
    const struct connection_user *user;
    void *context;
    char *in; /* in_capacity bytes, from in_length on never written or wiped */
    size_t in_length, in_capacity;
    size_t searched; /* of in: there is no line end before */
    struct buffer out;
    size_t sent; /* of out */
    struct loop_task send;
    int64_t credit, credited_us; /* below 0 after a line that cost more than there was */
    bool is_paused;              /* not read until the timer is over */
    struct loop_timer pause;
};

static void on_event(void *context, int events);

static void plan_events(struct connection *connection)
{
    bool has_unsent = connection_unsent(connection) != 0;
    loop_watch_set(connection->watch,
                   (connection->is_paused ? 0 : LOOP_READABLE) | (has_unsent ? LOOP_WRITABLE : 0));
}

size_t connection_unsent(const struct connection *connection)
{
    return connection->out.length - connection->sent;
}

/* So that one who reads slowly, but never all, does not make what was sent pile up. */
static void forget_sent(struct connection *connection)
{
    struct buffer *out = &connection->out;
    size_t rest = connection_unsent(connection);
    if (rest == 0 && out->capacity > OUT_KEPT)
        buffer_dispose(out);
    else if (rest != 0 && connection->sent < rest)
        return;
    else if (rest != 0) {
        memcpy(out->base, out->base + connection->sent, rest);
        secret_wipe(out->base + connection->sent, rest);
    }
    out->length = rest;
    connection->sent = 0;
}

/* False if the other end has gone. */
static bool write_unsent(struct connection *connection)
{
    struct buffer *out = &connection->out;
    while (connection->sent < out->length) {
        ssize_t written = send(connection->descriptor, out->base + connection->sent,
                               out->length - connection->sent, MSG_NOSIGNAL);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0) {
            bool is_full = errno == EAGAIN || errno == EWOULDBLOCK;
            forget_sent(connection);
            return is_full;
        }
        secret_wipe(out->base + connection->sent, (size_t)written);
        connection->sent += (size_t)written;
    }
    forget_sent(connection);
    return true;
}

void connection_flush(struct connection *connection)
{
    (void)write_unsent(connection); /* whether it still reads is not asked */
}

static void end(struct connection *connection, const char *reason)
{
    connection->user->ended(connection->context, reason);
}

static void send_turn(struct loop_task *task)
{
    struct connection *connection = (struct connection *)((char *)task - offsetof(struct connection, send));
    if (!write_unsent(connection)) {
        end(connection, "closed its socket");
        return;
    }
    if (connection_unsent(connection) > CONNECTION_UNSENT_MAX) {
        end(connection, "does not read what it is sent");
        return;
    }
    if (connection_unsent(connection) != 0)
        plan_events(connection);
}

struct buffer *connection_lines(struct connection *connection)
{
    if (connection->send.queue == NULL)
        loop_defer_to_turn_end(connection->loop, &connection->send);
    return &connection->out;
}

/* Larger and wiped behind, as realloc would not. */
static void grow(struct connection *connection)
{
    size_t capacity = 2 * connection->in_capacity;
    if (capacity > PROTOCOL_LINE_MAX + READ_ROOM_MIN)
        capacity = PROTOCOL_LINE_MAX + READ_ROOM_MIN;
    char *larger = malloc(capacity);
    INVARIANT(larger != NULL);
    memcpy(larger, connection->in, connection->in_length);
    secret_wipe(connection->in, connection->in_length);
    free(connection->in);
    connection->in = larger;
    connection->in_capacity = capacity;
}

/* What was handed on is wiped, what follows moves to the front. */
static void drop(struct connection *connection, size_t used)
{
    size_t rest = connection->in_length - used;
    if (rest != 0 && used != 0)
        memmove(connection->in, connection->in + used, rest);
    secret_wipe(connection->in + rest, used);
    connection->in_length = rest;
    connection->searched = connection->is_paused ? 0 : rest;
}

/* --- how much it may say --- */

static void earn(struct connection *connection, int64_t credit)
{
    connection->credit += credit;
    if (connection->credit > CREDIT_MAX)
        connection->credit = CREDIT_MAX;
}

void connection_note_request(struct connection *connection)
{
    earn(connection, CREDIT_A_REQUEST);
}

/* One that floods is not read for a moment and waits in its own write: the loop is for others too. */
static bool may_say_more(struct connection *connection)
{
    if (connection->credit > 0)
        return true;
    int64_t now_us = clock_monotonic_us();
    int64_t earned = (now_us - connection->credited_us) * CREDIT_A_SECOND / 1000000;
    if (earned > 0) {
        connection->credited_us = now_us;
        earn(connection, earned);
    }
    if (connection->credit > 0)
        return true;
    connection->is_paused = true;
    loop_timer_start(connection->loop, &connection->pause, PAUSE_MS);
    plan_events(connection);
    return false;
}

/* --- lines --- */

/* False when the connection has gone meanwhile. */
static bool hand_on(struct connection *connection)
{
    size_t used = 0, from = connection->searched;
    for (;;) {
        const char *begin = connection->in + used;
        const char *line_end = memchr(connection->in + from, '\n', connection->in_length - from);
        size_t length =
            (size_t)((line_end != NULL ? line_end : connection->in + connection->in_length) - begin);
        if (length > PROTOCOL_LINE_MAX) {
            end(connection, "sent a line that is too long");
            return false;
        }
        if (line_end == NULL || !may_say_more(connection))
            break;
        connection->credit -= 1 + (int64_t)length / LINE_BYTES_A_CREDIT;
        if (!connection->user->heard(connection->context, (struct text){begin, length}))
            return false;
        from = used += length + 1;
    }
    drop(connection, used);
    return true;
}

static void end_pause(struct loop_timer *timer)
{
    struct connection *connection = (struct connection *)((char *)timer - offsetof(struct connection, pause));
    connection->is_paused = false;
    if (hand_on(connection) && !connection->is_paused)
        plan_events(connection);
}

static void on_readable(struct connection *connection)
{
    if (connection->in_capacity - connection->in_length < READ_ROOM_MIN)
        grow(connection);
    ssize_t got = read(connection->descriptor, connection->in + connection->in_length,
                       connection->in_capacity - connection->in_length);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return;
    if (got <= 0) {
        end(connection, "closed its socket");
        return;
    }
    connection->in_length += (size_t)got;
    (void)hand_on(connection);
}

static void on_event(void *context, int events)
{
    struct connection *connection = context;
    if ((events & LOOP_WRITABLE) == 0) {
        if (!connection->is_paused)
            on_readable(connection);
        return;
    }
    if (!write_unsent(connection))
        end(connection, "closed its socket");
    else
        plan_events(connection);
}

struct connection *connection_create(struct loop *loop, int descriptor, const struct connection_user *user,
                                     void *context)
{
    struct connection *connection = calloc(1, sizeof(*connection));
    INVARIANT(connection != NULL);
    *connection = (struct connection){.loop = loop,
                                      .descriptor = descriptor,
                                      .user = user,
                                      .context = context,
                                      .in = malloc(READ_FIRST),
                                      .in_capacity = READ_FIRST,
                                      .send = {.run = send_turn},
                                      .credit = CREDIT_MAX,
                                      .credited_us = clock_monotonic_us(),
                                      .pause = {.run = end_pause}};
    INVARIANT(connection->in != NULL);
    int flags = fcntl(descriptor, F_GETFL);
    if (flags >= 0 && fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0)
        connection->watch = loop_watch_create(loop, descriptor, on_event, connection);
    if (connection->watch == NULL) {
        connection_destroy(connection);
        return NULL;
    }
    loop_watch_set(connection->watch, LOOP_READABLE);
    return connection;
}

void connection_destroy(struct connection *connection)
{
    if (connection == NULL)
        return;
    loop_defer_cancel(&connection->send);
    loop_timer_stop(connection->loop, &connection->pause);
    loop_watch_destroy(connection->watch);
    close(connection->descriptor);
    secret_wipe(connection->in, connection->in_length);
    free(connection->in);
    buffer_dispose(&connection->out);
    free(connection);
}

/* h2o takes one piece at a time and says when it wants another, from inside its own reading and writing. So
 * everything is handed to it by a task of the loop, and the write is started there and then: a stream that
 * waits for a write that has not begun is one that a reset and an opened window, read first, would abort us
 * over. */
#include "answer_stream.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "connection.h"
#include "guard/http2_guard.h"
#include "response.h"
#include "runtime/metrics.h"

enum { TICK_MS = 1000, KEPT_MAX = 64 * 1024, INTERNAL_ERROR = 2, CANCEL = 8, CHUNK_HEAD_SIZE = 24 };

struct answer_stream {
    h2o_generator_t generator; /* first */
    h2o_req_t *h2o;
    struct connection *connection;
    struct loop_task flush, room;
    struct buffer waiting; /* not given to h2o yet */
    struct buffer sending; /* h2o's until it asks for more */
    size_t counted;        /* bytes of both that are counted as held */
    bool is_sending;       /* until h2o asks for more */
    bool is_head_sent;
    bool has_no_body; /* HEAD, 204, 304 */
    bool is_chunked;  /* RFC 9112 section 7.1, framed here: h2o does it for some statuses only */
    bool is_full;     /* the handler has been told to hold on */
    bool is_tight;    /* until all has been taken: what waits was more than could be counted */
    bool is_ended, is_whole, is_over;
    bool has_length;
    uint64_t length_left; /* of what content-length promised */
    char chunk_head[CHUNK_HEAD_SIZE];
    size_t request_bytes; /* counted for the request, ours to count off once is_ended */
    struct loop_timer tick;
    uint64_t bytes_sent, stalled_ms;
    void (*ready)(void *context);
    void *ready_context;
};

static struct loop *loop_of(const struct answer_stream *stream)
{
    return connection_serving(stream->connection)->loop;
}

static bool is_http2(const struct answer_stream *stream)
{
    return stream->connection->guard.is_http2;
}

/* --- what waits --- */

static size_t held_bytes(const struct answer_stream *stream)
{
    return stream->waiting.length + stream->sending.length;
}

static void count_off(struct answer_stream *stream, size_t bytes)
{
    size_t counted = bytes < stream->counted ? bytes : stream->counted;
    connection_let_go(stream->connection, counted);
    stream->counted -= counted;
}

static void schedule(struct answer_stream *stream)
{
    if (stream->flush.queue == NULL && !stream->is_over)
        loop_defer(loop_of(stream), &stream->flush);
}

bool answer_stream_send(struct answer_stream *stream, struct text piece)
{
    if (stream->has_no_body || stream->is_over || piece.length == 0)
        return true;
    buffer_append(&stream->waiting, piece);
    /* Where the address or the server holds all it may, each stream has one piece at a time. */
    bool is_counted = connection_hold_more(stream->connection, piece.length);
    if (is_counted)
        stream->counted += piece.length;
    else
        stream->is_tight = true;
    stream->is_full = stream->is_tight || held_bytes(stream) >= ANSWER_STREAM_WAITING_MAX;
    schedule(stream);
    return !stream->is_full;
}

void answer_stream_on_ready(struct answer_stream *stream, void (*ready)(void *context), void *context)
{
    stream->ready = ready;
    stream->ready_context = context;
}

void answer_stream_end(struct answer_stream *stream, bool is_whole, size_t held)
{
    stream->is_ended = true;
    stream->is_whole = is_whole;
    stream->request_bytes = held;
    stream->ready = NULL;
    schedule(stream);
}

/* --- handing over --- */

static void hand_over(struct answer_stream *stream, h2o_iovec_t *pieces, size_t count, h2o_send_state_t state)
{
    struct connection *connection = stream->connection;
    stream->is_sending = true;
    stream->is_head_sent = true;
    if (state != H2O_SEND_STATE_IN_PROGRESS)
        stream->is_over = true;
    bool was_http2 = is_http2(stream);
    connection_hold(connection);
    h2o_send(stream->h2o, pieces, count, state); /* on HTTP/1 the stream may be gone after the last */
    if (was_http2 && connection->socket != NULL && !connection->guard.is_over)
        http2_write_now(connection->socket);
    connection_settle_write(connection);
    connection_guard_recheck(&connection->guard);
    connection_release(connection);
}

/* The client is to see that something is missing. h2o would wait for the window to open before it says so. */
static void cut(struct answer_stream *stream)
{
    if (is_http2(stream)) {
        stream->is_over = true;
        http2_reset_stream(stream->h2o, INTERNAL_ERROR);
    } else {
        hand_over(stream, NULL, 0, H2O_SEND_STATE_ERROR);
    }
}

/* --- what no byte announces --- */

/* A client that shuts one window stalls one stream, while its connection may be busy; the sweep sees those that
 * take nothing at all, or little of much. */
static bool has_stalled(struct answer_stream *stream)
{
    const struct server_limits *limits = &connection_serving(stream->connection)->server->options.limits;
    uint64_t sent = stream->h2o->bytes_sent;
    if (!stream->is_sending || sent != stream->bytes_sent || h2o_socket_is_writing(stream->connection->socket))
        stream->stalled_ms = 0;
    else
        stream->stalled_ms += TICK_MS;
    stream->bytes_sent = sent;
    return stream->stalled_ms > (uint64_t)limits->write_stall_s * 1000;
}

/* h2o does not read while an answer of HTTP/1 goes on, and one that is silent finds out nothing by writing. Who
 * has said everything is taken for gone, as others do too. */
static bool has_left(const struct answer_stream *stream)
{
    struct pollfd socket = {.fd = h2o_socket_get_fd(stream->connection->socket), .events = POLLRDHUP};
    return !stream->is_sending && !stream->is_over && poll(&socket, 1, 0) == 1;
}

static void on_tick(struct loop_timer *timer)
{
    struct answer_stream *stream =
        (struct answer_stream *)(void *)((char *)timer - offsetof(struct answer_stream, tick));
    loop_timer_start(loop_of(stream), timer, TICK_MS);
    if (stream->connection->socket == NULL)
        return;
    if (!is_http2(stream) && has_left(stream)) {
        cut(stream);
    } else if (is_http2(stream) && has_stalled(stream)) {
        stream->is_over = true;
        metric_add(METRIC_ANSWERS_STALLED, 1);
        http2_reset_stream(stream->h2o, CANCEL);
    }
}

/* --- taking turns --- */

/* More than was promised would be read as the next answer, and less would be waited for (RFC 9112 section 6.3).
 */
static bool keeps_promise(struct answer_stream *stream)
{
    if (!stream->has_length || stream->has_no_body)
        return true;
    if (stream->waiting.length > stream->length_left)
        return false;
    stream->length_left -= stream->waiting.length;
    return !(stream->is_ended && stream->is_whole) || stream->length_left == 0;
}

static void send_waiting(struct answer_stream *stream)
{
    h2o_iovec_t pieces[3];
    size_t count = 0;
    struct buffer empty = stream->sending;
    stream->sending = stream->waiting;
    stream->waiting = empty;
    bool is_last = stream->is_ended && stream->is_whole;
    if (stream->is_chunked && stream->sending.length != 0) {
        int length = snprintf(stream->chunk_head, CHUNK_HEAD_SIZE, "%zx\r\n", stream->sending.length);
        pieces[count++] = (h2o_iovec_t){stream->chunk_head, (size_t)length};
    }
    if (stream->sending.length != 0)
        pieces[count++] = (h2o_iovec_t){stream->sending.base, stream->sending.length};
    if (stream->is_chunked && stream->sending.length != 0)
        pieces[count++] = is_last ? h2o_iovec_init("\r\n0\r\n\r\n", 7) : h2o_iovec_init("\r\n", 2);
    else if (stream->is_chunked && is_last)
        pieces[count++] = h2o_iovec_init("0\r\n\r\n", 5);
    hand_over(stream, pieces, count, is_last ? H2O_SEND_STATE_FINAL : H2O_SEND_STATE_IN_PROGRESS);
}

static void forget_sent(struct answer_stream *stream)
{
    count_off(stream, stream->sending.length);
    stream->sending.length = 0;
    if (stream->sending.capacity > KEPT_MAX) /* many are silent for long after their first words */
        buffer_dispose(&stream->sending);
}

/* A task of its own, for handing over may end the stream. */
static void tell_of_room(struct loop_task *task)
{
    struct answer_stream *stream =
        (struct answer_stream *)(void *)((char *)task - offsetof(struct answer_stream, room));
    if (held_bytes(stream) == 0)
        stream->is_tight = false;
    if (!stream->is_full || stream->ready == NULL || stream->is_tight ||
        held_bytes(stream) >= ANSWER_STREAM_WAITING_MAX)
        return;
    stream->is_full = false;
    stream->ready(stream->ready_context);
}

static void flush(struct loop_task *task)
{
    struct answer_stream *stream =
        (struct answer_stream *)(void *)((char *)task - offsetof(struct answer_stream, flush));
    if (stream->is_over || stream->is_sending)
        return;
    forget_sent(stream);
    bool is_broken = stream->is_ended && !stream->is_whole && stream->waiting.length == 0;
    if (is_broken || !keeps_promise(stream)) {
        cut(stream);
        return;
    }
    if (stream->is_full && stream->room.queue == NULL)
        loop_defer(loop_of(stream), &stream->room);
    if (stream->waiting.length != 0 || stream->is_ended || (!stream->is_head_sent && !stream->has_no_body))
        send_waiting(stream);
}

/* From inside h2o. */
static void on_proceed(h2o_generator_t *generator, h2o_req_t *h2o)
{
    struct answer_stream *stream = (struct answer_stream *)(void *)generator;
    (void)h2o;
    stream->is_sending = false;
    schedule(stream);
}

/* --- its life --- */

static bool has_no_body(const h2o_req_t *h2o, int status)
{
    return status == 204 || status == 304 || h2o_memis(h2o->method.base, h2o->method.len, H2O_STRLIT("HEAD"));
}

struct answer_stream *answer_stream_begin(h2o_req_t *h2o, struct connection *connection,
                                          const struct response *head)
{
    struct answer_stream *stream = calloc(1, sizeof(*stream));
    INVARIANT(stream != NULL);
    stream->generator.proceed = on_proceed;
    stream->h2o = h2o;
    stream->connection = connection;
    stream->flush.run = flush;
    stream->room.run = tell_of_room;
    stream->tick.run = on_tick;
    stream->has_no_body = has_no_body(h2o, head->status);
    response_prepare(h2o, head);
    stream->has_length = h2o->res.content_length != SIZE_MAX;
    stream->length_left = stream->has_length ? h2o->res.content_length : 0;
    stream->is_chunked = h2o->version == 0x101 && !stream->has_length && !stream->has_no_body;
    if (stream->is_chunked)
        h2o_add_header(&h2o->pool, &h2o->res.headers, H2O_TOKEN_TRANSFER_ENCODING, NULL, "chunked", 7);
    else if (!stream->has_length && !stream->has_no_body)
        h2o->http1_is_persistent = 0; /* HTTP/1.0: it ends where the connection does */
    h2o_start_response(h2o, &stream->generator);
    schedule(stream);
    loop_timer_start(loop_of(stream), &stream->tick, TICK_MS);
    return stream;
}

void answer_stream_gone(struct answer_stream *stream)
{
    struct connection *connection = stream->connection;
    bool is_ended = stream->is_ended;
    size_t request_bytes = stream->request_bytes;
    loop_defer_cancel(&stream->flush);
    loop_defer_cancel(&stream->room);
    loop_timer_stop(loop_of(stream), &stream->tick);
    count_off(stream, stream->counted);
    buffer_dispose(&stream->waiting);
    buffer_dispose(&stream->sending);
    free(stream);
    if (is_ended)
        connection_end_request(connection, request_bytes);
}

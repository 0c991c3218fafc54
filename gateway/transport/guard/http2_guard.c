/* The only file that looks into h2o's HTTP/2 connection: it has no public way to end one, to tell how far one
 * is, or to count what it resets. */
#include "guard/http2_guard.h"

#include <h2o/http2.h>
#include <h2o/http2_internal.h>

#include <string.h>

#include "base/fault.h"
#include "guard/connection_guard.h"

static h2o_http2_conn_t *http2_of(h2o_socket_t *socket)
{
    return socket->data;
}

void http2_check_layout(h2o_socket_t *socket)
{
    const h2o_http2_conn_t *http2 = http2_of(socket);
    INVARIANT(http2->sock == socket && http2->state == H2O_HTTP2_CONN_STATE_OPEN && http2->streams->size == 0 &&
              http2->_headers_unparsed == NULL && http2->_write.buf != NULL &&
              http2->_write.buf_in_flight == NULL && http2->casper == NULL && http2->push_memo == NULL);
}

static void end(h2o_iovec_t value)
{
    connection_guard_end((struct connection_guard *)(void *)value.base);
}

/* h2o tells nobody. But it destroys what it remembers of pushes, which it never made here, and that tells. */
void http2_watch_end(h2o_socket_t *socket, struct connection_guard *guard)
{
    h2o_http2_conn_t *http2 = http2_of(socket);
    http2->push_memo = h2o_cache_create(0, 1, UINT32_MAX, end);
    h2o_cache_set(http2->push_memo, 0, h2o_iovec_init("", 0), 0, (h2o_iovec_t){(char *)guard, 0});
}

bool http2_is_half_closed(h2o_socket_t *socket)
{
    return http2_of(socket)->state >= H2O_HTTP2_CONN_STATE_HALF_CLOSED;
}

bool http2_is_in_header_block(h2o_socket_t *socket)
{
    return http2_of(socket)->_headers_unparsed != NULL;
}

static void go_away(h2o_http2_conn_t *http2, uint32_t last_stream, int error, const char *reason)
{
    h2o_http2_encode_goaway_frame(&http2->_write.buf, last_stream, -error,
                                  h2o_iovec_init(reason, strlen(reason)));
    h2o_http2_conn_request_write(http2);
}

void http2_announce_end(h2o_socket_t *socket)
{
    if (http2_of(socket)->state == H2O_HTTP2_CONN_STATE_OPEN)
        go_away(http2_of(socket), INT32_MAX, 0, "this connection has served long enough");
}

void http2_end(h2o_socket_t *socket, const char *reason)
{
    h2o_http2_conn_t *http2 = http2_of(socket);
    if (http2->state != H2O_HTTP2_CONN_STATE_OPEN)
        return;
    go_away(http2, http2->pull_stream_ids.max_open, 0, reason);
    http2->state = H2O_HTTP2_CONN_STATE_HALF_CLOSED;
}

void http2_go_away_at_once(h2o_socket_t *socket, int error, const char *reason)
{
    h2o_http2_conn_t *http2 = http2_of(socket);
    if (http2->state == H2O_HTTP2_CONN_STATE_IS_CLOSING)
        return;
    go_away(http2, http2->pull_stream_ids.max_open, error, reason);
    /* The write that was just asked for closes the connection when it finds this state. */
    http2->state = H2O_HTTP2_CONN_STATE_IS_CLOSING;
}

/* --- streams --- */

static bool has_incomplete(const h2o_http2_conn_t *http2)
{
    return http2->num_streams.pull.open != http2->num_streams.pull.half_closed;
}

static bool is_incomplete(const h2o_http2_stream_t *stream)
{
    return stream->state == H2O_HTTP2_STREAM_STATE_RECV_HEADERS ||
           stream->state == H2O_HTTP2_STREAM_STATE_RECV_BODY;
}

bool http2_has_incomplete(h2o_socket_t *socket)
{
    return has_incomplete(http2_of(socket));
}

size_t http2_unfinished_bytes(h2o_socket_t *socket)
{
    const h2o_http2_conn_t *http2 = http2_of(socket);
    size_t bytes = socket->input->size != 0 ? socket->input->capacity : 0;
    if (http2->_headers_unparsed != NULL)
        bytes += http2->_headers_unparsed->capacity;
    if (!has_incomplete(http2))
        return bytes;
    for (khiter_t i = 0; i != kh_end(http2->streams); i++) {
        if (!kh_is_used(http2->streams, i) || !is_incomplete(kh_val(http2->streams, i)))
            continue;
        const h2o_http2_stream_t *stream = kh_val(http2->streams, i);
        /* A vector that grew left half as much behind, and a quarter, and so on. */
        bytes += HTTP2_STREAM_BYTES + 2 * stream->req.headers.capacity * sizeof(h2o_header_t);
        if (stream->_req_body != NULL && stream->_req_body->size != 0)
            bytes += stream->_req_body->capacity;
    }
    return bytes;
}

unsigned http2_reset_incomplete(h2o_socket_t *socket, int64_t limit_s)
{
    h2o_http2_conn_t *http2 = http2_of(socket);
    unsigned count = 0;
    if (!has_incomplete(http2) || http2->state != H2O_HTTP2_CONN_STATE_OPEN || http2->_headers_unparsed != NULL)
        return 0;
    time_t now_s = h2o_get_timestamp(http2->super.ctx, NULL, NULL)->tv_sec;
    for (khiter_t i = 0; i != kh_end(http2->streams); i++) {
        h2o_http2_stream_t *stream = kh_is_used(http2->streams, i) ? kh_val(http2->streams, i) : NULL;
        if (stream == NULL || !is_incomplete(stream) ||
            now_s - stream->req.timestamps.request_begin_at.tv_sec < limit_s)
            continue;
        h2o_http2_encode_rst_stream_frame(&http2->_write.buf, stream->stream_id, -H2O_HTTP2_ERROR_CANCEL);
        h2o_http2_conn_request_write(http2);
        h2o_http2_stream_reset(http2, stream);
        count++;
    }
    return count;
}

static h2o_http2_stream_t *stream_of(const h2o_req_t *request)
{
    return (h2o_http2_stream_t *)(void *)((char *)request - offsetof(h2o_http2_stream_t, req));
}

void http2_forget_body(h2o_req_t *request)
{
    h2o_http2_stream_t *stream = stream_of(request);
    if (stream->_req_body == NULL)
        return;
    request->entity = (h2o_iovec_t){NULL};
    h2o_buffer_dispose(&stream->_req_body);
    stream->_req_body = NULL;
}

void http2_reset_stream(h2o_req_t *request, int error)
{
    h2o_http2_conn_t *http2 = (h2o_http2_conn_t *)(void *)request->conn;
    h2o_http2_stream_t *stream = stream_of(request);
    if (http2->state == H2O_HTTP2_CONN_STATE_IS_CLOSING || stream->state == H2O_HTTP2_STREAM_STATE_END_STREAM)
        return;
    h2o_http2_encode_rst_stream_frame(&http2->_write.buf, stream->stream_id, error);
    h2o_http2_conn_request_write(http2);
    h2o_http2_stream_reset(http2, stream);
}

void http2_write_now(h2o_socket_t *socket)
{
    h2o_timeout_entry_t *write = &http2_of(socket)->_write.timeout_entry;
    if (!h2o_timeout_is_linked(write))
        return;
    h2o_timeout_unlink(write);
    write->cb(write);
}

bool http2_length_fits(const h2o_req_t *request)
{
    const h2o_http2_stream_t *stream = stream_of(request);
    return stream->_expected_content_length == SIZE_MAX ||
           stream->_expected_content_length == request->entity.len;
}

/* The frame that completed the request is the first of the input until h2o is done with it: the last of a body
 * is DATA, that of trailers is not. None waits: h2o works on as many requests as it has streams. */
bool http2_has_trailers(const h2o_req_t *request)
{
    const h2o_buffer_t *input = request->conn->callbacks->get_socket(request->conn)->input;
    return stream_of(request)->_req_body != NULL &&
           (input->size < H2O_HTTP2_FRAME_HEADER_SIZE || input->bytes[3] != H2O_HTTP2_FRAME_TYPE_DATA);
}

unsigned http2_answering(h2o_socket_t *socket)
{
    return http2_of(socket)->num_streams.pull.half_closed;
}

bool http2_is_without_streams(h2o_socket_t *socket)
{
    return http2_of(socket)->num_streams.pull.open == 0;
}

uint64_t http2_bytes_sent(h2o_socket_t *socket)
{
    const h2o_http2_conn_t *http2 = http2_of(socket);
    uint64_t sum = 0;
    for (khiter_t i = 0; i != kh_end(http2->streams); i++) {
        if (kh_is_used(http2->streams, i))
            sum += kh_val(http2->streams, i)->req.bytes_sent;
    }
    return sum;
}

uint64_t http2_streams_reset(const h2o_context_t *context)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < H2O_HTTP2_ERROR_MAX; i++)
        sum += context->http2.events.protocol_level_errors[i];
    return sum;
}

/* The only file that looks into h2o's HTTP/2 connection: it has no public way to end one, to tell how far one
 * is, or to count what it resets. */
#include "http2_guard.h"

#include <h2o/http2.h>
#include <h2o/http2_internal.h>

#include "base/fault.h"

static h2o_http2_conn_t *http2_of(h2o_socket_t *socket)
{
    return socket->data;
}

void http2_check_layout(h2o_socket_t *socket)
{
    const h2o_http2_conn_t *http2 = http2_of(socket);
    INVARIANT(http2->sock == socket && http2->state == H2O_HTTP2_CONN_STATE_OPEN && http2->streams->size == 0 &&
              http2->_headers_unparsed == NULL && http2->_write.buf != NULL &&
              http2->_write.buf_in_flight == NULL && http2->casper == NULL);
}

bool http2_is_half_closed(h2o_socket_t *socket)
{
    return http2_of(socket)->state >= H2O_HTTP2_CONN_STATE_HALF_CLOSED;
}

bool http2_is_in_header_block(h2o_socket_t *socket)
{
    return http2_of(socket)->_headers_unparsed != NULL;
}

void http2_go_away_at_once(h2o_socket_t *socket)
{
    h2o_http2_conn_t *http2 = http2_of(socket);
    static const char reason[] = "too much of what costs nothing";
    if (http2->state == H2O_HTTP2_CONN_STATE_IS_CLOSING)
        return;
    h2o_http2_encode_goaway_frame(&http2->_write.buf, http2->pull_stream_ids.max_open,
                                  H2O_HTTP2_ERROR_ENHANCE_YOUR_CALM,
                                  h2o_iovec_init(reason, sizeof(reason) - 1));
    h2o_http2_conn_request_write(http2);
    /* The write that was just asked for closes the connection when it finds this state. */
    http2->state = H2O_HTTP2_CONN_STATE_IS_CLOSING;
}

uint64_t http2_streams_reset(const h2o_context_t *context)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < H2O_HTTP2_ERROR_MAX; i++)
        sum += context->http2.events.protocol_level_errors[i];
    return sum;
}

/* From h2o's handler call to the answer. The arrival lies in the memory of h2o's request and dies with it,
 * whichever way the stream ends; work that has not begun by then never does. */
#include "arrival.h"

#include <string.h>

#include "answer_stream.h"
#include "connection.h"
#include "guard/http2_guard.h"
#include "origin/request_origin.h"
#include "request_head.h"
#include "response.h"
#include "runtime/metrics.h"

/* Somebody who sends more than the latter wants h2o's memory and not an answer: references of one byte become
 * fields of forty, and stay until the answer has been taken. */
enum { HEADERS_MAX = 100, HEADERS_BORNE = 2 * HEADERS_MAX };

struct arrival {
    struct loop_task task;
    h2o_req_t *h2o;
    struct connection *connection;
    size_t bytes; /* counted for it */
    struct sockaddr_storage origin;
    struct request *request; /* from the handler's call to the answer, or its end */
    struct answer_stream *stream;
};

static void run(struct loop_task *task)
{
    struct arrival *arrival = (struct arrival *)task;
    const struct server_options *options = &connection_serving(arrival->connection)->server->options;
    arrival->request =
        request_create(arrival, arrival->h2o, arrival->connection, &arrival->origin, arrival->bytes);
    if (arrival->connection->guard.is_http2)
        http2_forget_body(arrival->h2o); /* there is a copy */
    struct trace_place place = trace_hold((struct trace_place){request_trace(arrival->request), 0});
    struct trace_place before = trace_enter(place);
    options->handle(arrival->request, options->context);
    trace_return(before);
    trace_release(place);
}

/* The stream has ended: reset, connection closed, or simply answered in full. */
static void dispose(void *memory)
{
    struct arrival *arrival = memory;
    if (arrival->task.queue != NULL) {
        loop_defer_cancel(&arrival->task);
        metric_add(METRIC_REQUESTS_CANCELLED, 1);
        connection_end_request(arrival->connection, arrival->bytes);
        return;
    }
    if (arrival->stream != NULL)
        answer_stream_gone(arrival->stream);
    if (arrival->request != NULL)
        request_stream_gone(arrival->request);
}

static void end_if_leaving(struct arrival *arrival)
{
    const struct connection *connection = arrival->connection;
    if (connection_serving(connection)->is_draining || connection->guard.retirement != RETIREMENT_NONE)
        arrival->h2o->http1_is_persistent = 0;
}

void arrival_answer(struct arrival *arrival, const struct response *response)
{
    const char *request_id = trace_request(request_trace(arrival->request))->request_id;
    struct connection *connection = arrival->connection;
    arrival->request = NULL;
    end_if_leaving(arrival);
    response_name_request(arrival->h2o, response, request_id);
    response_send(arrival->h2o, response);
    connection_guard_recheck(&connection->guard);
}

struct answer_stream *arrival_begin_answer(struct arrival *arrival, const struct response *head)
{
    end_if_leaving(arrival);
    if (!arrival->connection->guard.is_http2)
        http1_guard_shrink_input(&arrival->connection->guard, arrival->h2o);
    response_name_request(arrival->h2o, head, trace_request(request_trace(arrival->request))->request_id);
    arrival->stream = answer_stream_begin(arrival->h2o, arrival->connection, head);
    return arrival->stream;
}

void arrival_end_answer(struct arrival *arrival, bool is_whole)
{
    arrival->request = NULL;
    answer_stream_end(arrival->stream, is_whole, arrival->bytes);
}

static struct text text_of_iovec(h2o_iovec_t bytes)
{
    return (struct text){bytes.base, bytes.len};
}

/* RFC 9113 section 8.3.1: what came in Host is what came in :authority. On HTTP/1 there is one Host, checked.
 */
static bool is_authority_plain(const h2o_req_t *h2o)
{
    struct text authority = text_of_iovec(h2o->input.authority);
    if (authority.base != NULL && !request_authority_is_plain(authority))
        return false;
    for (size_t i = 0; i < h2o->headers.size; i++) {
        const h2o_header_t *header = &h2o->headers.entries[i];
        if (header->name == &H2O_TOKEN_HOST->buf && authority.base != NULL &&
            !text_equal(text_of_iovec(header->value), authority))
            return false;
    }
    return true;
}

/* RFC 9110 section 5.1. h2o looks at the bytes of a name that is not compressed, and an empty one has none. */
static bool has_nameless_field(const h2o_req_t *h2o)
{
    for (size_t i = 0; i < h2o->headers.size; i++) {
        if (h2o->headers.entries[i].name->len == 0)
            return true;
    }
    return false;
}

/* What is in trailers must not be taken for what stands in the head (RFC 9110 section 6.5.1), and h2o does not
 * tell them apart. HTTP/1 drops them. */
static bool is_http2_sound(const h2o_req_t *h2o)
{
    return !has_nameless_field(h2o) && http2_length_fits(h2o) && !http2_has_trailers(h2o);
}

/* Of the head as it is, and not as HPACK may have compressed it (RFC 9113 section 10.5.1): one byte can stand
 * for four thousand. */
static size_t head_bytes(const h2o_req_t *h2o)
{
    size_t bytes = h2o->input.method.len + h2o->input.path.len + h2o->input.authority.len;
    for (size_t i = 0; i < h2o->headers.size; i++)
        bytes += h2o->headers.entries[i].name->len + h2o->headers.entries[i].value.len;
    return bytes;
}

/* Of our copy, and of what h2o has it in: that of HTTP/1 stays until the answer is over. */
static size_t body_bytes(const h2o_req_t *h2o, const struct connection *connection)
{
    bool is_kept = !connection->guard.is_http2 && connection_listener(connection) == REQUEST_LISTENER_RELAY;
    return h2o->entity.len + (is_kept && h2o->entity.len != 0 ? connection->socket->input->capacity : 0);
}

/* Neither is for a resource (RFC 9110 sections 9.3.6 and 9.3.8). Elsewhere each path names its methods. */
static bool is_relayed_method(const h2o_req_t *h2o, const struct connection *connection)
{
    struct text method = text_of_iovec(h2o->input.method);
    return connection_listener(connection) != REQUEST_LISTENER_RELAY ||
           !(text_is(method, "CONNECT") || text_is(method, "TRACE"));
}

static enum fault admit(const h2o_req_t *h2o, struct connection *connection, struct sockaddr_storage *origin,
                        size_t *bytes)
{
    size_t header_bytes = connection_serving(connection)->server->options.limits.header_bytes;
    enum fault refusal = http1_guard_refusal(h2o->input.path);
    if (refusal != FAULT_NONE)
        return refusal;
    if (!request_target_is_plain(text_of_iovec(h2o->input.path)))
        return FAULT_REQUEST_TARGET;
    if (!request_method_is_token(text_of_iovec(h2o->input.method)) || !is_authority_plain(h2o) ||
        (connection->guard.is_http2 && !is_http2_sound(h2o)))
        return FAULT_REQUEST_HEAD;
    if (!is_relayed_method(h2o, connection))
        return FAULT_REQUEST_METHOD;
    *bytes = head_bytes(h2o);
    if (h2o->headers.size > HEADERS_MAX || *bytes > header_bytes)
        return FAULT_REQUEST_HEADERS;
    TRY(request_origin_read(h2o, connection, origin));
    *bytes += body_bytes(h2o, connection);
    return connection_begin_request(connection, *bytes) ? FAULT_NONE : FAULT_OVERLOADED;
}

static int on_request(h2o_handler_t *handler, h2o_req_t *h2o)
{
    struct connection *connection = connection_of(h2o);
    (void)handler;
    if (!connection->guard.is_http2)
        http1_guard_take_request(&connection->guard, h2o);
    if (h2o->headers.size > HEADERS_BORNE)
        connection->guard.has_expanded = true; /* h2o is in the middle of its input */
    metric_add(METRIC_REQUESTS, 1);
    size_t bytes = 0;
    struct sockaddr_storage origin;
    enum fault fault = admit(h2o, connection, &origin, &bytes);
    if (fault != FAULT_NONE) {
        response_send_fault(h2o, fault);
        return 0;
    }
    struct arrival *arrival = h2o_mem_alloc_shared(&h2o->pool, sizeof(*arrival), dispose);
    *arrival = (struct arrival){
        .task = {.run = run}, .h2o = h2o, .connection = connection, .bytes = bytes, .origin = origin};
    loop_defer(connection_serving(connection)->loop, &arrival->task);
    return 0;
}

void arrival_register(h2o_hostconf_t *host)
{
    h2o_pathconf_t *everything = h2o_config_register_path(host, "/", 0);
    h2o_create_handler(everything, sizeof(h2o_handler_t))->on_req = on_request;
}

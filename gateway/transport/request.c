/* A request as its handler sees it: copies in an arena of its own, alive from the handler's call to
 * request_answer, also when its stream has gone. arrival.c makes it. */
#include "transport/request.h"

#include <poll.h>

#include "access_line.h"
#include "answer_stream.h"
#include "arrival.h"
#include "base/arena.h"
#include "connection.h"
#include "listener.h"
#include "origin/certificate_names.h"
#include "origin/forwarded_certificate.h"
#include "origin/request_origin.h"

struct header {
    struct text name;
    struct text value;
};

struct request {
    struct arena *arena;
    struct trace *trace;
    int status;                   /* of an answer that has begun; 0: none */
    struct arrival *arrival;      /* NULL once the stream has gone */
    struct answer_stream *stream; /* of an answer in pieces; NULL once its stream has gone */
    struct connection *connection;
    size_t bytes;   /* counted for it */
    bool is_stream; /* and so is its answer */
    struct text method;
    struct text path;
    struct text authority;
    struct text query;
    bool has_query;
    struct text body;
    bool body_is_too_large;
    struct header *headers;
    size_t header_count;
    struct text peer, network;
    struct text forwarded_certificate; /* what a terminator says of the client's; TEXT_NONE: nothing */
    bool is_certificate_unclear;       /* it says it twice */
    void (*gone)(void *context);
    void *gone_context;
};

/* --- its beginning and the end of its stream --- */

static struct text text_of_iovec(h2o_iovec_t bytes)
{
    return (struct text){bytes.base, bytes.len};
}

static void copy_target(struct request *request, const h2o_req_t *h2o)
{
    struct text target = arena_copy(request->arena, text_of_iovec(h2o->input.path));
    request->has_query = h2o->input.query_at != SIZE_MAX;
    request->path = target;
    if (!request->has_query)
        return;
    request->path.length = h2o->input.query_at;
    request->query =
        (struct text){target.base + h2o->input.query_at + 1, target.length - h2o->input.query_at - 1};
}

/* h2o leaves white space behind a field's value (RFC 9110 section 5.5 says it is not part of it). */
static struct text trim(struct text value)
{
    while (value.length != 0 && (value.base[value.length - 1] == ' ' || value.base[value.length - 1] == '\t'))
        value.length--;
    return value;
}

static void copy_headers(struct request *request, const h2o_req_t *h2o)
{
    request->headers = ARENA_ARRAY(request->arena, struct header, h2o->headers.size);
    for (size_t i = 0; i < h2o->headers.size; i++) {
        const h2o_header_t *header = &h2o->headers.entries[i];
        if (request_origin_is_said_in(text_of_iovec(*header->name)))
            continue; /* whoever sent it: what is believed of it has been read */
        struct header *copy = &request->headers[request->header_count++];
        copy->name = arena_copy(request->arena, text_of_iovec(*header->name));
        copy->value = arena_copy(request->arena, trim(text_of_iovec(header->value)));
    }
}

static const char *scheme_of(const struct connection *connection)
{
    return connection->acceptor->listener->tls != NULL ? "https" : "http";
}

static struct trace *begin_trace(const struct request *request)
{
    const struct trace_beginning beginning = {.method = request->method,
                                              .traceparent = request_header(request, "traceparent", 0),
                                              .second_traceparent = request_header(request, "traceparent", 1),
                                              .tracestate = request_header(request, "tracestate", 0),
                                              .given_id = request_header(request, "x-request-id", 0),
                                              .scheme = scheme_of(request->connection),
                                              .version = request->connection->guard.is_http2 ? "2" : "1.1"};
    return trace_begin(&beginning);
}

static void end_trace(struct request *request)
{
    struct trace_place place = trace_hold((struct trace_place){request->trace, 0}), before = trace_enter(place);
    trace_end(request->trace, request->status);
    access_line_write(trace_request(request->trace), request->peer);
    trace_return(before);
    trace_release(place);
}

static size_t body_limit(const struct connection *connection)
{
    const struct server_options *options = &connection_serving(connection)->server->options;
    enum request_listener listener = connection_listener(connection);
    if (listener == REQUEST_LISTENER_RELAY)
        return options->relay_body_limit;
    bool is_admin = listener == REQUEST_LISTENER_ADMIN || listener == REQUEST_LISTENER_ADMIN_TLS;
    return is_admin && options->admin_body_limit != 0 ? options->admin_body_limit : options->body_limit;
}

/* Not always whom the connection is counted for: a terminator's headers name another client with each request.
 */
static void take_origin(struct request *request, const struct sockaddr_storage *origin)
{
    char *peer = arena_allocate(request->arena, INET6_ADDRSTRLEN);
    char *network = arena_allocate(request->arena, ADDRESS_KEY_BYTES);
    connection_print_address(origin, peer);
    address_key((const struct sockaddr *)origin, (unsigned char *)network);
    bool is_internet = peer[0] != '\0';
    request->peer =
        is_internet ? text_of(peer) : arena_copy(request->arena, connection_peer(request->connection));
    request->network = (struct text){network, ADDRESS_KEY_BYTES};
}

static void take_certificate(struct request *request, const h2o_req_t *h2o)
{
    const struct connection *connection = request->connection;
    if (!connection->is_terminator ||
        !connection_serving(connection)->server->options.terminators.sets_certificate)
        return;
    for (size_t i = 0; i < h2o->headers.size; i++) {
        const h2o_header_t *header = &h2o->headers.entries[i];
        if (!text_is(text_of_iovec(*header->name), "x-forwarded-client-cert"))
            continue;
        request->is_certificate_unclear |= request->forwarded_certificate.base != NULL;
        request->forwarded_certificate = arena_copy(request->arena, trim(text_of_iovec(header->value)));
    }
}

struct request *request_create(struct arrival *arrival, const h2o_req_t *h2o, struct connection *connection,
                               const struct sockaddr_storage *origin, size_t bytes)
{
    struct arena *arena = arena_create();
    struct request *request = ARENA_NEW(arena, struct request);
    request->arena = arena;
    request->arrival = arrival;
    request->connection = connection;
    request->bytes = bytes;
    request->method = arena_copy(arena, text_of_iovec(h2o->input.method));
    if (h2o->input.authority.base != NULL)
        request->authority = arena_copy(arena, text_of_iovec(h2o->input.authority));
    copy_target(request, h2o);
    copy_headers(request, h2o);
    take_origin(request, origin);
    take_certificate(request, h2o);
    request->body_is_too_large = h2o->entity.len > body_limit(connection);
    if (!request->body_is_too_large)
        request->body = arena_copy(arena, text_of_iovec(h2o->entity));
    request->trace = begin_trace(request);
    return request;
}

void request_stream_gone(struct request *request)
{
    request->arrival = NULL;
    request->stream = NULL;
    /* Last: the handler may answer in here, and then there is no request. */
    if (request->gone != NULL)
        request->gone(request->gone_context);
}

struct trace *request_trace(const struct request *request)
{
    return request->trace;
}

/* --- what handlers ask --- */

struct text request_method(const struct request *request)
{
    return request->method;
}

struct text request_path(const struct request *request)
{
    return request->path;
}

struct text request_authority(const struct request *request)
{
    return request->authority;
}

bool request_has_query(const struct request *request)
{
    return request->has_query;
}

struct text request_query(const struct request *request)
{
    return request->query;
}

struct text request_body(const struct request *request)
{
    return request->body;
}

bool request_body_is_too_large(const struct request *request)
{
    return request->body_is_too_large;
}

struct text request_header(const struct request *request, const char *name, size_t nth)
{
    for (size_t i = 0; i < request->header_count; i++) {
        if (text_is(request->headers[i].name, name) && nth-- == 0)
            return request->headers[i].value;
    }
    return TEXT_NONE;
}

bool request_header_at(const struct request *request, size_t index, struct text *name, struct text *value)
{
    if (index >= request->header_count)
        return false;
    *name = request->headers[index].name;
    *value = request->headers[index].value;
    return true;
}

struct text request_peer_address(const struct request *request)
{
    return request->peer;
}

struct text request_peer_network(const struct request *request)
{
    return request->network;
}

/* The certificate that a terminator itself shows is its own, whoever sends requests through it. */
enum fault request_client_certificate(const struct request *request, struct arena *arena,
                                      const struct client_certificate **certificate)
{
    const struct connection *connection = request->connection;
    struct client_certificate *made = ARENA_NEW(arena, struct client_certificate);
    *certificate = NULL;
    if (request->forwarded_certificate.base != NULL) {
        if (request->is_certificate_unclear ||
            !forwarded_certificate_read(arena, request->forwarded_certificate, made))
            return FAULT_FORWARDED_UNCLEAR;
    } else if (!connection->is_terminator && connection->certificate != NULL) {
        made->is_verified = connection->is_certificate_verified;
        certificate_names_read(arena, connection->certificate, made);
    } else {
        return FAULT_NONE;
    }
    *certificate = made;
    return FAULT_NONE;
}

enum request_listener request_listener(const struct request *request)
{
    return connection_listener(request->connection);
}

struct loop *request_loop(const struct request *request)
{
    return connection_serving(request->connection)->loop;
}

void request_on_gone(struct request *request, void (*gone)(void *context), void *context)
{
    request->gone = gone;
    request->gone_context = context;
    if (request->arrival == NULL)
        gone(context);
}

bool request_has_left(const struct request *request)
{
    const struct connection *connection = request->connection;
    if (request->arrival == NULL)
        return true;
    if (request->stream != NULL || connection->socket == NULL || connection->guard.is_http2)
        return false;
    struct pollfd socket = {.fd = h2o_socket_get_fd(connection->socket), .events = POLLRDHUP};
    return poll(&socket, 1, 0) == 1;
}

bool request_has_room_for_stream(const struct request *request)
{
    return connection_has_room_for_stream(request->connection);
}

void request_answer(struct request *request, const struct response *response)
{
    if (request->arrival != NULL) {
        request->status = response->status;
        arrival_answer(request->arrival, response);
    }
    end_trace(request);
    connection_end_request(request->connection, request->bytes);
    arena_destroy(request->arena);
}

/* --- in pieces --- */

void request_begin_answer(struct request *request, const struct response *head)
{
    INVARIANT(request->stream == NULL);
    if (request->arrival == NULL)
        return;
    request->status = head->status;
    request->is_stream = connection_begin_stream(request->connection);
    request->stream = arrival_begin_answer(request->arrival, head);
}

bool request_send(struct request *request, struct text piece)
{
    return request->stream == NULL || answer_stream_send(request->stream, piece);
}

void request_on_ready(struct request *request, void (*ready)(void *context), void *context)
{
    if (request->stream != NULL)
        answer_stream_on_ready(request->stream, ready, context);
}

void request_end_answer(struct request *request, bool is_whole)
{
    end_trace(request);
    if (request->is_stream)
        connection_end_stream(request->connection);
    if (request->stream != NULL)
        arrival_end_answer(request->arrival, is_whole);
    else
        connection_end_request(request->connection, request->bytes);
    arena_destroy(request->arena);
}

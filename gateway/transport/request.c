/* A request's life: taken from h2o, deferred, copied when it runs, answered once. Two objects: the arrival
 * lives and dies with h2o's request; the request lives from the handler's call to request_answer, also without
 * its stream. */
#include "transport/request.h"

#include <string.h>

#include "base/arena.h"
#include "connection.h"
#include "request_intake.h"
#include "response.h"
#include "runtime/metrics.h"

enum {
    PATH_MAX_LENGTH = 8 * 1024,
    HEADERS_MAX = 100,
};

/* In h2o's request memory: disposed of when the stream goes, whichever way. */
struct arrival {
    struct loop_task task;
    h2o_req_t *h2o;
    struct connection *connection;
    struct request *request; /* from the handler's call to the answer */
};

struct header {
    struct text name;
    struct text value;
};

struct request {
    struct arena *arena;
    struct arrival *arrival; /* NULL once the stream has gone */
    struct connection *connection;
    struct text method;
    struct text path;
    struct text query;
    bool has_query;
    struct text body;
    bool body_is_too_large;
    struct header *headers;
    size_t header_count;
    struct text peer;
    void (*gone)(void *context);
    void *gone_context;
};

/* --- the handlers' side --- */

struct text request_method(const struct request *request)
{
    return request->method;
}

struct text request_path(const struct request *request)
{
    return request->path;
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

struct text request_peer_address(const struct request *request)
{
    return request->peer;
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

void request_answer(struct request *request, const struct response *response)
{
    struct arrival *arrival = request->arrival;
    if (arrival != NULL) {
        arrival->request = NULL;
        if (connection_serving(request->connection)->is_draining)
            arrival->h2o->http1_is_persistent = 0;
        response_send(arrival->h2o, response);
    }
    connection_end_request(request->connection);
    arena_destroy(request->arena);
}

/* --- h2o's side --- */

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

static void copy_headers(struct request *request, const h2o_req_t *h2o)
{
    request->header_count = h2o->headers.size;
    request->headers = ARENA_ARRAY(request->arena, struct header, h2o->headers.size);
    for (size_t i = 0; i < h2o->headers.size; i++) {
        const h2o_header_t *header = &h2o->headers.entries[i];
        request->headers[i].name = arena_copy(request->arena, text_of_iovec(*header->name));
        request->headers[i].value = arena_copy(request->arena, text_of_iovec(header->value));
    }
}

static struct request *make_request(struct arrival *arrival, size_t body_limit)
{
    const h2o_req_t *h2o = arrival->h2o;
    struct arena *arena = arena_create();
    struct request *request = ARENA_NEW(arena, struct request);
    request->arena = arena;
    request->arrival = arrival;
    request->connection = arrival->connection;
    request->method = arena_copy(arena, text_of_iovec(h2o->input.method));
    copy_target(request, h2o);
    copy_headers(request, h2o);
    request->peer = arena_copy(arena, connection_peer(arrival->connection));
    request->body_is_too_large = h2o->entity.len > body_limit;
    if (!request->body_is_too_large)
        request->body = arena_copy(arena, text_of_iovec(h2o->entity));
    return request;
}

static void run_arrival(struct loop_task *task)
{
    struct arrival *arrival = (struct arrival *)task;
    const struct server_options *options = &connection_serving(arrival->connection)->server->options;
    struct request *request = make_request(arrival, options->body_limit);
    arrival->request = request;
    options->handle(request, options->context);
}

/* The stream has gone: reset, connection closed, or simply answered in full. */
static void dispose_arrival(void *memory)
{
    struct arrival *arrival = memory;
    struct request *request = arrival->request;
    if (arrival->task.is_queued) {
        loop_defer_cancel(connection_serving(arrival->connection)->loop, &arrival->task);
        metric_add(METRIC_REQUESTS_CANCELLED, 1);
        connection_end_request(arrival->connection);
    } else if (request != NULL) {
        request->arrival = NULL;
        if (request->gone != NULL)
            request->gone(request->gone_context);
    }
}

/* Handlers compare paths byte for byte; nothing reaches them that is more than one spelling, or hides its end.
 */
static bool is_plain_target(struct text target)
{
    if (!text_starts_with(target, TEXT("/")) || target.length > PATH_MAX_LENGTH)
        return false;
    for (size_t i = 0; i < target.length; i++) {
        unsigned char byte = (unsigned char)target.base[i];
        if (byte <= 0x20 || byte >= 0x7f)
            return false;
    }
    return memmem(target.base, target.length, "%00", 3) == NULL;
}

static int on_request(h2o_handler_t *handler, h2o_req_t *h2o)
{
    struct connection *connection = connection_of(h2o);
    (void)handler;
    metric_add(METRIC_REQUESTS, 1);
    enum fault fault = FAULT_NONE;
    if (!is_plain_target(text_of_iovec(h2o->input.path)))
        fault = FAULT_REQUEST_TARGET;
    else if (h2o->headers.size > HEADERS_MAX)
        fault = FAULT_REQUEST_HEADERS;
    else if (!connection_begin_request(connection))
        fault = FAULT_OVERLOADED;
    if (fault != FAULT_NONE) {
        response_send_fault(h2o, fault);
        return 0;
    }
    struct arrival *arrival = h2o_mem_alloc_shared(&h2o->pool, sizeof(*arrival), dispose_arrival);
    *arrival = (struct arrival){.task = {.run = run_arrival}, .h2o = h2o, .connection = connection};
    loop_defer(connection_serving(connection)->loop, &arrival->task);
    return 0;
}

void request_intake_register(h2o_hostconf_t *host)
{
    h2o_pathconf_t *everything = h2o_config_register_path(host, "/", 0);
    h2o_create_handler(everything, sizeof(h2o_handler_t))->on_req = on_request;
}

/* From h2o's handler call to the answer. The arrival lies in the memory of h2o's request and dies with it,
 * whichever way the stream ends; work that has not begun by then never does. */
#include "arrival.h"

#include <string.h>

#include "connection.h"
#include "response.h"
#include "runtime/metrics.h"

enum {
    TARGET_MAX_LENGTH = 8 * 1024,
    HEADERS_MAX = 100,
};

struct arrival {
    struct loop_task task;
    h2o_req_t *h2o;
    struct connection *connection;
    struct request *request; /* from the handler's call to the answer */
};

static void run(struct loop_task *task)
{
    struct arrival *arrival = (struct arrival *)task;
    const struct server_options *options = &connection_serving(arrival->connection)->server->options;
    arrival->request = request_create(arrival, arrival->h2o, arrival->connection);
    options->handle(arrival->request, options->context);
}

/* The stream has ended: reset, connection closed, or simply answered in full. */
static void dispose(void *memory)
{
    struct arrival *arrival = memory;
    if (arrival->task.is_queued) {
        loop_defer_cancel(connection_serving(arrival->connection)->loop, &arrival->task);
        metric_add(METRIC_REQUESTS_CANCELLED, 1);
        connection_end_request(arrival->connection);
    } else if (arrival->request != NULL) {
        request_stream_gone(arrival->request);
    }
}

void arrival_answer(struct arrival *arrival, const struct response *response)
{
    struct connection *connection = arrival->connection;
    arrival->request = NULL;
    if (connection_serving(connection)->is_draining || connection->guard.retirement != RETIREMENT_NONE)
        arrival->h2o->http1_is_persistent = 0;
    response_send(arrival->h2o, response);
    connection_guard_recheck(&connection->guard);
}

/* Handlers compare paths byte for byte; nothing reaches them that is more than one spelling, or hides its end.
 */
static bool is_plain_target(h2o_iovec_t iovec)
{
    struct text target = {iovec.base, iovec.len};
    if (!text_starts_with(target, TEXT("/")) || target.length > TARGET_MAX_LENGTH)
        return false;
    for (size_t i = 0; i < target.length; i++) {
        unsigned char byte = (unsigned char)target.base[i];
        if (byte <= 0x20 || byte >= 0x7f)
            return false;
    }
    return memmem(target.base, target.length, "%00", 3) == NULL;
}

static enum fault admit(const h2o_req_t *h2o, struct connection *connection)
{
    if (!is_plain_target(h2o->input.path))
        return FAULT_REQUEST_TARGET;
    if (h2o->headers.size > HEADERS_MAX)
        return FAULT_REQUEST_HEADERS;
    return connection_begin_request(connection) ? FAULT_NONE : FAULT_OVERLOADED;
}

static int on_request(h2o_handler_t *handler, h2o_req_t *h2o)
{
    struct connection *connection = connection_of(h2o);
    (void)handler;
    metric_add(METRIC_REQUESTS, 1);
    enum fault fault = admit(h2o, connection);
    if (fault != FAULT_NONE) {
        response_send_fault(h2o, fault);
        return 0;
    }
    struct arrival *arrival = h2o_mem_alloc_shared(&h2o->pool, sizeof(*arrival), dispose);
    *arrival = (struct arrival){.task = {.run = run}, .h2o = h2o, .connection = connection};
    loop_defer(connection_serving(connection)->loop, &arrival->task);
    return 0;
}

void arrival_register(h2o_hostconf_t *host)
{
    h2o_pathconf_t *everything = h2o_config_register_path(host, "/", 0);
    h2o_create_handler(everything, sizeof(h2o_handler_t))->on_req = on_request;
}

/* A server: listeners and h2o's configuration, shared; one serving with its h2o context per loop; and the
 * drain, which asks each loop to finish and counts them off. */
#include "serving.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arrival.h"
#include "base/clock.h"
#include "connection.h"
#include "guard/connection_sweep.h"

enum {
    /* Bodies up to here reach the handler, which then can say what is wrong; h2o's own refusal on HTTP/2 is a
     * stream reset that means "try again". */
    LIBRARY_BODY_LIMIT = 2 * 1024 * 1024,
    DRAIN_SWEEP_MS = 250,
    LAST_TURNS = 8,
};

/* --- create --- */

struct server_limits server_usual_limits(void)
{
    return (struct server_limits){
        .connections = 8192,
        .connections_per_address = 1024,
        .connections_on_socket = 256,
        .requests_per_connection = 100 * 1000,
        .age_s = 3600,
        .handshake_s = 10,
        .header_s = 10,
        .body_s = 30,
        .idle_s = 60,
        .write_stall_s = 20,
        .header_bytes = 32 * 1024,
        .unfinished_bytes_per_connection = 4 * 1024 * 1024,
        .unfinished_bytes_per_address = 16 * 1024 * 1024,
        .unfinished_bytes = 64 * 1024 * 1024,
        .frames_per_second = {20, 200, 2, 10, 20, 5, 10, 5},
        .control_records = 16,
    };
}

static void configure(struct server *server, h2o_globalconf_t *configuration, size_t body_limit)
{
    h2o_config_init(configuration);
    configuration->server_name = h2o_iovec_init("", 0);
    configuration->http1.upgrade_to_http2 = 0;
    /* The sweep ends what is too slow; these only if it should not. */
    const struct server_limits *limits = &server->options.limits;
    configuration->http1.req_timeout = (uint64_t)(limits->header_s + limits->body_s + limits->idle_s) * 2000;
    configuration->http2.idle_timeout = (uint64_t)limits->idle_s * 2000;
    /* On HTTP/2 h2o drops a Host field quietly; handlers are to see that it says what :authority says. */
    H2O_TOKEN_HOST->http2_should_reject = 0;
    configuration->max_request_entity_size =
        2 * body_limit > LIBRARY_BODY_LIMIT ? 2 * body_limit : LIBRARY_BODY_LIMIT;
    arrival_register(h2o_config_register_host(configuration, h2o_iovec_init("default", 7), 65535));
}

static void configure_all(struct server *server)
{
    const struct server_options *options = &server->options;
    bool is_admin_larger = options->admin_body_limit > options->body_limit;
    configure(server, &server->h2o, is_admin_larger ? options->admin_body_limit : options->body_limit);
    for (size_t i = 0; i < options->listener_count; i++)
        server->has_relay |= options->listeners[i].kind == REQUEST_LISTENER_RELAY;
    if (server->has_relay)
        configure(server, &server->relay, options->relay_body_limit);
}

static enum fault open_listeners(struct server *server, char *detail)
{
    for (size_t i = 0; i < server->options.listener_count; i++)
        TRY(listener_open(&server->listeners[i], &server->options.listeners[i], &server->options, detail));
    return FAULT_NONE;
}

static void close_listeners(struct server *server)
{
    for (size_t i = 0; i < server->options.listener_count; i++)
        listener_close(&server->listeners[i]);
}

enum fault server_create(const struct server_options *options, struct server **server, char *detail)
{
    INVARIANT(options->listener_count <= SERVER_LISTENERS_MAX && options->handle != NULL);
    /* A peer that closes early is an error of a write, not of the process. */
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    INVARIANT(sigaction(SIGPIPE, &ignore, NULL) == 0);
    struct server *made = calloc(1, sizeof(*made));
    INVARIANT(made != NULL);
    made->options = *options;
    for (size_t i = 0; i < options->listener_count; i++)
        made->listeners[i].descriptor = -1;
    enum fault fault = open_listeners(made, detail);
    if (fault != FAULT_NONE) {
        close_listeners(made);
        free(made);
        return fault;
    }
    INVARIANT(pthread_mutex_init(&made->mutex, NULL) == 0);
    made->addresses = address_book_create();
    configure_all(made);
    *server = made;
    return FAULT_NONE;
}

uint16_t server_port(const struct server *server, size_t listener)
{
    return listener_port(&server->listeners[listener]);
}

/* All of them have the same. NULL: none has TLS. */
static const SSL_CTX *any_tls(const struct server *server)
{
    for (size_t i = 0; i < server->options.listener_count; i++)
        if (server->listeners[i].tls != NULL)
            return server->listeners[i].tls;
    return NULL;
}

int64_t server_certificate_expiry_s(const struct server *server)
{
    const SSL_CTX *tls = any_tls(server);
    return tls == NULL ? 0 : tls_certificate_expiry_s(tls);
}

bool server_certificate_names(const struct server *server, const char *host)
{
    const SSL_CTX *tls = any_tls(server);
    return tls != NULL && tls_certificate_names(tls, host);
}

/* --- drain --- */

static void report_idle(struct loop_task *task)
{
    struct serving *serving = (struct serving *)(void *)((char *)task - offsetof(struct serving, idle_task));
    struct server *server = serving->server;
    pthread_mutex_lock(&server->mutex);
    bool is_last = --server->busy_loops == 0;
    pthread_mutex_unlock(&server->mutex);
    if (is_last)
        server->idle(server->idle_context);
}

void serving_check_idle(struct serving *serving)
{
    if (!serving->is_draining || serving->is_idle || serving->connections != NULL || serving->in_flight != 0)
        return;
    serving->is_idle = true;
    loop_timer_stop(serving->loop, &serving->drain_sweep);
    /* We may be deep inside h2o's closing of a connection. */
    loop_defer(serving->loop, &serving->idle_task);
}

static void sweep(struct loop_timer *timer)
{
    struct serving *serving = (struct serving *)(void *)((char *)timer - offsetof(struct serving, drain_sweep));
    connection_drain_all(serving);
    if (!serving->is_idle)
        loop_timer_start(serving->loop, &serving->drain_sweep, DRAIN_SWEEP_MS);
}

static void close_acceptors(struct serving *serving)
{
    for (size_t i = 0; i < serving->server->options.listener_count; i++)
        acceptor_close(&serving->acceptors[i]);
}

static void say_goodbye(h2o_context_t *context)
{
    h2o_context_request_shutdown(context);
    /* h2o's second step would cut requests that are still arriving; connection_drain_all takes it instead. */
    if (h2o_timeout_is_linked(&context->http2._graceful_shutdown_timeout))
        h2o_timeout_unlink(&context->http2._graceful_shutdown_timeout);
}

static void start_drain(struct loop_message *message)
{
    struct serving *serving =
        (struct serving *)(void *)((char *)message - offsetof(struct serving, drain_message));
    serving->is_draining = true;
    serving->drain_started_us = clock_monotonic_us();
    close_acceptors(serving);
    say_goodbye(&serving->h2o);
    if (serving->server->has_relay)
        say_goodbye(&serving->relay);
    sweep(&serving->drain_sweep);
    serving_check_idle(serving);
}

void server_drain(struct server *server, void (*idle)(void *context), void *context)
{
    pthread_mutex_lock(&server->mutex);
    INVARIANT(!server->is_draining);
    server->is_draining = true;
    server->idle = idle;
    server->idle_context = context;
    for (struct serving *serving = server->servings; serving != NULL; serving = serving->next)
        server->busy_loops++;
    bool is_idle = server->servings == NULL;
    for (struct serving *serving = server->servings; serving != NULL; serving = serving->next)
        loop_post(serving->loop, &serving->drain_message);
    pthread_mutex_unlock(&server->mutex);
    if (is_idle)
        idle(context);
}

/* --- loops --- */

void server_attach(struct server *server, struct loop *loop)
{
    struct serving *serving = calloc(1, sizeof(*serving));
    INVARIANT(serving != NULL);
    serving->server = server;
    serving->loop = loop;
    serving->drain_message.run = start_drain;
    serving->drain_sweep.run = sweep;
    serving->idle_task.run = report_idle;
    pthread_mutex_lock(&server->mutex);
    INVARIANT(!server->is_draining);
    h2o_context_init(&serving->h2o, loop_h2o(loop), &server->h2o);
    if (server->has_relay)
        h2o_context_init(&serving->relay, loop_h2o(loop), &server->relay);
    for (size_t i = 0; i < server->options.listener_count; i++) {
        serving->acceptors[i].serving = serving;
        serving->acceptors[i].listener = &server->listeners[i];
        int descriptor = listener_take(&server->listeners[i]);
        if (descriptor >= 0)
            acceptor_open(&serving->acceptors[i], descriptor);
    }
    connection_sweep_start(serving);
    serving->next = server->servings;
    server->servings = serving;
    pthread_mutex_unlock(&server->mutex);
}

/* What is still open is cut off; a few turns of h2o's loop let it free what belongs to the connections. */
static void destroy_serving(struct serving *serving)
{
    close_acceptors(serving);
    loop_timer_stop(serving->loop, &serving->drain_sweep);
    connection_sweep_stop(serving);
    loop_defer_cancel(&serving->idle_task);
    connection_abort_all(serving);
    for (unsigned turn = 0; turn < LAST_TURNS && serving->connections != NULL; turn++)
        h2o_evloop_run(loop_h2o(serving->loop), 0);
    h2o_context_dispose(&serving->h2o);
    if (serving->server->has_relay)
        h2o_context_dispose(&serving->relay);
    free(serving);
}

void server_destroy(struct server *server)
{
    if (server == NULL)
        return;
    for (struct serving *serving = server->servings, *next; serving != NULL; serving = next) {
        next = serving->next;
        destroy_serving(serving);
    }
    h2o_config_dispose(&server->h2o);
    if (server->has_relay)
        h2o_config_dispose(&server->relay);
    address_book_destroy(server->addresses);
    close_listeners(server);
    pthread_mutex_destroy(&server->mutex);
    free(server);
}

/* We run the TLS handshake ourselves and then hand the socket to h2o's HTTP/2 or HTTP/1, so that a connection
 * has a struct of ours from its first byte. h2o owns the socket; its on_close is where a connection ends. */
#include "connection.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "guard/http2_guard.h"
#include "prologue.h"
#include "runtime/metrics.h"

enum {
    ACCEPTS_PER_TURN = 16,
    ACCEPT_REST_MS = 100,
    /* From the first GOAWAY to the final one: requests that were sent before it was read arrive meanwhile. */
    GOODBYE_US = 1000 * 1000,
    /* Clients get another second to act on it. HTTP/1 says Connection: close with each answer meanwhile, so
     * that busy clients go before their connection does. */
    DRAIN_GRACE_US = 2 * GOODBYE_US,
};

/* --- what requests ask --- */

struct connection *connection_of(const h2o_req_t *request)
{
    return request->conn->callbacks->get_socket(request->conn)->on_close.data;
}

struct serving *connection_serving(const struct connection *connection)
{
    return connection->acceptor->serving;
}

enum request_listener connection_listener(const struct connection *connection)
{
    return connection->acceptor->listener->kind;
}

enum byte_account connection_account(const struct connection *connection)
{
    return connection_listener(connection) == REQUEST_LISTENER_RELAY ? BYTE_ACCOUNT_RELAYED
                                                                     : BYTE_ACCOUNT_ANSWERED_HERE;
}

void connection_print_address(const struct sockaddr_storage *address, char text[INET6_ADDRSTRLEN])
{
    if (address->ss_family == AF_INET6)
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, text,
                  INET6_ADDRSTRLEN);
    else if (address->ss_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)address)->sin_addr, text,
                  INET6_ADDRSTRLEN);
    else
        text[0] = '\0';
}

struct text connection_peer(struct connection *connection)
{
    if (connection->acceptor->listener->unix_path != NULL)
        memcpy(connection->peer, "unix", sizeof("unix"));
    else if (connection->peer[0] == '\0')
        connection_print_address(&connection->origin, connection->peer);
    return text_of(connection->peer);
}

static void free_if_over(struct connection *connection)
{
    if (connection->socket != NULL || connection->in_flight != 0 || connection->holds != 0)
        return;
    address_book_leave(connection_serving(connection)->server->addresses, connection->address);
    X509_free(connection->certificate);
    free(connection);
}

void connection_hold(struct connection *connection)
{
    connection->holds++;
}

void connection_release(struct connection *connection)
{
    connection->holds--;
    free_if_over(connection);
}

struct byte_limits connection_byte_limits(const struct connection *connection)
{
    const struct server_options *options = &connection_serving(connection)->server->options;
    const struct server_limits *limits = &options->limits;
    /* h2o reads into buffers that double, so a body takes up to twice its size; on HTTP/1 they stay while ours
     * is the third. */
    size_t more = connection_account(connection) == BYTE_ACCOUNT_RELAYED ? 3 * options->relay_body_limit : 0;
    /* Behind a terminator's address is everybody. */
    size_t of_address =
        connection->is_terminator ? limits->unfinished_bytes : limits->unfinished_bytes_per_address;
    return (struct byte_limits){limits->unfinished_bytes_per_connection + more, of_address + more,
                                limits->unfinished_bytes + more};
}

static bool hold_bytes(const struct connection *connection, size_t bytes)
{
    const struct server *server = connection_serving(connection)->server;
    struct byte_limits limits = connection_byte_limits(connection);
    return connection->held + bytes <= limits.of_connection &&
           address_book_hold(server->addresses, connection->address, connection_account(connection), bytes,
                             limits.of_address, limits.in_all);
}

bool connection_hold_more(struct connection *connection, size_t bytes)
{
    bool is_held = hold_bytes(connection, bytes);
    if (is_held)
        connection->held += bytes;
    return is_held;
}

void connection_let_go(struct connection *connection, size_t bytes)
{
    address_book_let_go(connection_serving(connection)->server->addresses, connection->address,
                        connection_account(connection), bytes);
    connection->held -= bytes;
}

/* Whoever watches is answered also when everybody else is told to come back: a probe that fails under load
 * would end the gateway that works through it. */
static unsigned most_in_flight(const struct connection *connection)
{
    const struct server_options *options = &connection_serving(connection)->server->options;
    bool is_watching = connection_listener(connection) == REQUEST_LISTENER_MONITORING;
    return options->in_flight_limit + (is_watching ? options->in_flight_limit_per_connection : 0);
}

bool connection_begin_request(struct connection *connection, size_t bytes)
{
    struct server *server = connection_serving(connection)->server;
    if (connection->in_flight - connection->streams >= server->options.in_flight_limit_per_connection ||
        !hold_bytes(connection, bytes))
        return false;
    if (atomic_fetch_add_explicit(&server->in_flight, 1, memory_order_relaxed) >= most_in_flight(connection)) {
        atomic_fetch_sub_explicit(&server->in_flight, 1, memory_order_relaxed);
        address_book_let_go(server->addresses, connection->address, connection_account(connection), bytes);
        return false;
    }
    connection->in_flight++;
    connection->held += bytes;
    connection_guard_note_request(&connection->guard, true);
    connection_serving(connection)->in_flight++;
    metric_add(METRIC_REQUESTS_IN_FLIGHT, 1);
    return true;
}

void connection_end_request(struct connection *connection, size_t bytes)
{
    struct serving *serving = connection_serving(connection);
    atomic_fetch_sub_explicit(&serving->server->in_flight, 1, memory_order_relaxed);
    connection_let_go(connection, bytes);
    connection->in_flight--;
    connection_guard_note_request(&connection->guard, false);
    serving->in_flight--;
    metric_add(METRIC_REQUESTS_IN_FLIGHT, -1);
    free_if_over(connection);
    serving_check_idle(serving);
}

bool connection_has_room_for_stream(const struct connection *connection)
{
    struct server *server = connection_serving(connection)->server;
    return atomic_load_explicit(&server->streams, memory_order_relaxed) < server->options.stream_limit;
}

/* What is worked on is bounded so that everything else is answered in time; a stream that waits takes no time
 * of anybody. */
bool connection_begin_stream(struct connection *connection)
{
    struct server *server = connection_serving(connection)->server;
    if (connection_listener(connection) != REQUEST_LISTENER_RELAY)
        return false;
    if (atomic_fetch_add_explicit(&server->streams, 1, memory_order_relaxed) >= server->options.stream_limit) {
        atomic_fetch_sub_explicit(&server->streams, 1, memory_order_relaxed);
        return false;
    }
    atomic_fetch_sub_explicit(&server->in_flight, 1, memory_order_relaxed);
    connection->streams++;
    metric_add(METRIC_REQUESTS_IN_FLIGHT, -1);
    metric_add(METRIC_STREAMS_OPEN, 1);
    return true;
}

void connection_end_stream(struct connection *connection)
{
    struct server *server = connection_serving(connection)->server;
    atomic_fetch_sub_explicit(&server->streams, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&server->in_flight, 1, memory_order_relaxed);
    connection->streams--;
    metric_add(METRIC_REQUESTS_IN_FLIGHT, 1);
    metric_add(METRIC_STREAMS_OPEN, -1);
}

/* --- its life --- */

static void link_connection(struct connection *connection)
{
    struct serving *serving = connection_serving(connection);
    connection->next = serving->connections;
    if (connection->next != NULL)
        connection->next->previous = connection;
    serving->connections = connection;
    metric_add(METRIC_CONNECTIONS_OPEN, 1);
}

static void unlink_connection(struct connection *connection)
{
    struct serving *serving = connection_serving(connection);
    if (connection->previous != NULL)
        connection->previous->next = connection->next;
    else
        serving->connections = connection->next;
    if (connection->next != NULL)
        connection->next->previous = connection->previous;
    metric_add(METRIC_CONNECTIONS_OPEN, -1);
}

static void on_close(void *context)
{
    struct connection *connection = context;
    struct serving *serving = connection_serving(connection);
    loop_timer_stop(serving->loop, &connection->handshake_timer);
    loop_timer_stop(serving->loop, &connection->settling);
    unlink_connection(connection);
    connection_guard_close(&connection->guard);
    connection->socket = NULL;
    free_if_over(connection);
    serving_check_idle(serving);
}

void connection_serve(struct connection *connection, enum protocol protocol)
{
    struct acceptor *acceptor = connection->acceptor;
    loop_timer_stop(connection_serving(connection)->loop, &connection->handshake_timer);
    connection->protocol = protocol;
    if (protocol == PROTOCOL_HTTP2)
        connection_guard_accept_http2(&connection->guard, &acceptor->accept);
    else
        http1_guard_accept(&connection->guard, &acceptor->accept);
}

static void on_handshake(h2o_socket_t *socket, const char *error)
{
    struct connection *connection = socket->on_close.data;
    if (error != NULL) {
        h2o_socket_close(socket);
        return;
    }
    h2o_iovec_t selected = h2o_socket_ssl_get_selected_protocol(socket);
    bool is_http2 = text_is((struct text){selected.base, selected.len}, "h2");
    connection_serve(connection, is_http2 ? PROTOCOL_HTTP2 : PROTOCOL_HTTP1);
}

static void on_handshake_timeout(struct loop_timer *timer)
{
    struct connection *connection =
        (struct connection *)(void *)((char *)timer - offsetof(struct connection, handshake_timer));
    h2o_socket_close(connection->socket);
}

static void settle(struct loop_timer *timer)
{
    struct connection *connection =
        (struct connection *)(void *)((char *)timer - offsetof(struct connection, settling));
    h2o_socket_t *socket = connection->socket;
    if (h2o_socket_is_reading(socket))
        h2o_socket_read_start(socket, socket->_cb.read);
    else
        h2o_socket_read_stop(socket);
}

/* h2o looks again at what it waits for only at sockets whose state it knows to have changed, and counts on
 * writes that begin while it handles events. One that a task begins after a blocked one has ended, and that
 * ends at once, goes by unnoticed: h2o goes on waiting for room to write, and aborts the process when there is
 * some and nothing to write. A turn later, when the end of the write was told, it is made to look. */
void connection_settle_write(struct connection *connection)
{
    if (connection->socket != NULL)
        loop_timer_start(connection_serving(connection)->loop, &connection->settling, 0);
}

/* NULL: as many connections as accepted are open. */
static struct address *enter(const struct acceptor *acceptor, const struct sockaddr_storage *origin,
                             bool is_terminator)
{
    const struct server *server = acceptor->serving->server;
    const struct server_limits *limits = &server->options.limits;
    unsigned of_address = acceptor->listener->unix_path != NULL ? limits->connections_on_socket
                          : is_terminator                       ? limits->connections
                                                                : limits->connections_per_address;
    /* Whoever watches may come from the address of a balancer, or of the node that hides everybody else. */
    bool is_watching = acceptor->listener->kind == REQUEST_LISTENER_MONITORING;
    unsigned kept_free = is_watching ? limits->connections_on_socket : 0;
    return address_book_enter(server->addresses, (const struct sockaddr *)origin, of_address + kept_free,
                              limits->connections + kept_free);
}

bool connection_comes_from(struct connection *connection, const struct sockaddr_storage *origin)
{
    struct address *before = connection->address;
    bool is_terminator = prologue_believes(connection->acceptor, origin);
    struct address *address = enter(connection->acceptor, origin, is_terminator);
    if (address == NULL) {
        metric_add(METRIC_CONNECTIONS_REFUSED, 1);
        return false;
    }
    connection->address = address;
    connection->origin = *origin;
    connection->is_terminator = is_terminator;
    connection->peer[0] = '\0';
    address_book_leave(connection_serving(connection)->server->addresses, before);
    return true;
}

/* Where no handshake comes first, the client is told. */
static void turn_away(const struct acceptor *acceptor, h2o_socket_t *socket)
{
    static const char answer[] = "HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\nconnection: close\r\n"
                                 "cache-control: no-store\r\ncontent-length: 0\r\n\r\n";
    metric_add(METRIC_CONNECTIONS_REFUSED, 1);
    if (acceptor->listener->tls == NULL)
        (void)!send(h2o_socket_get_fd(socket), answer, sizeof(answer) - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    h2o_socket_close(socket);
}

void connection_begin(struct connection *connection)
{
    SSL_CTX *tls = connection->acceptor->listener->tls;
    if (tls != NULL)
        h2o_socket_ssl_handshake(connection->socket, tls, NULL, on_handshake);
    else if (connection_listener(connection) == REQUEST_LISTENER_PUBLIC)
        prologue_read_preface(connection);
    else
        connection_serve(connection, PROTOCOL_HTTP1);
}

static void start_connection(struct acceptor *acceptor, h2o_socket_t *socket)
{
    struct sockaddr_storage peer = {0};
    socklen_t length = sizeof(peer);
    getpeername(h2o_socket_get_fd(socket), (struct sockaddr *)&peer, &length);
    bool is_terminator = prologue_believes(acceptor, &peer);
    struct address *address = enter(acceptor, &peer, is_terminator);
    if (address == NULL) {
        turn_away(acceptor, socket);
        return;
    }
    struct connection *connection = calloc(1, sizeof(*connection));
    INVARIANT(connection != NULL);
    connection->acceptor = acceptor;
    connection->socket = socket;
    connection->address = address;
    connection->origin = peer;
    connection->is_terminator = is_terminator;
    connection_guard_open(&connection->guard, acceptor->serving, socket);
    connection->handshake_timer.run = on_handshake_timeout;
    connection->settling.run = settle;
    socket->on_close.cb = on_close;
    socket->on_close.data = connection;
    link_connection(connection);
    loop_timer_start(acceptor->serving->loop, &connection->handshake_timer,
                     acceptor->serving->server->options.limits.handshake_s * 1000);
    if (is_terminator && acceptor->serving->server->options.terminators.speaks_proxy)
        prologue_read_proxy_header(connection);
    else
        connection_begin(connection);
}

/* --- accepting --- */

static void on_acceptable(h2o_socket_t *listening, const char *error)
{
    struct acceptor *acceptor = listening->data;
    (void)error;
    for (unsigned i = 0; i < ACCEPTS_PER_TURN; i++) {
        errno = 0;
        h2o_socket_t *socket = h2o_evloop_socket_accept(listening);
        if (socket != NULL) {
            start_connection(acceptor, socket);
            continue;
        }
        /* Level-triggered: without a rest the loop would spin on a connection it cannot take. */
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            h2o_socket_read_stop(listening);
            loop_timer_start(acceptor->serving->loop, &acceptor->retry, ACCEPT_REST_MS);
        }
        return;
    }
}

static void accept_again(struct loop_timer *timer)
{
    struct acceptor *acceptor = (struct acceptor *)(void *)((char *)timer - offsetof(struct acceptor, retry));
    h2o_socket_read_start(acceptor->socket, on_acceptable);
}

void acceptor_open(struct acceptor *acceptor, int descriptor)
{
    struct serving *serving = acceptor->serving;
    bool is_relay = acceptor->listener->kind == REQUEST_LISTENER_RELAY;
    acceptor->accept.ctx = is_relay ? &serving->relay : &serving->h2o;
    acceptor->accept.hosts = acceptor->accept.ctx->globalconf->hosts;
    acceptor->accept.ssl_ctx = acceptor->listener->tls;
    acceptor->retry.run = accept_again;
    acceptor->socket = h2o_evloop_socket_create(loop_h2o(serving->loop), descriptor, H2O_SOCKET_FLAG_DONT_READ);
    acceptor->socket->data = acceptor;
    h2o_socket_read_start(acceptor->socket, on_acceptable);
}

void acceptor_close(struct acceptor *acceptor)
{
    if (acceptor->socket == NULL)
        return;
    loop_timer_stop(acceptor->serving->loop, &acceptor->retry);
    h2o_socket_read_stop(acceptor->socket);
    h2o_socket_close(acceptor->socket);
    acceptor->socket = NULL;
}

/* --- ending --- */

/* A request of which only a part has arrived; the sweep bounds how long the rest may take. */
static bool has_begun_request(const struct connection *connection)
{
    const struct connection_guard *guard = &connection->guard;
    if (guard->is_http2)
        return !guard->is_over && !http2_is_without_streams(connection->socket);
    return guard->block_since_ms != 0 || guard->body_since_ms != 0;
}

static void drain(struct connection *connection, int64_t drained_for_us)
{
    bool is_grace_over = drained_for_us >= DRAIN_GRACE_US;
    /* Accepted before the drain began, so it may finish its handshake and ask once. */
    if (connection->protocol == PROTOCOL_HANDSHAKE) {
        if (is_grace_over)
            h2o_socket_close(connection->socket);
        return;
    }
    const struct connection_guard *guard = &connection->guard;
    if (guard->is_http2 && drained_for_us >= GOODBYE_US && connection->socket != NULL && !guard->is_cut &&
        !guard->is_over && !http2_has_incomplete(connection->socket))
        http2_end(connection->socket, "this gateway is going away");
    if (!is_grace_over || connection->in_flight != 0 || connection->is_reading_ended ||
        h2o_socket_is_writing(connection->socket) || has_begun_request(connection))
        return;
    /* h2o has no call that closes an idle connection; the end of its input does. */
    connection->is_reading_ended = true;
    shutdown(h2o_socket_get_fd(connection->socket), SHUT_RD);
}

void connection_drain_all(struct serving *serving)
{
    int64_t drained_for_us = clock_monotonic_us() - serving->drain_started_us;
    for (struct connection *connection = serving->connections, *next; connection != NULL; connection = next) {
        next = connection->next;
        drain(connection, drained_for_us);
    }
}

void connection_abort_all(struct serving *serving)
{
    for (struct connection *connection = serving->connections, *next; connection != NULL; connection = next) {
        next = connection->next;
        if (connection->protocol == PROTOCOL_HANDSHAKE)
            h2o_socket_close(connection->socket);
        else
            connection_guard_abort(&connection->guard);
    }
}

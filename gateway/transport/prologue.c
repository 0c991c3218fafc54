/* See prologue.h. What is read here lies in the socket's buffer, where h2o's TLS and HTTP look for it. */
#include "prologue.h"

#include <string.h>

#include "base/log.h"
#include "connection.h"
#include "origin/proxy_header.h"
#include "runtime/metrics.h"

static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"; /* RFC 9113 section 3.4 */

bool prologue_believes(const struct acceptor *acceptor, const struct sockaddr_storage *address)
{
    const struct address_guard *terminators = acceptor->serving->server->options.terminators.addresses;
    return terminators != NULL && acceptor->listener->unix_path == NULL &&
           acceptor->listener->kind != REQUEST_LISTENER_MONITORING &&
           address_guard_lists(terminators, (const struct sockaddr *)address);
}

/* --- the PROXY header --- */

/* Where the terminator only passes bytes on, headers of requests are the client's own words: they are believed
 * of the terminator's own connections, and of those that come from another terminator. */
static bool take_origin(struct connection *connection, const struct proxy_header *header)
{
    if (header->is_local)
        return true;
    connection->is_terminator = false;
    return header->source.ss_family == AF_UNSPEC || connection_comes_from(connection, &header->source);
}

static void refuse(struct connection *connection)
{
    metric_add(METRIC_PROXY_HEADERS_REFUSED, 1);
    LOG(LOG_WARNING, "proxy_header_refused", log_text("peer", connection_peer(connection)));
    h2o_socket_close(connection->socket);
}

static void on_proxy_bytes(h2o_socket_t *socket, const char *error)
{
    struct connection *connection = socket->on_close.data;
    struct proxy_header header;
    if (error != NULL) {
        h2o_socket_close(socket);
        return;
    }
    switch (proxy_header_read(socket->input->bytes, socket->input->size, &header)) {
    case PROXY_HEADER_PARTIAL:
        return;
    case PROXY_HEADER_BROKEN:
        refuse(connection);
        return;
    case PROXY_HEADER_WHOLE:
        h2o_socket_read_stop(socket);
        h2o_buffer_consume(&socket->input, header.length);
        if (take_origin(connection, &header))
            connection_begin(connection);
        else
            h2o_socket_close(socket);
        return;
    }
}

void prologue_read_proxy_header(struct connection *connection)
{
    h2o_socket_read_start(connection->socket, on_proxy_bytes);
}

/* --- which HTTP --- */

static void on_first_bytes(h2o_socket_t *socket, const char *error)
{
    struct connection *connection = socket->on_close.data;
    size_t size = socket->input->size, whole = sizeof(preface) - 1;
    if (error != NULL) {
        h2o_socket_close(socket);
        return;
    }
    bool may_be_http2 = memcmp(socket->input->bytes, preface, size < whole ? size : whole) == 0;
    if (size == 0 || (may_be_http2 && size < whole))
        return;
    h2o_socket_read_stop(socket);
    connection_serve(connection, may_be_http2 ? PROTOCOL_HTTP2 : PROTOCOL_HTTP1);
}

void prologue_read_preface(struct connection *connection)
{
    h2o_socket_t *socket = connection->socket;
    h2o_socket_read_start(socket, on_first_bytes);
    if (socket->input->size != 0) /* behind a PROXY header */
        on_first_bytes(socket, NULL);
}

/* A connection from accept to close: TLS handshake, choice of protocol, the work in flight on it. It stays
 * while requests that came on it are unanswered, so that they can be counted off. */
#ifndef TRANSPORT_CONNECTION_H
#define TRANSPORT_CONNECTION_H

#include "serving.h"

struct connection;

/* Starts accepting on this loop. */
void acceptor_open(struct acceptor *acceptor, int descriptor);
void acceptor_close(struct acceptor *acceptor);

/* The connection a request came on. */
struct connection *connection_of(const h2o_req_t *request);
struct serving *connection_serving(const struct connection *connection);
enum request_listener connection_listener(const struct connection *connection);
/* Textual, without port; "unix" on a Unix socket. Lives as long as the connection. */
struct text connection_peer(struct connection *connection);

/* Counts one request in: false when this connection or the server has as many in flight as it accepts. */
bool connection_begin_request(struct connection *connection);
void connection_end_request(struct connection *connection);

/* While draining: asks connections without work to end. */
void connection_drain_all(struct serving *serving);
/* Breaks off what is still open, for a server that is destroyed undrained. */
void connection_abort_all(struct serving *serving);

#endif

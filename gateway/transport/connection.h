/* A connection from accept to close: TLS handshake, choice of protocol, the work in flight on it. It stays
 * while requests that came on it are unanswered, so that they can be counted off, and its address stays with
 * it. */
#ifndef TRANSPORT_CONNECTION_H
#define TRANSPORT_CONNECTION_H

#include <netinet/in.h>
#include <openssl/x509.h>

#include "guard/address_book.h"
#include "guard/connection_guard.h"
#include "serving.h"

/* Bytes that requests may hold: of one connection, of one address, in all. */
struct byte_limits {
    size_t of_connection, of_address, in_all;
};

enum protocol { PROTOCOL_HANDSHAKE, PROTOCOL_HTTP1, PROTOCOL_HTTP2 };

struct connection {
    struct acceptor *acceptor;
    struct address *address; /* where it comes from, counted in the server's book */
    h2o_socket_t *socket;    /* NULL once closed */
    enum protocol protocol;
    unsigned in_flight, streams; /* the latter among the former */
    size_t held;                 /* bytes of the requests in flight */
    unsigned holds;
    bool is_reading_ended;
    struct loop_timer handshake_timer, settling;
    struct connection_guard guard;
    struct sockaddr_storage origin; /* the peer, or what a terminator's PROXY header says */
    bool is_terminator;             /* what its requests' headers say of the client is believed */
    X509 *certificate;              /* that the client showed with TLS; NULL: none */
    bool is_certificate_verified;
    char peer[INET6_ADDRSTRLEN];
    struct connection *next, *previous;
};

/* --- for prologue.c --- */

/* It comes from there: counted as that address's from here on. false: that has as many connections as it may.
 */
bool connection_comes_from(struct connection *connection, const struct sockaddr_storage *origin);
/* TLS where the listener has it, else HTTP at once. */
void connection_begin(struct connection *connection);
void connection_serve(struct connection *connection, enum protocol protocol);

/* Starts accepting on this loop. */
void acceptor_open(struct acceptor *acceptor, int descriptor);
void acceptor_close(struct acceptor *acceptor);

/* The connection a request came on. */
struct connection *connection_of(const h2o_req_t *request);
struct serving *connection_serving(const struct connection *connection);
enum request_listener connection_listener(const struct connection *connection);
enum byte_account connection_account(const struct connection *connection);
/* Textual, without port; "unix" on a Unix socket. Lives as long as the connection. */
struct text connection_peer(struct connection *connection);
/* Numeric, without port; nothing of what is no Internet address. */
void connection_print_address(const struct sockaddr_storage *address, char text[INET6_ADDRSTRLEN]);

/* Counts one request in, and the bytes it holds: false when this connection, its address or the server has as
 * many in flight as it accepts. */
bool connection_begin_request(struct connection *connection, size_t bytes);
void connection_end_request(struct connection *connection, size_t bytes);
/* The answer to a request in flight goes on as a stream, which may be for hours: on a relay listener it is
 * counted among those from here on, and no more among what is worked on. false: it stays there, as elsewhere
 * or where there are as many streams as may be. What was begun is ended before the request is. */
bool connection_begin_stream(struct connection *connection);
void connection_end_stream(struct connection *connection);
bool connection_has_room_for_stream(const struct connection *connection);
/* Bytes of an answer that wait: false when they are too many to be counted. What was counted is let go of. */
bool connection_hold_more(struct connection *connection, size_t bytes);
void connection_let_go(struct connection *connection, size_t bytes);
/* What requests of this connection may hold in memory; on a relay listener there is room for its bodies too. */
struct byte_limits connection_byte_limits(const struct connection *connection);

/* After a write that a task of ours has begun: see its definition. */
void connection_settle_write(struct connection *connection);
/* While held the struct stays, also when the connection is closed meanwhile. */
void connection_hold(struct connection *connection);
void connection_release(struct connection *connection);

/* While draining: asks connections without work to end. */
void connection_drain_all(struct serving *serving);
/* Breaks off what is still open, for a server that is destroyed undrained. */
void connection_abort_all(struct serving *serving);

#endif

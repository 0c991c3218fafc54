/* Listeners and connections: TLS 1.2/1.3, HTTP/2 and HTTP/1.1 by ALPN, one h2o context per loop, SO_REUSEPORT.
 * Requests reach the handler deferred from the loop, and not at all if their stream went meanwhile; work in
 * flight is counted per connection and in all, orphans included, and over the cap the answer is 503 with
 * Retry-After. */
#ifndef TRANSPORT_SERVER_H
#define TRANSPORT_SERVER_H

#include "base/fault.h"
#include "runtime/address_guard.h"
#include "transport/listening_socket.h"
#include "transport/request.h"

enum { SERVER_LISTENERS_MAX = 16 };

struct server_listener {
    enum request_listener kind;
    struct text address;   /* numeric IPv4 or IPv6 */
    uint16_t port;         /* 0: the system chooses, see server_port */
    bool is_tls;           /* without TLS only on loopback, but for monitoring, where nothing is secret */
    const char *unix_path; /* instead of address and port; mode 0600 */
    /* Listened on already, one for each loop; they become the server's. NULL: the server opens them. */
    const struct listening_sockets *sockets;
};

enum { SERVER_FRAME_KINDS = 8 };

/* What connections may cost. Durations in seconds. */
struct server_limits {
    unsigned connections;             /* over the Internet listeners, in all */
    unsigned connections_per_address; /* an IPv6 /64 is one address */
    unsigned connections_on_socket;   /* on a Unix socket */
    unsigned requests_per_connection; /* then GOAWAY */
    int64_t age_s;                    /* then GOAWAY */
    int64_t handshake_s;
    int64_t header_s;      /* from the first byte of a request's head to its last */
    int64_t body_s;        /* from a request's head to the end of its body */
    int64_t idle_s;        /* without a request */
    int64_t write_stall_s; /* without a byte of an answer being acknowledged */
    size_t header_bytes;   /* of one request, as sent and as HPACK expands it */
    /* What requests that are not complete hold in memory, and as much again for those in flight. */
    size_t unfinished_bytes_per_connection;
    size_t unfinished_bytes_per_address;
    size_t unfinished_bytes;
    /* Frames a second on one connection, ten times as many at once: RST_STREAM, WINDOW_UPDATE, SETTINGS, PING,
     * PRIORITY, empty DATA, CONTINUATION, others. */
    uint32_t frames_per_second[SERVER_FRAME_KINDS];
    /* TLS records after the handshake that carry no application data: key updates (RFC 8446 section 4.6.3),
     * alerts. An honest client sends one when it says goodbye; new keys are wanted after 2^24 records (section
     * 5.5), which is more than a connection here ever sends. */
    unsigned control_records;
};

/* Proxies in front of us, and what they are believed. Nobody is believed who is not listed, and nothing that is
 * not named; the names of those headers are taken out of every request. Not for the monitoring listener. */
struct server_terminators {
    const struct address_guard *addresses; /* NULL: there are none */
    bool speaks_proxy;                     /* connections from them begin with a header of the PROXY protocol */
    bool sets_forwarded_for, sets_forwarded, sets_certificate;
};

struct server_options {
    struct server_listener listeners[SERVER_LISTENERS_MAX];
    size_t listener_count;
    const char *certificate_file; /* PEM chain */
    const char *key_file;         /* PEM, owner-only */
    const char *client_ca_file;   /* PEM: clients are asked for a certificate; NULL: they are not */
    struct server_limits limits;
    struct server_terminators terminators;
    size_t body_limit;       /* bytes; more is request_body_is_too_large */
    size_t admin_body_limit; /* the same on an admin listener; 0: as elsewhere */
    /* The same on a relay listener. What requests hold there is counted apart from the rest, against limits
     * that are each larger by three times this much: one such body always has room. */
    size_t relay_body_limit;
    unsigned in_flight_limit; /* in all */
    unsigned in_flight_limit_per_connection;
    unsigned stream_limit; /* answers of a relay listener that go on in pieces: these are not in flight */
    void (*handle)(struct request *request, void *context);
    void *context;
};

struct server;

/* For servers that no document configures; a gateway's come from spec.limits. */
struct server_limits server_usual_limits(void);
/* Opens the listening sockets; ignores SIGPIPE for the process. FAULT_DOCUMENT_INVALID: an address that is not
 * listened on this way; FAULT_FILE_UNREADABLE: a file or the system is in the way; detail (at least 256 bytes)
 * says what. */
MUST_USE enum fault server_create(const struct server_options *options, struct server **server, char *detail);
/* Starts serving on this loop; on the loop's thread, before loop_run. */
void server_attach(struct server *server, struct loop *loop);
uint16_t server_port(const struct server *server, size_t listener);
/* The certificate that its listeners show: when it expires, in seconds since 1970, or 0 where none is shown;
 * and whether it names this host, a name or an address without its port. */
int64_t server_certificate_expiry_s(const struct server *server);
bool server_certificate_names(const struct server *server, const char *host);
/* From any thread, once, after the last attach: stop accepting, let streams finish (GOAWAY), close idle
 * connections, wait for unanswered requests, also those whose stream has gone; then idle runs once, on one of
 * the loops. No deadline here. */
void server_drain(struct server *server, void (*idle)(void *context), void *context);
/* After its loops have stopped and before they are destroyed. Connections that are still open are cut off. */
void server_destroy(struct server *server);

#endif

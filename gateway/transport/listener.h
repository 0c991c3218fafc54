/* A listening address: its sockets and its TLS context. Opened at the start of the server, accepted from in
 * connection.c. */
#ifndef TRANSPORT_LISTENER_H
#define TRANSPORT_LISTENER_H

#include <sys/socket.h>

#include "tls.h"
#include "transport/server.h"

struct listener {
    enum request_listener kind;
    int descriptor; /* -1 once a loop has taken it */
    struct sockaddr_storage address;
    socklen_t address_length;
    char *unix_path; /* NULL: an Internet address */
    bool is_name_ours;
    const struct listening_sockets *given; /* instead of one of our own; NULL: opened here */
    size_t taken;                          /* of those given */
    SSL_CTX *tls;                          /* NULL: cleartext */
};

/* Binds and listens. FAULT_DOCUMENT_INVALID: not an address to listen on this way; FAULT_FILE_UNREADABLE: the
 * system or a file is in the way. detail says what. After a failure the listener still wants listener_close. */
MUST_USE enum fault listener_open(struct listener *listener, const struct server_listener *wanted,
                                  const struct server_options *options, char *detail);
/* A descriptor for one more loop, the caller's: the first one opened, then further ones on the same port, among
 * which the kernel spreads connections. -1 when this loop gets none: a Unix socket belongs to the first loop.
 */
int listener_take(struct listener *listener);
uint16_t listener_port(const struct listener *listener);
/* Closes what was not taken and removes the Unix socket's name. */
void listener_close(struct listener *listener);

#endif

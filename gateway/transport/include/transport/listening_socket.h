/* Opening sockets that listen, for whoever keeps them: a server that opens its own, or the supervisor, which
 * keeps them open across workers so that nobody who waits to be accepted is lost. Nothing here accepts. */
#ifndef TRANSPORT_LISTENING_SOCKET_H
#define TRANSPORT_LISTENING_SOCKET_H

#include <stdint.h>
#include <sys/socket.h>

#include "base/fault.h"
#include "base/text.h"

/* One listening address and the sockets that listen on it. */
struct listening_sockets {
    struct text name; /* as configured: "address:port", or the path of a Unix socket */
    const int *descriptors;
    size_t count;
};

/* Parts of "address:port" or "[address]:port"; false if it is neither. */
bool listening_socket_parse(struct text name, struct text *address, uint16_t *port);
/* A numeric address and a port as the system takes them; false if it is no numeric IPv4 or IPv6 address. */
bool listening_socket_address(struct text address, uint16_t port, struct sockaddr_storage *bound,
                              socklen_t *bound_length);
/* Binds and listens on a numeric address, which is filled in with the port that port 0 gave; the descriptor is
 * the caller's, closed on exec, and lets others share its port. FAULT_DOCUMENT_INVALID: no numeric address;
 * FAULT_FILE_UNREADABLE: the system is in the way; detail (256 bytes) says what. */
MUST_USE enum fault listening_socket_open(struct text address, uint16_t port, struct sockaddr_storage *bound,
                                          socklen_t *bound_length, int *descriptor, char *detail);
/* One more on the same address, among which the kernel spreads connections; -1 when the system is in the way.
 */
int listening_socket_open_another(const struct sockaddr_storage *bound, socklen_t bound_length);
/* A Unix socket, mode 0600; what a gateway that was killed left at path is replaced, what somebody answers on
 * is not. The same errors. */
MUST_USE enum fault listening_socket_open_unix(const char *path, int *descriptor, char *detail);
/* Removes the name of a Unix socket that we have closed, unless somebody else answers there by now. */
void listening_socket_remove_unix(const char *path);

#endif

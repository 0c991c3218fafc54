/* The listening sockets, open as long as the supervisor lives. Connections that wait to be accepted wait in
 * them, not in a worker: none is lost when a worker dies or is replaced. */
#ifndef SUPERVISOR_KEPT_SOCKETS_H
#define SUPERVISOR_KEPT_SOCKETS_H

#include "config/documents.h"
#include "transport/server.h"
#include "worker/worker.h"

struct kept_socket {
    char *name; /* as configured */
    bool is_unix;
    struct sockaddr_storage bound;
    socklen_t bound_length;
    int descriptors[WORKER_THREADS_MAX];
    size_t count;
};

struct kept_sockets {
    struct kept_socket items[2 * SERVER_LISTENERS_MAX]; /* while one set replaces another */
    size_t count;
    size_t threads; /* sockets of each Internet address */
};

/* Opens what these settings ask for and is not open yet; closes nothing. The number of threads never falls,
 * because what waits in a socket nobody accepts from would wait for ever. */
MUST_USE enum fault kept_sockets_open(struct kept_sockets *sockets, const struct gateway_document *settings,
                                      char *detail);
bool kept_socket_is_wanted(const struct kept_socket *socket, const struct gateway_document *settings);
/* Closes what these settings do not ask for any more. */
void kept_sockets_close_others(struct kept_sockets *sockets, const struct gateway_document *settings);
/* At the end, while workers drain: we listen no more. The name of a Unix socket goes with kept_sockets_close,
 * when no worker has the socket any more. */
void kept_sockets_shut(struct kept_sockets *sockets);
void kept_sockets_close(struct kept_sockets *sockets);

#endif

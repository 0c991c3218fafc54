/* The server of a worker, with the listeners and limits of its Gateway document. Private to worker/. */
#ifndef WORKER_WORKER_SERVER_H
#define WORKER_WORKER_SERVER_H

#include "transport/server.h"
#include "worker/worker.h"

/* sockets may be NULL: then it opens its own. What it stands on lives in the arena. mistakes gets what people
 * must read when it fails. */
MUST_USE enum fault worker_server_open(struct arena *arena, const struct gateway_document *settings,
                                       const struct worker_sockets *sockets,
                                       void (*handle)(struct request *request, void *context), void *context,
                                       struct server **server, struct buffer *mistakes);

#endif

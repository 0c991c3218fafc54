/* What the Gateway document says of connections, as a server takes it. Called by worker_server.c. */
#ifndef WORKER_SERVER_SETTINGS_H
#define WORKER_SERVER_SETTINGS_H

#include "config/documents.h"
#include "transport/server.h"

struct server_limits server_limits_of(const struct connection_limits_document *from);
/* Its addresses live in the arena. DOCUMENT_INVALID: bad is none. */
MUST_USE enum fault server_terminators_of(struct arena *arena, const struct gateway_document *settings,
                                          struct server_terminators *terminators, struct text *bad);

#endif

/* A connection that only listens. What was said while it was away is not said again, so it notes a change
 * whenever it is back; and the watch looks every second whatever is heard. */
#include "postgres/line/listener.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine.h"
#include "postgres/line/server_link.h"

struct listener {
    struct store *store;
    const struct postgres_server *server;
    struct server_link *connection;
};

static bool prepare(void *context, PGconn *server)
{
    const struct listener *listener = context;
    char sql[128];
    /* The schema's name has no quotes in it (postgres_server.c), and the channel is commit_change's. */
    snprintf(sql, sizeof(sql), "LISTEN \"%s.change\"", listener->server->options.schema);
    return PQsendQueryParams(server, sql, 0, NULL, NULL, NULL, NULL, 0) == 1;
}

static void note_change(void *context)
{
    store_note_change(((struct listener *)context)->store);
}

static void answered(void *context, const PGresult *result)
{
    (void)context;
    (void)result; /* nothing is asked */
}

static void lost(void *context)
{
    (void)context; /* it comes back by itself */
}

static const struct server_link_user listener_user = {prepare, note_change, answered, lost, note_change};

struct listener *listener_create(struct store *store, const struct postgres_server *server, struct loop *loop)
{
    struct listener *listener = calloc(1, sizeof(*listener));
    INVARIANT(listener != NULL);
    listener->store = store;
    listener->server = server;
    listener->connection = server_link_create(server, loop, &listener_user, listener);
    server_link_start(listener->connection);
    return listener;
}

void listener_destroy(struct listener *listener)
{
    if (listener == NULL)
        return;
    server_link_destroy(listener->connection);
    free(listener);
}

/* The server as it is configured: where it is, how to get in, what is asked of every session with it. Made once
 * when the store is opened; read by every connection, from any thread. */
#ifndef STORE_POSTGRES_POSTGRES_SERVER_H
#define STORE_POSTGRES_POSTGRES_SERVER_H

#include <libpq-fe.h>

#include "store/store.h"

struct postgres_server {
    struct store_postgres_options options; /* copied, texts too */
    struct arena *arena;
    PQconninfoOption *given;
    const char **keywords;
    const char ***values; /* of the keywords, once for each server of the list that may be the first */
    size_t count, servers;
};

/* FILE_UNREADABLE with a detail (STORE_DETAIL_SIZE bytes) if the connection string is none, holds a password,
 * or the password file is not for the owner alone. */
MUST_USE enum fault postgres_server_create(const struct store_postgres_options *options,
                                           struct postgres_server **server, char *detail);
void postgres_server_destroy(struct postgres_server *server); /* NULL is fine */

/* Begins to connect; the password is read anew each time, so that it can be changed while the gateway runs.
 * NULL if it cannot be read. The caller's, for PQfinish. attempt: where in the list of servers it begins. libpq
 * goes on to the next one only when it is told that nobody is there, not when it is told nothing, so whoever
 * has waited in vain begins with another one. has_warned becomes true with each warning beside its answers, for
 * as long as the connection is there; it may be NULL. */
PGconn *postgres_server_connect(const struct postgres_server *server, size_t attempt, bool *has_warned);
/* Why it failed or was lost, in one line, and what to do about it: STORE_DETAIL_SIZE bytes. */
void postgres_server_explain(PGconn *connection, char *detail);

/* What a new session does first: one statement, in text form. False if it could not be queued. */
bool postgres_server_send_session(const struct postgres_server *server, PGconn *connection);
/* Judges its only row: whether what this server says is durable is durable. STORE_UNAVAILABLE with a detail. */
MUST_USE enum fault postgres_server_check_session(const struct postgres_server *server, const PGresult *result,
                                                  char *detail);

#endif

/* One connection to the server, on one loop, in pipeline mode: it connects, prepares, hands on what arrives,
 * and after a loss connects again by itself, waiting longer each time. What is sent and what an answer means
 * belongs to its user (commit_line.c, query_line.c, listener.c). */
#ifndef STORE_POSTGRES_SERVER_LINK_H
#define STORE_POSTGRES_SERVER_LINK_H

#include "postgres/postgres_server.h"
#include "runtime/loop.h"

/* The types of rows that go to the server in arrays; their numbers differ from database to database. */
enum row_type {
    ROW_RECORD,
    ROW_SINGLE_USE,
    ROW_GUARD,
    ROW_CUTOFF,
    ROW_LEASE,
    ROW_LEASE_THING,
    ROW_DOCUMENT,
    ROW_SIGNING_KEY,
    ROW_BUMP,
    ROW_HOLDING,
    ROW_TALLY,
    ROW_ISSUED,
    ROW_ISSUED_THING,
    ROW_USE,
    ROW_STATE,
    ROW_SHARE,
    ROW_VERSION, /* of questions only */
    ROW_TYPES
};

struct server_link_user {
    /* Sends PQsendPrepare for its statements; false if one could not be queued. */
    bool (*prepare)(void *context, PGconn *server);
    void (*opened)(void *context);
    /* Each result there is, PGRES_PIPELINE_SYNC too; borrowed. */
    void (*answered)(void *context, const PGresult *result);
    /* It was open and is not any more: whether what had no answer yet was done is not known. */
    void (*lost)(void *context);
    void (*notified)(void *context); /* may be NULL */
};

struct server_link;

struct server_link *server_link_create(const struct postgres_server *server, struct loop *loop,
                                       const struct server_link_user *user, void *context);
void server_link_destroy(struct server_link *connection); /* without another word to its user; NULL is fine */

/* Begins to connect, if nothing of that kind is under way. */
void server_link_start(struct server_link *connection);
bool server_link_is_open(const struct server_link *connection);
/* Open: for PQsend... functions; then server_link_sync. */
PGconn *server_link_server(struct server_link *connection);
/* Whether the server has warned of anything since the last time this was asked. */
bool server_link_take_warning(struct server_link *connection);
uint32_t server_link_type(const struct server_link *connection, enum row_type type);
/* Ends a transaction of the pipeline and sees to it that everything leaves. */
void server_link_sync(struct server_link *connection);
/* Gives it up: its user hears lost, and it connects again. */
void server_link_drop(struct server_link *connection, const char *reason);
/* To another loop, when the one it was on runs no more. */
void server_link_move(struct server_link *connection, struct loop *loop);

#endif

/* Hears of what other gateways commit, by LISTEN, and passes on that there is something to look at. */
#ifndef STORE_POSTGRES_LISTENER_H
#define STORE_POSTGRES_LISTENER_H

#include "postgres/postgres_server.h"
#include "runtime/loop.h"

struct listener;

struct listener *listener_create(struct store *store, const struct postgres_server *server, struct loop *loop);
void listener_destroy(struct listener *listener); /* NULL is fine */

#endif

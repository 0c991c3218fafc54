/* The room's inner structures: a server, and its part on each loop. Only this room's files include it, for
 * h2o's types are in it. */
#ifndef TRANSPORT_SERVING_H
#define TRANSPORT_SERVING_H

#include <h2o.h>
#include <pthread.h>
#include <stdatomic.h>

#include "guard/address_book.h"
#include "guard/connection_guard.h"
#include "listener.h"
#include "transport/server.h"

struct connection;
struct serving;

/* A listener on one loop. */
struct acceptor {
    struct serving *serving;
    const struct listener *listener;
    h2o_socket_t *socket;
    h2o_accept_ctx_t accept;
    struct loop_timer retry; /* out of descriptors: accepting rests a moment */
};

/* When the log last told of a reason to cut connections, and how many it has not told of. */
struct cut_report {
    uint64_t logged_at_ms;
    int64_t unlogged;
};

/* A server's part on one loop; used on that loop's thread alone. */
struct serving {
    struct server *server;
    struct loop *loop;
    h2o_context_t h2o;
    h2o_context_t relay; /* of the relay listeners, where there are any */
    struct acceptor acceptors[SERVER_LISTENERS_MAX];
    struct connection *connections;
    struct cut_report cut_reports[CUT_COUNT];
    size_t in_flight; /* requests taken on this loop and not answered yet, orphans included */
    bool is_draining;
    bool is_idle;
    int64_t drain_started_us;
    struct loop_timer sweep;
    struct loop_timer drain_sweep;
    struct loop_message drain_message;
    struct loop_task idle_task;
    struct serving *next;
};

struct server {
    struct server_options options;
    struct listener listeners[SERVER_LISTENERS_MAX];
    h2o_globalconf_t h2o;
    h2o_globalconf_t relay; /* larger bodies, for the relay listeners */
    bool has_relay;
    struct address_book *addresses;
    _Atomic unsigned in_flight; /* without those whose answers go on as streams */
    _Atomic unsigned streams;
    pthread_mutex_t mutex; /* guards what follows */
    struct serving *servings;
    size_t busy_loops; /* while draining */
    bool is_draining;
    void (*idle)(void *context);
    void *idle_context;
};

/* When the last connection or request of a draining loop has ended, this notices. */
void serving_check_idle(struct serving *serving);

#endif

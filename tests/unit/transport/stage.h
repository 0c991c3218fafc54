/* A server on ephemeral loopback ports with a handler whose behaviour the path chooses, run by one or two loops
 * in threads of their own: what the tests of this room share.
 *
 *   /hello   answers at once          /body  answers the length, or 413      /frame   answers 16 KiB
 *   /hold    is kept until stage_release     /echo  answers method, path, query, x-test headers, peer and
 * listener */
#ifndef TRANSPORT_STAGE_H
#define TRANSPORT_STAGE_H

#include <pthread.h>
#include <stdatomic.h>

#include "transport/server.h"

enum { STAGE_LOOPS_MAX = 2, STAGE_HELD_MAX = 64 };

struct held {
    struct request *request;
    struct loop_message release;
};

struct stage {
    char directory[64];
    char certificate[96];
    char key[96];
    char unix_path[96];
    struct server *server;
    struct loop *loops[STAGE_LOOPS_MAX];
    pthread_t threads[STAGE_LOOPS_MAX];
    unsigned loop_count;
    uint16_t tls_port;        /* listener 0 */
    uint16_t clear_port;      /* listener 1; listener 2 is the Unix socket */
    uint16_t relay_port;      /* listener 3, with TLS; bodies up to 8 MiB */
    uint16_t monitoring_port; /* listener 4, without TLS on all addresses */
    _Atomic unsigned calls;
    _Atomic unsigned gone;
    _Atomic unsigned held_count;
    _Atomic unsigned released;
    _Atomic unsigned idle_calls;
    _Atomic uintptr_t loops_seen[STAGE_LOOPS_MAX];
    pthread_mutex_t mutex;
    struct held held[STAGE_HELD_MAX];
};

extern struct stage stage;
/* Requests for other paths; NULL: they are answered 404. */
extern void (*stage_handle_other)(struct request *request);

/* The directory with its certificate; options for all three listeners. */
void stage_prepare(struct server_options *options);
void stage_forget(void);
/* Starts; the limits are those of in-flight requests. */
void stage_start(unsigned loops, unsigned limit, unsigned limit_per_connection);
/* The same on one loop, where answers of the relay listener may go on as so many streams beside them. */
void stage_start_for_streams(unsigned limit, unsigned limit_per_connection, unsigned streams);
/* One loop; the limits are those of connections. */
void stage_start_with(const struct server_limits *limits);
/* Answers everything held, each on its own loop. */
void stage_release(void);
/* Starts the drain; stage_wait(&stage.idle_calls, 1) sees its end. */
void stage_drain(void);
/* Stops the loops and destroys the server, drained or not. */
void stage_stop(void);
/* Waits until the counter has reached the value; false after ten seconds. */
bool stage_wait(_Atomic unsigned *counter, unsigned value);

/* For cmocka: one loop, wide limits. */
int stage_set_up(void **state);
int stage_tear_down(void **state);

#endif

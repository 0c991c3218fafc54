/* What the tests of the adapter host share: a host on two loops, a thread that speaks the protocol by hand at
 * the other end of the socket, and callers that mint. */
#ifndef HOST_FIXTURE_H
#define HOST_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adapter_host/adapter_host.h"

enum { PEERS_MAX = 32, ASKERS_MAX = 64, PEER_LINE_MAX = 256 * 1024 };

#define MANIFEST_WITH(more)                                                                                    \
    "{\"name\":\"vendor-key\",\"version\":\"1.0.0\",\"credentials\":[{\"type\":\"urn:test:api-key\","          \
    "\"token_type\":\"N_A\"},{\"type\":\"urn:test:bearer\",\"token_type\":\"Bearer\"}],"                       \
    "\"settings_schema\":{\"type\":\"object\"}," more "}"
#define MANIFEST                                                                                               \
    MANIFEST_WITH("\"outside_effects\":true,\"network\":\"none\",\"concurrency\":8,\"connects\":\"secret\"")

/* The other end of one start. */
struct peer {
    int descriptor;
    pthread_t thread;
    void (*behave)(struct peer *peer); /* until it returns; then the socket is closed */
    const char *manifest;
    char line[PEER_LINE_MAX]; /* the last one read, zero-terminated */
    char ahead[PEER_LINE_MAX];
    size_t ahead_length;
    char name[80];
};

/* Somebody who mints once. */
struct asker {
    struct flow flow; /* first */
    struct loop_message message;
    struct loop *loop;
    struct arena *arena;
    struct credential_order order;
    struct credential_minting minting;
    bool is_done, is_on_its_loop;
    int64_t took_ms;
};

struct host_fixture {
    struct loop *loops[2];
    pthread_t second; /* runs loops[1] */
    bool is_closed;
    struct store *store;
    char folder[64];
    struct adapter_host *host;
    struct arena *arena;
    struct documents documents;
    void (*behave)(struct peer *peer); /* of peers that are started from now on; NULL: none is */
    const char *manifest, *refusal;
    int64_t restarts_in_ms; /* told after a kill; -2: nothing */
    struct peer *peers[PEERS_MAX];
    _Atomic int started, killed, stopped;
    struct asker askers[ASKERS_MAX];
    size_t asked;
    _Atomic size_t pending;
    char last_document[4096];
    _Atomic bool is_slow_to_hear; /* what is started is what was asked for before */
};

int host_set_up(void **state);
int host_set_up_with_store(void **state);
int host_tear_down(void **state);
/* Closes the host as a worker does: loops run no more. */
void host_close(struct host_fixture *fixture);
/* One Adapter called acme, or none; limits such as "timeout: 1s". */
void host_configure(struct host_fixture *fixture, const char *limits);
/* One more start of acme, as a supervisor would do it after a pause. */
void host_start(struct host_fixture *fixture);
/* A caller on a loop begins; NULL as the answer's expectations are the test's. */
struct asker *host_mint(struct host_fixture *fixture, size_t loop, const char *type);
/* Until all that was asked is done. */
void host_wait(struct host_fixture *fixture);
/* The loops turn for a while. */
void host_turn(struct host_fixture *fixture, int64_t ms);
/* The description of acme. */
struct text host_describe(struct host_fixture *fixture);
/* Until the description has this text, or fails. */
void host_await(struct host_fixture *fixture, const char *text);
/* Runs on the first loop's thread: starts a flow and waits until it is done. */
void host_run_flow(struct host_fixture *fixture, struct flow *flow, const struct flow_step *steps);

/* --- peers --- */

bool peer_read(struct peer *peer); /* false at the end */
void peer_write(struct peer *peer, const char *format, ...) __attribute__((format(printf, 2, 3)));
long long peer_id(const struct peer *peer); /* of the last line */
bool peer_has(const struct peer *peer, const char *text);
/* Answers initialize, and from then on health, state of calls apart; false at the end. */
bool peer_begin(struct peer *peer);
/* Reads the next line that is neither health nor shutdown; health is answered as good. */
bool peer_next(struct peer *peer);
/* The answer to the mint just read. */
void peer_mint(struct peer *peer);
/* Mints whatever is asked. */
void peer_mints(struct peer *peer);

#endif

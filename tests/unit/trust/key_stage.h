/* A keeper on a loop of its own thread, callers on another, and an issuer to fetch from: the threads as they
 * are in the gateway. Tests ask for keys and wait for the answers. */
#ifndef KEY_STAGE_H
#define KEY_STAGE_H

#include <pthread.h>

#include "issuer_server.h"
#include "token_fixture.h"
#include "trust/issuer.h"

struct lane {
    pthread_t thread;
    struct loop *loop;
};

void lane_start(struct lane *lane);
void lane_finish(struct lane *lane); /* after everything posted until now has run */

struct key_stage {
    struct arena *arena;
    struct issuer_server *server;
    struct lane keeping, calling;
    struct key_keeper *keeper;
    struct test_key keys[3]; /* k1, k2, k3 */
    char jwks_uri[96];
};

/* options: zero for what the stage chooses (guard that lets loopback through, refresh 300 s, wait 3 s). */
struct key_stage *key_stage_create(struct key_keeper_options options);
void key_stage_end_keeper(struct key_stage *stage);
void key_stage_destroy(struct key_stage *stage); /* every source released */
/* The server's /jwks answers with these of the keys: "1", "12", "23" ... */
void key_stage_publish(struct key_stage *stage, const char *which);
struct key_source *key_stage_acquire(struct key_stage *stage); /* jwks_uri, RS256 */

/* One lookup under way on the calling loop. */
struct question;
struct question *key_stage_ask(struct key_stage *stage, struct key_source *source, const char *key_id);
/* Waits for the answer and forgets the question. */
enum fault key_stage_answer(struct question *question);
enum fault key_stage_find(struct key_stage *stage, struct key_source *source, const char *key_id);

#endif

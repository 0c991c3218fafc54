/* Two loops on two threads, and questions that travel from the test thread to the calling loop and back. */
/* The stage of the key tests: a loop on a thread, a keeper on it, and lookups that are waited for. */
#include "key_stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct question {
    struct flow flow; /* first */
    struct loop_message message;
    struct key_source *source;
    char key_id[32];
    struct key_lookup lookup;
    enum fault fault;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool is_answered;
};

static void *run_lane(void *context)
{
    struct lane *lane = context;
    loop_run(lane->loop);
    return NULL;
}

void lane_start(struct lane *lane)
{
    INVARIANT(pthread_create(&lane->thread, NULL, run_lane, lane) == 0);
}

static void stop(struct loop_message *message)
{
    (void)message;
    loop_stop(loop_current());
}

void lane_finish(struct lane *lane)
{
    struct loop_message last = {.run = stop};
    loop_post(lane->loop, &last);
    pthread_join(lane->thread, NULL);
}

struct key_stage *key_stage_create(struct key_keeper_options options)
{
    static const struct text loopback[] = {TEXT("127.0.0.0/8")};
    static const char *const names[] = {"k1", "k2", "k3"};
    struct key_stage *stage = calloc(1, sizeof(*stage));
    size_t bad;
    stage->arena = arena_create();
    if (options.guard == NULL)
        INVARIANT(address_guard_create(stage->arena, loopback, 1, &options.guard, &bad) == FAULT_NONE);
    stage->server = issuer_server_start();
    snprintf(stage->jwks_uri, sizeof(stage->jwks_uri), "%s/jwks", issuer_server_url(stage->server));
    for (int i = 0; i < 3; i++)
        stage->keys[i] = test_key_make(names[i]);
    stage->keeping.loop = loop_create();
    stage->calling.loop = loop_create();
    stage->keeper = key_keeper_create(stage->keeping.loop, &options);
    lane_start(&stage->keeping);
    lane_start(&stage->calling);
    return stage;
}

void key_stage_end_keeper(struct key_stage *stage)
{
    if (stage->keeper == NULL)
        return;
    lane_finish(&stage->keeping);
    key_keeper_destroy(stage->keeper);
    stage->keeper = NULL;
}

void key_stage_destroy(struct key_stage *stage)
{
    key_stage_end_keeper(stage);
    lane_finish(&stage->calling);
    loop_destroy(stage->keeping.loop);
    loop_destroy(stage->calling.loop);
    issuer_server_stop(stage->server);
    for (int i = 0; i < 3; i++)
        test_key_dispose(&stage->keys[i]);
    arena_destroy(stage->arena);
    free(stage);
}

void key_stage_publish(struct key_stage *stage, const char *which)
{
    const struct test_key *keys[3];
    size_t count = 0;
    for (; which[count] != '\0'; count++)
        keys[count] = &stage->keys[which[count] - '1'];
    issuer_server_answer(stage->server, "/jwks", 200, "", test_jwks(stage->arena, keys, count));
}

struct key_source *key_stage_acquire(struct key_stage *stage)
{
    return key_source_acquire(stage->keeper, ISSUER_KEYS_JWKS_URI, text_of(stage->jwks_uri), NULL,
                              ALGORITHM_RS256);
}

static enum flow_step_result wait_for_key(struct flow *flow)
{
    struct question *question = (struct question *)flow;
    FLOW_AWAIT(
        flow, &question->lookup.wait,
        key_source_find(question->source, text_of(question->key_id), ALGORITHM_ES256, &question->lookup));
    return FLOW_NEXT;
}

static void answer(struct flow *flow)
{
    struct question *question = (struct question *)flow;
    const struct key_lookup *lookup = &question->lookup;
    INVARIANT((lookup->fault == FAULT_NONE) == (lookup->key != NULL));
    INVARIANT(lookup->key == NULL || text_is(lookup->key->id, question->key_id));
    enum fault fault = lookup->fault;
    key_lookup_dispose(&question->lookup);
    pthread_mutex_lock(&question->mutex);
    question->fault = fault;
    question->is_answered = true;
    pthread_cond_signal(&question->changed);
    pthread_mutex_unlock(&question->mutex);
}

static void start(struct loop_message *message)
{
    static const struct flow_step steps[] = {FLOW_STEP(wait_for_key), FLOW_STEP_LAST};
    struct question *question = (struct question *)((char *)message - offsetof(struct question, message));
    flow_start(&question->flow, steps, answer);
}

struct question *key_stage_ask(struct key_stage *stage, struct key_source *source, const char *key_id)
{
    struct question *question = calloc(1, sizeof(*question));
    question->source = source;
    question->message.run = start;
    snprintf(question->key_id, sizeof(question->key_id), "%s", key_id);
    pthread_mutex_init(&question->mutex, NULL);
    pthread_cond_init(&question->changed, NULL);
    loop_post(stage->calling.loop, &question->message);
    return question;
}

enum fault key_stage_answer(struct question *question)
{
    pthread_mutex_lock(&question->mutex);
    while (!question->is_answered)
        pthread_cond_wait(&question->changed, &question->mutex);
    enum fault fault = question->fault;
    pthread_mutex_unlock(&question->mutex);
    pthread_mutex_destroy(&question->mutex);
    pthread_cond_destroy(&question->changed);
    free(question);
    return fault;
}

enum fault key_stage_find(struct key_stage *stage, struct key_source *source, const char *key_id)
{
    return key_stage_answer(key_stage_ask(stage, source, key_id));
}

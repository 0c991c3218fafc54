/* What an adapter keeps as long as its program runs: opened once, before the first call is worked on, and
 * closed when nothing runs any more. Called by methods.c for every call. */
#ifndef SDK_OPENING_H
#define SDK_OPENING_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "dragoman/adapter_sdk.h"

/* How a call ended that did not end well, for whoever is to end the same way. */
struct opening_failure {
    enum adapter_outcome outcome; /* ADAPTER_DONE: there is none */
    struct text said, shown, path;
    int64_t retry_after_s;
    const char *about; /* static */
};

struct opening {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool is_running, is_over;
    void *context;                  /* the adapter's */
    struct opening_failure failure; /* in the arena */
    struct arena *arena;
};

void opening_begin(struct opening *opening);
/* Opens, waits while another call does, or answers what came of it: how the call has to end unless that is
 * ADAPTER_DONE. */
MUST_USE enum adapter_outcome opening_settle(struct adapter_call *call);
/* Calls that wait look whether they are over. */
void opening_wake(struct opening *opening);
/* Closes what was opened. No call may be running. */
void opening_dispose(struct opening *opening, const struct adapter_definition *definition);

#endif

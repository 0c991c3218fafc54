/* The calls that are not answered: those that wait in their order, and the threads that run them. */
#ifndef SDK_WORK_H
#define SDK_WORK_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct adapter_call;

enum { WORK_CALLS_MAX = 2048 };

struct work {
    pthread_mutex_t mutex;
    pthread_cond_t added, ended;
    struct adapter_call *first; /* all, oldest first */
    pthread_t *threads;
    unsigned count, started, running, idle, limit; /* calls; threads */
    struct arena **spare;                          /* of calls that have ended: as many as there are threads */
    unsigned spare_count;
    bool is_stopping, is_abandoned;
    void (*run)(struct adapter_call *call); /* answers it */
};

/* For the next call: made by the thread that reads, it goes back to it when a thread is done with it. */
struct arena *work_arena(struct work *work);

enum work_addition { WORK_ADDED, WORK_FULL, WORK_KNOWN /* one of its id is there */ };

void work_open(struct work *work, unsigned limit, void (*run)(struct adapter_call *call));
/* Unless it is added the call stays the caller's. */
enum work_addition work_add(struct work *work, struct adapter_call *call);
/* Marks the call; where no thread has begun with it, it is taken out and handed back to be answered, else NULL.
 */
struct adapter_call *work_cancel(struct work *work, int64_t id);
void work_cancel_all(struct work *work);
/* What waits is run, then threads end. False: some have not by then, and nothing may be freed. */
bool work_stop(struct work *work, int64_t wait_ms);
void work_dispose(struct work *work);

#endif

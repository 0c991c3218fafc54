/* A list and some threads, which are started as they are needed and stay. */
#include "work.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "call.h"

enum { STACK_SIZE = 1024 * 1024 };

static void open_condition(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    INVARIANT(pthread_cond_init(condition, &attributes) == 0);
    pthread_condattr_destroy(&attributes);
}

void work_open(struct work *work, unsigned limit, void (*run)(struct adapter_call *call))
{
    *work = (struct work){.threads = calloc(limit, sizeof(pthread_t)),
                          .spare = calloc(limit, sizeof(struct arena *)),
                          .limit = limit,
                          .run = run};
    INVARIANT(work->threads != NULL && work->spare != NULL);
    INVARIANT(pthread_mutex_init(&work->mutex, NULL) == 0);
    open_condition(&work->added);
    open_condition(&work->ended);
}

static struct adapter_call *find_waiting(const struct work *work)
{
    struct adapter_call *call = work->first;
    while (call != NULL && call->is_running)
        call = call->next;
    return call;
}

static void take_out(struct work *work, struct adapter_call *call)
{
    struct adapter_call **link = &work->first;
    while (*link != call)
        link = &(*link)->next;
    *link = call->next;
    work->count--;
}

struct arena *work_arena(struct work *work)
{
    pthread_mutex_lock(&work->mutex);
    struct arena *arena = work->spare_count != 0 ? work->spare[--work->spare_count] : NULL;
    pthread_mutex_unlock(&work->mutex);
    return arena != NULL ? arena : arena_create();
}

static void keep_arena(struct work *work, struct adapter_call *call)
{
    if (work->spare_count == work->limit)
        return;
    work->spare[work->spare_count++] = call->arena;
    call->arena = NULL;
}

static void *run_thread(void *context)
{
    struct work *work = context;
    pthread_mutex_lock(&work->mutex);
    for (;;) {
        struct adapter_call *call = find_waiting(work);
        if (call == NULL && work->is_stopping)
            break;
        if (call == NULL) {
            work->idle++;
            pthread_cond_wait(&work->added, &work->mutex);
            work->idle--;
            continue;
        }
        call->is_running = true;
        pthread_mutex_unlock(&work->mutex);
        work->run(call);
        arena_empty(call->arena);
        pthread_mutex_lock(&work->mutex);
        take_out(work, call);
        keep_arena(work, call);
        call_destroy(call);
    }
    work->running--;
    pthread_cond_broadcast(&work->ended);
    pthread_mutex_unlock(&work->mutex);
    return NULL;
}

static void start_thread(struct work *work)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_SIZE);
    bool is_started = pthread_create(&work->threads[work->started], &attributes, run_thread, work) == 0;
    pthread_attr_destroy(&attributes);
    /* With fewer threads than wanted things take longer; with none nothing happens. */
    INVARIANT(is_started || work->started != 0);
    work->started += is_started;
    work->running += is_started;
}

static unsigned count_waiting(const struct work *work)
{
    unsigned waiting = 0;
    for (const struct adapter_call *call = work->first; call != NULL; call = call->next)
        waiting += !call->is_running;
    return waiting;
}

enum work_addition work_add(struct work *work, struct adapter_call *call)
{
    enum work_addition addition = WORK_ADDED;
    pthread_mutex_lock(&work->mutex);
    struct adapter_call **last = &work->first;
    for (; *last != NULL; last = &(*last)->next) {
        if ((*last)->message.id == call->message.id)
            addition = WORK_KNOWN;
    }
    if (addition == WORK_ADDED && work->count == WORK_CALLS_MAX)
        addition = WORK_FULL;
    if (addition == WORK_ADDED) {
        *last = call;
        work->count++;
        if (count_waiting(work) > work->idle && work->started < work->limit)
            start_thread(work);
    }
    pthread_mutex_unlock(&work->mutex);
    if (addition == WORK_ADDED) /* not before: who is woken would wait for the mutex at once */
        pthread_cond_signal(&work->added);
    return addition;
}

struct adapter_call *work_cancel(struct work *work, int64_t id)
{
    pthread_mutex_lock(&work->mutex);
    struct adapter_call *call = work->first;
    while (call != NULL && call->message.id != id)
        call = call->next;
    if (call != NULL)
        call_cancel(call);
    if (call != NULL && !call->is_running)
        take_out(work, call);
    else
        call = NULL;
    pthread_mutex_unlock(&work->mutex);
    return call;
}

static struct timespec after(int64_t wait_ms)
{
    struct timespec when;
    clock_gettime(CLOCK_MONOTONIC, &when);
    when.tv_sec += wait_ms / 1000;
    when.tv_nsec += wait_ms % 1000 * 1000000;
    when.tv_sec += when.tv_nsec / 1000000000;
    when.tv_nsec %= 1000000000;
    return when;
}

void work_cancel_all(struct work *work)
{
    pthread_mutex_lock(&work->mutex);
    for (struct adapter_call *call = work->first; call != NULL; call = call->next)
        call_cancel(call);
    pthread_mutex_unlock(&work->mutex);
}

bool work_stop(struct work *work, int64_t wait_ms)
{
    struct timespec end = after(wait_ms);
    pthread_mutex_lock(&work->mutex);
    work->is_stopping = true;
    pthread_cond_broadcast(&work->added);
    int waited = 0;
    while (work->running != 0 && waited != ETIMEDOUT)
        waited = pthread_cond_timedwait(&work->ended, &work->mutex, &end);
    work->is_abandoned |= work->running != 0;
    pthread_mutex_unlock(&work->mutex);
    while (work->started != 0) { /* what libraries keep for a thread goes with it */
        pthread_t thread = work->threads[--work->started];
        if (work->is_abandoned)
            pthread_detach(thread);
        else
            pthread_join(thread, NULL);
    }
    return !work->is_abandoned;
}

void work_dispose(struct work *work)
{
    while (work->spare_count != 0)
        arena_destroy(work->spare[--work->spare_count]);
    free(work->spare);
    free(work->threads);
    pthread_cond_destroy(&work->added);
    pthread_cond_destroy(&work->ended);
    pthread_mutex_destroy(&work->mutex);
}

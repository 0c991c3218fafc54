/* The event loop: h2o's epoll loop for descriptors, and around it our own messages, timers and deferred tasks.
 * One turn is: h2o polls and runs its callbacks, then due timers, then messages, then a share of the deferred
 * tasks, then what is to be done at the end of a turn. */
#include "runtime/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <h2o.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fault.h"
#include "timer_heap.h"

enum {
    LONGEST_WAIT_MS = 60 * 1000,
    /* Tasks are the expensive part of a turn. After this many the sockets are read again, so that streams that
     * were reset meanwhile leave the queue before they cost anything. */
    TASKS_PER_TURN = 32,
};

struct loop_tasks {
    struct loop_task *first, *last;
};

struct loop {
    h2o_evloop_t *h2o;
    struct timer_heap timers;
    struct loop_tasks tasks, tasks_of_turn_end;
    struct loop_ending *endings;
    pthread_mutex_t mutex; /* guards the two message pointers and has_been_woken */
    struct loop_message *first_message, *last_message;
    bool has_been_woken;
    int wake_descriptor;
    struct loop_watch *wake_watch;
    _Atomic bool is_stopping;
};

struct loop_watch {
    h2o_socket_t *socket;
    void (*run)(void *context, int events);
    void *context;
    int events;
    bool is_write_armed;
};

static _Thread_local struct loop *current;

/* --- messages from other threads --- */

static void wake(struct loop *loop)
{
    static const uint64_t one = 1;
    ssize_t written = write(loop->wake_descriptor, &one, sizeof(one));
    (void)written; /* a full counter is awake already */
}

static void drain_wake_descriptor(void *context, int events)
{
    struct loop *loop = context;
    (void)events;
    uint64_t count;
    ssize_t got = read(loop->wake_descriptor, &count, sizeof(count));
    (void)got;
}

void loop_post(struct loop *loop, struct loop_message *message)
{
    message->next = NULL;
    pthread_mutex_lock(&loop->mutex);
    if (loop->last_message != NULL)
        loop->last_message->next = message;
    else
        loop->first_message = message;
    loop->last_message = message;
    /* Under the lock: once the message can run, the loop may end and be destroyed. */
    if (!loop->has_been_woken)
        wake(loop);
    loop->has_been_woken = true;
    pthread_mutex_unlock(&loop->mutex);
}

static bool run_messages(struct loop *loop)
{
    pthread_mutex_lock(&loop->mutex);
    struct loop_message *message = loop->first_message;
    loop->first_message = loop->last_message = NULL;
    loop->has_been_woken = false;
    pthread_mutex_unlock(&loop->mutex);
    bool has_run = message != NULL;
    for (struct loop_message *next; message != NULL; message = next) {
        next = message->next;
        message->run(message);
    }
    return has_run;
}

/* --- deferred tasks --- */

static void enqueue(struct loop_tasks *queue, struct loop_task *task)
{
    INVARIANT(task->queue == NULL);
    task->queue = queue;
    task->next = NULL;
    task->previous = queue->last;
    if (queue->last != NULL)
        queue->last->next = task;
    else
        queue->first = task;
    queue->last = task;
}

void loop_defer(struct loop *loop, struct loop_task *task)
{
    enqueue(&loop->tasks, task);
}

void loop_defer_to_turn_end(struct loop *loop, struct loop_task *task)
{
    enqueue(&loop->tasks_of_turn_end, task);
}

void loop_defer_cancel(struct loop_task *task)
{
    struct loop_tasks *queue = task->queue;
    if (queue == NULL)
        return;
    if (task->previous != NULL)
        task->previous->next = task->next;
    else
        queue->first = task->next;
    if (task->next != NULL)
        task->next->previous = task->previous;
    else
        queue->last = task->previous;
    task->next = task->previous = NULL;
    task->queue = NULL;
}

/* Up to so many; those queued meanwhile are among them. */
static bool run_tasks(struct loop_tasks *queue, unsigned limit)
{
    unsigned count = 0;
    for (; count < limit && queue->first != NULL; count++) {
        struct loop_task *task = queue->first;
        loop_defer_cancel(task);
        task->run(task);
    }
    return count != 0;
}

/* --- timers --- */

void loop_timer_start(struct loop *loop, struct loop_timer *timer, int64_t delay_ms)
{
    loop_timer_stop(loop, timer);
    timer->due_us = clock_monotonic_us() + (delay_ms > 0 ? delay_ms : 0) * 1000;
    timer_heap_insert(&loop->timers, timer);
}

void loop_timer_stop(struct loop *loop, struct loop_timer *timer)
{
    if (timer->heap_index != 0)
        timer_heap_remove(&loop->timers, timer);
}

/* Those due at the start of the round and no later ones, so that a timer that restarts itself at once cannot
 * keep the loop from its sockets. */
static bool run_timers(struct loop *loop)
{
    struct loop_timer *timer = timer_heap_first(&loop->timers);
    if (timer == NULL)
        return false;
    bool has_run = false;
    int64_t now_us = clock_monotonic_us();
    while (timer != NULL && timer->due_us < now_us) {
        timer_heap_remove(&loop->timers, timer);
        timer->run(timer);
        has_run = true;
        timer = timer_heap_first(&loop->timers);
    }
    return has_run;
}

/* Rounded up: waking a little late is better than spinning through the last millisecond. */
static int32_t wait_ms(const struct loop *loop)
{
    const struct loop_timer *timer = timer_heap_first(&loop->timers);
    if (timer == NULL)
        return LONGEST_WAIT_MS;
    int64_t left_us = timer->due_us - clock_monotonic_us();
    if (left_us < 0)
        return 0;
    return left_us >= LONGEST_WAIT_MS * 1000 ? LONGEST_WAIT_MS : (int32_t)(left_us / 1000 + 1);
}

/* --- watches --- */

static void arm_write(struct loop_watch *watch);

static void on_readable(h2o_socket_t *socket, const char *error)
{
    struct loop_watch *watch = socket->data;
    (void)error; /* whoever reads the descriptor finds the error there */
    watch->run(watch->context, LOOP_READABLE);
}

static void on_writable(h2o_socket_t *socket, const char *error)
{
    struct loop_watch *watch = socket->data;
    (void)error;
    watch->is_write_armed = false;
    if ((watch->events & LOOP_WRITABLE) == 0)
        return;
    /* Before the callback, which may destroy the watch. */
    arm_write(watch);
    watch->run(watch->context, LOOP_WRITABLE);
}

/* h2o's write notification is one-shot, must not be asked for twice and cannot be taken back. */
static void arm_write(struct loop_watch *watch)
{
    if (watch->is_write_armed)
        return;
    watch->is_write_armed = true;
    h2o_socket_notify_write(watch->socket, on_writable);
}

struct loop_watch *loop_watch_create(struct loop *loop, int descriptor, void (*run)(void *context, int events),
                                     void *context)
{
    /* h2o closes the descriptors of its sockets; this one belongs to the caller. */
    int copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    if (copy < 0)
        return NULL;
    struct loop_watch *watch = calloc(1, sizeof(*watch));
    INVARIANT(watch != NULL);
    watch->run = run;
    watch->context = context;
    watch->socket = h2o_evloop_socket_create(loop->h2o, copy, H2O_SOCKET_FLAG_DONT_READ);
    watch->socket->data = watch;
    return watch;
}

void loop_watch_set(struct loop_watch *watch, int events)
{
    watch->events = events;
    bool is_reading = h2o_socket_is_reading(watch->socket);
    if ((events & LOOP_READABLE) != 0 && !is_reading)
        h2o_socket_read_start(watch->socket, on_readable);
    else if ((events & LOOP_READABLE) == 0 && is_reading)
        h2o_socket_read_stop(watch->socket);
    if ((events & LOOP_WRITABLE) != 0)
        arm_write(watch);
}

void loop_watch_destroy(struct loop_watch *watch)
{
    if (watch == NULL)
        return;
    h2o_socket_close(watch->socket);
    free(watch);
}

/* --- the loop itself --- */

struct loop *loop_create(void)
{
    struct loop *loop = calloc(1, sizeof(*loop));
    INVARIANT(loop != NULL);
    loop->h2o = h2o_evloop_create();
    INVARIANT(pthread_mutex_init(&loop->mutex, NULL) == 0);
    loop->wake_descriptor = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    INVARIANT(loop->wake_descriptor >= 0);
    loop->wake_watch = loop_watch_create(loop, loop->wake_descriptor, drain_wake_descriptor, loop);
    INVARIANT(loop->wake_watch != NULL);
    loop_watch_set(loop->wake_watch, LOOP_READABLE);
    return loop;
}

void loop_at_end(struct loop *loop, struct loop_ending *ending)
{
    ending->next = loop->endings;
    loop->endings = ending;
}

void loop_at_end_cancel(struct loop *loop, struct loop_ending *ending)
{
    for (struct loop_ending **at = &loop->endings; *at != NULL; at = &(*at)->next)
        if (*at == ending) {
            *at = ending->next;
            return;
        }
}

static void run_endings(struct loop *loop)
{
    while (loop->endings != NULL) {
        struct loop_ending *ending = loop->endings;
        loop->endings = ending->next;
        ending->run(ending);
    }
}

void loop_destroy(struct loop *loop)
{
    if (loop == NULL)
        return;
    run_endings(loop);
    /* What was posted is run exactly once, also when the loop never turned again: messages own memory. */
    while (run_messages(loop))
        ;
    run_endings(loop); /* what those messages began */
    loop_watch_destroy(loop->wake_watch);
    close(loop->wake_descriptor);
    h2o_evloop_destroy(loop->h2o);
    timer_heap_dispose(&loop->timers);
    pthread_mutex_destroy(&loop->mutex);
    free(loop);
}

static bool run_own(struct loop *loop)
{
    bool timers = run_timers(loop);
    bool messages = run_messages(loop);
    bool tasks = run_tasks(&loop->tasks, TASKS_PER_TURN);
    bool tasks_of_turn_end = run_tasks(&loop->tasks_of_turn_end, TASKS_PER_TURN);
    return timers || messages || tasks || tasks_of_turn_end;
}

void loop_run(struct loop *loop)
{
    struct loop *outer = current;
    current = loop;
    /* Sockets that our own callbacks wrote to are looked at by h2o after its wait, so there is none after a
     * turn in which anything of ours ran; nor after whatever happened before the first turn. */
    bool is_busy = true;
    while (!atomic_load_explicit(&loop->is_stopping, memory_order_acquire)) {
        if (h2o_evloop_run(loop->h2o, is_busy ? 0 : wait_ms(loop)) != 0)
            INVARIANT(errno == EINTR);
        is_busy = run_own(loop);
    }
    atomic_store_explicit(&loop->is_stopping, false, memory_order_release);
    current = outer;
}

void loop_stop(struct loop *loop)
{
    atomic_store_explicit(&loop->is_stopping, true, memory_order_release);
    wake(loop);
}

struct loop *loop_current(void)
{
    return current;
}

struct st_h2o_evloop_t *loop_h2o(struct loop *loop)
{
    return loop->h2o;
}

/* One event loop, run by one thread: timers, deferred tasks, watched descriptors, messages from other threads.
 * h2o's epoll loop is inside and its name ends here, but for transport/, which asks for it by loop_h2o.
 * Everything but loop_post and loop_stop is for the loop's own thread. */
#ifndef RUNTIME_LOOP_H
#define RUNTIME_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct loop;
struct loop_tasks;
struct st_h2o_evloop_t;

struct loop *loop_create(void);
void loop_destroy(struct loop *loop); /* when stopped; runs the messages that are left */
/* Until loop_stop; the calling thread is the loop's thread. May be run again, by another thread too. */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop); /* from any thread */
struct loop *loop_current(void);   /* of the calling thread, or NULL */
struct st_h2o_evloop_t *loop_h2o(struct loop *loop);

/* A message runs on the loop's thread, in the order posted. Embed it; it must stay valid until it has run. */
struct loop_message {
    void (*run)(struct loop_message *message);
    struct loop_message *next;
};
void loop_post(struct loop *loop, struct loop_message *message); /* from any thread */

/* Runs once, when the loop is destroyed and nothing else of it runs any more: for what was made on a loop by
 * somebody who does not outlive it. Embed it; loop_at_end_cancel when it ends before. */
struct loop_ending {
    void (*run)(struct loop_ending *ending);
    struct loop_ending *next;
};
void loop_at_end(struct loop *loop, struct loop_ending *ending);
void loop_at_end_cancel(struct loop *loop, struct loop_ending *ending);

/* A task runs once, after the I/O of this turn has been read: work is deferred so that a stream that is reset
 * in the same burst never starts it. */
struct loop_task {
    void (*run)(struct loop_task *task);
    struct loop_task *next, *previous;
    struct loop_tasks *queue; /* it stands in; NULL = in none */
};
void loop_defer(struct loop *loop, struct loop_task *task);
/* The same at the end of the turn, which runs only a share of those that wait: for what one turn gathers. */
void loop_defer_to_turn_end(struct loop *loop, struct loop_task *task);
void loop_defer_cancel(struct loop_task *task); /* either; nothing if it is not queued */

/* A one-shot timer. Zeroed before first use; starting a running timer moves it. */
struct loop_timer {
    void (*run)(struct loop_timer *timer);
    int64_t due_us;
    uint32_t heap_index; /* 0 = not running */
};
void loop_timer_start(struct loop *loop, struct loop_timer *timer, int64_t delay_ms);
void loop_timer_stop(struct loop *loop, struct loop_timer *timer);

/* Watches a descriptor that stays the caller's (it is duplicated inside). */
enum { LOOP_READABLE = 1, LOOP_WRITABLE = 2 };
struct loop_watch;
struct loop_watch *loop_watch_create(struct loop *loop, int descriptor, void (*run)(void *context, int events),
                                     void *context);
void loop_watch_set(struct loop_watch *watch, int events); /* level-triggered until changed */
void loop_watch_destroy(struct loop_watch *watch);         /* allowed inside its own callback */

#endif

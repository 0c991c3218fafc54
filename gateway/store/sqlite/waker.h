/* Wakes a thread of the store once for all that one turn of a loop brings it. */
#ifndef STORE_SQLITE_WAKER_H
#define STORE_SQLITE_WAKER_H

#include "sqlite/inbox.h"

/* Its task and its ending stand on loop while that is not NULL. */
struct waker {
    struct inbox *inbox;
    _Atomic(struct loop *) loop;
    struct loop_task task;
    struct loop_ending ending;
};

void waker_init(struct waker *waker, struct inbox *inbox);
/* When no loop runs any more. */
void waker_dispose(struct waker *waker);
/* After inbox_add, on the loop that it was called on; without a loop the thread wakes at once. */
void waker_wake_after_turn(struct waker *waker, struct loop *loop);

#endif

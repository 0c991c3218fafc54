/* A thread that wakes for the first of a burst commits that one alone, and the rest of the burst waits for the
 * disk twice. One wake-up is on its way at a time, and it is the first loop's that asked: what another loop
 * adds meanwhile is in the inbox before the thread looks. */
#include "sqlite/waker.h"

#include <stdatomic.h>
#include <stddef.h>

static void wake(struct waker *waker)
{
    /* Before the inbox is looked at: who adds after that look finds no wake-up on its way and asks for one. */
    atomic_store(&waker->loop, NULL);
    inbox_wake(waker->inbox);
}

static void forget(struct waker *waker)
{
    struct loop *loop = atomic_load(&waker->loop);
    if (loop == NULL)
        return;
    loop_defer_cancel(&waker->task);
    loop_at_end_cancel(loop, &waker->ending);
}

static void wake_after_turn(struct loop_task *task)
{
    struct waker *waker = (struct waker *)((char *)task - offsetof(struct waker, task));
    forget(waker);
    wake(waker);
}

static void wake_at_end(struct loop_ending *ending)
{
    struct waker *waker = (struct waker *)((char *)ending - offsetof(struct waker, ending));
    forget(waker);
    wake(waker);
}

void waker_init(struct waker *waker, struct inbox *inbox)
{
    *waker = (struct waker){.inbox = inbox, .task = {.run = wake_after_turn}, .ending = {.run = wake_at_end}};
}

void waker_dispose(struct waker *waker)
{
    forget(waker);
}

void waker_wake_after_turn(struct waker *waker, struct loop *loop)
{
    if (loop == NULL) {
        inbox_wake(waker->inbox);
        return;
    }
    struct loop *nobody = NULL;
    if (!atomic_compare_exchange_strong(&waker->loop, &nobody, loop))
        return;
    loop_at_end(loop, &waker->ending);
    loop_defer_to_turn_end(loop, &waker->task);
}

/* A binary heap of timers, earliest first; position 0 is unused so that a timer that is not running has index
 * 0. Used by loop.c alone. */
#ifndef RUNTIME_TIMER_HEAP_H
#define RUNTIME_TIMER_HEAP_H

#include "runtime/loop.h"

struct timer_heap {
    struct loop_timer **slots;
    uint32_t count;
    uint32_t capacity;
};

void timer_heap_insert(struct timer_heap *heap, struct loop_timer *timer);
void timer_heap_remove(struct timer_heap *heap, struct loop_timer *timer);
struct loop_timer *timer_heap_first(const struct timer_heap *heap); /* NULL when empty */
void timer_heap_dispose(struct timer_heap *heap);                   /* the timers stay their owners' */

#endif

/* Sees when the wall clock is set: a jump is counted and logged, since records, lifetimes and single use hang
 * on that clock. */
#ifndef RUNTIME_CLOCK_WATCH_H
#define RUNTIME_CLOCK_WATCH_H

#include "runtime/loop.h"

enum { CLOCK_WATCH_MS = 1000, CLOCK_JUMP_US = 1000000 };

/* Zeroed before use. */
struct clock_watch {
    struct loop *loop;
    struct loop_timer timer;
    int64_t apart_us; /* wall time less monotonic time, when last looked at */
};

/* On the loop; until the loop is destroyed. */
void clock_watch_start(struct clock_watch *watch, struct loop *loop);

#endif

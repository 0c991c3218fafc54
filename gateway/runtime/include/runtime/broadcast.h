/* Something is brought to each of several loops, to be put into place on the loop's own thread; when every loop
 * has it, the one that brought it is told. So what loops share can be changed without a lock. */
#ifndef RUNTIME_BROADCAST_H
#define RUNTIME_BROADCAST_H

#include <stdatomic.h>
#include <stddef.h>

#include "runtime/loop.h"

enum { BROADCAST_LOOPS_MAX = 256 };

struct broadcast {
    struct loop *loops[BROADCAST_LOOPS_MAX];
    size_t count;
    _Atomic bool is_closed;
};

/* Copies the list; at most BROADCAST_LOOPS_MAX. */
void broadcast_open(struct broadcast *broadcast, struct loop *const *loops, size_t count);

/* Calls install on each loop, with its place among them; then done, once: on the calling loop with true, or,
 * after broadcast_close, on any loop with false. From a loop. */
void broadcast_send(struct broadcast *broadcast, void (*install)(void *context, size_t loop),
                    void (*done)(void *context, bool is_everywhere), void *context);
/* When no loop runs any more: loops that are destroyed still run their last messages, in any order. */
void broadcast_close(struct broadcast *broadcast);
/* The calling loop's place; a loop that is none of them is a mistake. */
size_t broadcast_place(const struct broadcast *broadcast);

#endif

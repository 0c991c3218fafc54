/* Whether several loops still turn: each is asked by a message, which it answers when it comes to it. A loop
 * that spins or waits for ever in something that it runs does not. For whoever watches them from outside. */
#ifndef RUNTIME_ROLL_CALL_H
#define RUNTIME_ROLL_CALL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/fault.h"
#include "runtime/loop.h"

enum { ROLL_CALL_LOOPS_MAX = 256 };

struct roll_call {
    struct roll_call_loop {
        struct loop_message question; /* first */
        struct loop *loop;
        _Atomic bool is_asked; /* and has not answered yet */
    } loops[ROLL_CALL_LOOPS_MAX];
    size_t count;
};

/* Copies the list; at most ROLL_CALL_LOOPS_MAX. Stays where it is until the loops are destroyed. */
void roll_call_open(struct roll_call *call, struct loop *const *loops, size_t count);
/* True when all have answered what they were asked last; then all are asked anew. Otherwise their places are
 * named in silent ("loop 0, loop 3"), and nobody is asked. Never waits for a loop. From one thread. */
MUST_USE bool roll_call_take(struct roll_call *call, struct buffer *silent);

#endif

/* The flow runner: a request's life as a table of steps, read top to bottom. A step awaits at most one thing,
 * and first.
 *
 * What the runner promises (tests/unit/runtime/flow_test.c runs the whole matrix):
 *   - a started wait is always consumed, also when the caller has gone or the flow was refused: leaving and
 * refusing only decide which step is entered next;
 *   - steps marked always run exactly once, whatever happened before, unless one of them goes back over them;
 *   - dispose runs once, at the end, when nothing refers to the flow any more.
 * A wait has no deadline of its own here: whoever completes it has one. */
#ifndef RUNTIME_FLOW_H
#define RUNTIME_FLOW_H

#include <stdbool.h>

#include "runtime/stage_clock.h"
#include "runtime/trace.h"

enum flow_step_result {
    FLOW_NEXT, /* go on with the next step */
    FLOW_SKIP, /* refused: only the steps marked always are entered from here on */
    FLOW_WAIT, /* returned by FLOW_AWAIT alone */
    FLOW_BACK, /* returned by flow_go_back alone */
};

struct flow;

struct flow_step {
    const char *name; /* NULL ends the table */
    enum flow_step_result (*run)(struct flow *flow);
    bool always;
    unsigned stage; /* of the flow's clock, if it has one; STAGE_NONE: whichever it is in */
};

#define FLOW_STEP(function)                                                                                    \
    {                                                                                                          \
#function, function, false, STAGE_NONE                                                                 \
    }
/* The first one of a stage. */
#define FLOW_STEP_IN(stage, function)                                                                          \
    {                                                                                                          \
#function, function, false, stage                                                                      \
    }
#define FLOW_STEP_ALWAYS(function)                                                                             \
    {                                                                                                          \
#function, function, true, STAGE_NONE                                                                  \
    }
#define FLOW_STEP_ALWAYS_IN(stage, function)                                                                   \
    {                                                                                                          \
#function, function, true, stage                                                                       \
    }
#define FLOW_STEP_LAST                                                                                         \
    {                                                                                                          \
        NULL, NULL, false, STAGE_NONE                                                                          \
    }

struct flow {
    const struct flow_step *step;
    struct trace_step traced; /* each step is a span of the request that it is of, by its name */
    void (*dispose)(struct flow *flow);
    struct stage_clock *clock; /* set before it starts; NULL: its time is not measured */
    bool is_running;
    bool is_waiting;
    bool is_skipping;
    bool caller_has_gone;
};

enum flow_wait_state { FLOW_WAIT_IDLE, FLOW_WAIT_PENDING, FLOW_WAIT_READY };

/* One thing waited for; zeroed before use, embedded where its result is. Used once. */
struct flow_wait {
    enum flow_wait_state state;
    struct flow *flow;
};

/* The result of a step that wants to go on with itself or an earlier one of its table instead, as if nothing
 * had been refused since. Whoever calls this has zeroed the waits of all steps from there on, and bounds how
 * often it happens. */
enum flow_step_result flow_go_back(struct flow *flow, enum flow_step_result (*step)(struct flow *flow));

void flow_start(struct flow *flow, const struct flow_step *steps, void (*dispose)(struct flow *flow));
/* The caller has gone: no further ordinary step is entered. Never runs the flow itself. */
void flow_caller_gone(struct flow *flow);
/* Completes a wait, on the flow's own loop. Inside the start call it only marks it (a cache hit); later it runs
 * the flow. */
void flow_wait_done(struct flow_wait *wait);
/* For FLOW_AWAIT: true the first time, when the wait must be started. */
bool flow_wait_begin(struct flow *flow, struct flow_wait *wait);

/* First statement of a step: starts something that completes wait, and comes back to the same line when it has.
 */
#define FLOW_AWAIT(flow, wait, start)                                                                          \
    do {                                                                                                       \
        if (flow_wait_begin((flow), (wait)))                                                                   \
            start;                                                                                             \
        if ((wait)->state != FLOW_WAIT_READY)                                                                  \
            return FLOW_WAIT;                                                                                  \
    } while (0)

#endif

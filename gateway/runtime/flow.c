/* The flow runner. It decides only which step is entered next; what a step does, and who completes its wait, is
 * not known here. The header has the promises; exchange/ is the main user. */
#include "runtime/flow.h"

#include <stddef.h>

#include "base/fault.h"

static bool is_entered(const struct flow *flow)
{
    return flow->step->always || !(flow->is_skipping || flow->caller_has_gone);
}

/* The one place where steps are traced. */
static enum flow_step_result run_step(struct flow *flow)
{
    const struct flow_step *step = flow->step;
    struct trace_place before = trace_step_enter(&flow->traced);
    enum flow_step_result result = step->run(flow);
    trace_step_leave(&flow->traced, before, step->name, result == FLOW_WAIT, result == FLOW_SKIP);
    return result;
}

/* It goes on being of its request while it is taken apart, and not after that. */
static void end(struct flow *flow)
{
    struct trace_place above = flow->traced.above, before = trace_enter(above);
    flow->dispose(flow);
    trace_return(before);
    trace_release(above);
}

static void run(struct flow *flow)
{
    flow->is_running = true;
    while (flow->step->name != NULL) {
        /* A step whose wait was started is always gone back to: what it waited for has happened in the world,
         * whether or not anybody still wants it. */
        if (!flow->is_waiting && !is_entered(flow)) {
            flow->step++;
            continue;
        }
        if (!flow->is_waiting && flow->clock != NULL && flow->step->stage != STAGE_NONE)
            stage_clock_enter(flow->clock, flow->step->stage);
        enum flow_step_result result = run_step(flow);
        flow->is_waiting = result == FLOW_WAIT;
        if (flow->is_waiting) {
            flow->is_running = false;
            return;
        }
        if (result == FLOW_SKIP)
            flow->is_skipping = true;
        if (result != FLOW_BACK) /* then it is there already */
            flow->step++;
    }
    end(flow);
}

void flow_start(struct flow *flow, const struct flow_step *steps, void (*dispose)(struct flow *flow))
{
    INVARIANT(!flow->is_running && !flow->is_waiting);
    *flow = (struct flow){.step = steps, .dispose = dispose, .clock = flow->clock};
    trace_step_open(&flow->traced);
    run(flow);
}

enum flow_step_result flow_go_back(struct flow *flow, enum flow_step_result (*step)(struct flow *flow))
{
    INVARIANT(flow->is_running);
    while (flow->step->run != step)
        flow->step--;
    flow->is_skipping = false;
    return FLOW_BACK;
}

void flow_caller_gone(struct flow *flow)
{
    flow->caller_has_gone = true;
}

bool flow_wait_begin(struct flow *flow, struct flow_wait *wait)
{
    if (wait->state != FLOW_WAIT_IDLE)
        return false;
    wait->flow = flow;
    wait->state = FLOW_WAIT_PENDING;
    return true;
}

void flow_wait_done(struct flow_wait *wait)
{
    INVARIANT(wait->state == FLOW_WAIT_PENDING);
    wait->state = FLOW_WAIT_READY;
    if (!wait->flow->is_running)
        run(wait->flow);
}

/* Spans of steps and of calls that go out. Where nothing is recorded all of this is a look at one flag. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fault.h"
#include "trace_parts.h"

/* NULL: there are too many, and it is counted instead. */
static struct trace_span *add_span(struct trace *trace)
{
    struct trace_request *request = &trace->request;
    if (request->span_count == TRACE_SPANS_MAX) {
        request->spans_left_out++;
        return NULL;
    }
    if (request->span_count == trace->room) {
        trace->room = trace->room == 0 ? 16 : 2 * trace->room;
        trace->spans = realloc(trace->spans, trace->room * sizeof(*trace->spans));
        INVARIANT(trace->spans != NULL);
    }
    struct trace_span *span = &trace->spans[request->span_count++];
    *span = (struct trace_span){.name = NULL};
    return span;
}

static bool is_recorded(struct trace_place place)
{
    return place.trace != NULL && place.trace->is_recorded;
}

/* --- steps --- */

void trace_step_open(struct trace_step *step)
{
    *step = (struct trace_step){.above = trace_hold(trace_here())};
}

struct trace_place trace_step_enter(struct trace_step *step)
{
    if (step->above.trace == NULL)
        return trace_enter(step->above);
    if (step->span == 0 && is_recorded(step->above)) {
        step->span = trace_span_id();
        step->began_us = clock_monotonic_us();
        step->has_waited = false;
    }
    return trace_enter((struct trace_place){step->above.trace, step->span});
}

void trace_step_leave(struct trace_step *step, struct trace_place before, const char *name, bool waits,
                      bool refuses)
{
    trace_return(before);
    if (step->span == 0)
        return;
    if (waits) {
        step->has_waited = true;
        return;
    }
    int64_t now_us = clock_monotonic_us();
    if (step->has_waited || refuses || now_us - step->began_us >= TRACE_FOLDED_US) {
        struct trace_span *span = add_span(step->above.trace);
        if (span != NULL)
            *span = (struct trace_span){.kind = TRACE_STEP,
                                        .name = name,
                                        .id = step->span,
                                        .parent = step->above.span,
                                        .began_us = step->began_us,
                                        .ended_us = now_us,
                                        .has_failed = refuses};
    }
    step->span = 0;
}

/* --- calls that go out --- */

void trace_call_begin(struct trace_call *call)
{
    *call = (struct trace_call){.above = trace_hold(trace_here())};
    struct trace *trace = call->above.trace;
    if (trace == NULL || trace->sink == NULL)
        return;
    call->span = is_recorded(call->above) ? trace_span_id() : trace->request.span;
    call->began_us = clock_monotonic_us();
    call->state = trace->request.state;
    trace_context_write(&trace->request.context, call->span, call->parent);
}

static void copy(char *out, size_t size, struct text text)
{
    size_t length = text.length < size ? text.length : size - 1;
    memcpy(out, text.base != NULL ? text.base : "", length);
    out[length] = '\0';
}

bool trace_call_is_recorded(const struct trace_call *call)
{
    return is_recorded(call->above);
}

void trace_call_end(struct trace_call *call, struct text method, struct text host, int port, int status)
{
    struct trace_span *span = is_recorded(call->above) ? add_span(call->above.trace) : NULL;
    if (span != NULL) {
        *span = (struct trace_span){.kind = TRACE_CLIENT,
                                    .id = call->span,
                                    .parent = call->above.span,
                                    .began_us = call->began_us,
                                    .ended_us = clock_monotonic_us(),
                                    .has_failed = status == 0 || status >= 400,
                                    .port = port,
                                    .status = status};
        copy(span->method, sizeof(span->method), method.length != 0 ? method : TEXT("GET"));
        copy(span->host, sizeof(span->host), host);
    }
    trace_release(call->above);
    *call = (struct trace_call){.span = 0};
}

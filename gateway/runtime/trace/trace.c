/* Requests and the places they are at. What a step or a call leaves is in trace_span.c. */
#include "runtime/trace.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/random.h"
#include "runtime/metrics.h"
#include "trace_parts.h"

static _Thread_local struct trace_sink *sink_here;
static _Thread_local struct trace_place here;

void trace_attach(struct trace_sink *sink)
{
    sink_here = sink;
}

/* Span ids tell spans of one trace apart and keep nothing secret (splitmix64, of a seed that nobody knows). */
uint64_t trace_span_id(void)
{
    static _Thread_local uint64_t state;
    if (state == 0)
        random_bytes(&state, sizeof(state));
    uint64_t mixed = state += 0x9e3779b97f4a7c15;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    mixed ^= mixed >> 31;
    return mixed != 0 ? mixed : 1;
}

/* --- its beginning --- */

/* What may be a method of HTTP is no name of a metric or a span: anybody can make one up. */
static void note_method(struct trace_request *request, struct text method)
{
    static const char *const known[] = {"GET",     "HEAD",    "POST",  "PUT",  "DELETE",
                                        "CONNECT", "OPTIONS", "TRACE", "PATCH"};
    request->method = "_OTHER";
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (text_is(method, known[i]))
            request->method = known[i];
    }
}

static void read_context(struct trace *trace, const struct trace_beginning *beginning)
{
    struct trace_request *request = &trace->request;
    if (beginning->traceparent.base == NULL)
        return;
    /* Two of them are none (Trace Context section 3.2): each that reads them may take another one. */
    request->has_parent = beginning->second_traceparent.base == NULL &&
                          trace_context_read(beginning->traceparent, &request->context);
    if (!request->has_parent) {
        metric_add(METRIC_TRACE_CONTEXTS_MALFORMED, 1);
        return;
    }
    if (beginning->tracestate.length != 0 && trace_state_is_plain(beginning->tracestate)) {
        memcpy(trace->state, beginning->tracestate.base, beginning->tracestate.length);
        request->state = (struct text){trace->state, beginning->tracestate.length};
    }
}

/* Ours are random throughout, which level 2 has a flag for. */
static void make_context(struct trace_request *request)
{
    random_bytes(request->context.id, sizeof(request->context.id));
    request->context.flags = TRACE_RANDOM;
    if (trace_context_is_in_share(&request->context, sink_here->percent))
        request->context.flags |= TRACE_SAMPLED;
}

/* An id that somebody else gave is written down where it cannot be taken for anything else. */
static bool is_plain_id(struct text id)
{
    if (id.length == 0 || id.length >= LOG_GIVEN_ID_SIZE)
        return false;
    for (size_t i = 0; i < id.length; i++) {
        char byte = id.base[i];
        bool is_letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        if (!is_letter && !(byte >= '0' && byte <= '9') && (byte == '\0' || strchr("-_.:", byte) == NULL))
            return false;
    }
    return true;
}

struct trace *trace_begin(const struct trace_beginning *beginning)
{
    struct trace *trace = calloc(1, sizeof(*trace));
    INVARIANT(trace != NULL);
    struct trace_request *request = &trace->request;
    trace->references = 1;
    trace->sink = sink_here;
    request->scheme = beginning->scheme;
    request->version = beginning->version;
    request->route = beginning->route;
    request->began_us = clock_monotonic_us();
    request->began_wall_us = clock_wall_us();
    note_method(request, beginning->method);
    read_context(trace, beginning);
    if (!request->has_parent && sink_here != NULL)
        make_context(request);
    trace->has_context = request->has_parent || sink_here != NULL;
    trace->is_recorded = sink_here != NULL && (request->context.flags & TRACE_SAMPLED) != 0;
    request->span = trace_span_id();
    identifier_make(request->began_wall_us, trace->scope.request_id);
    request->request_id = trace->scope.request_id;
    request->exchange = trace->scope.exchange;
    if (trace->has_context)
        trace_context_write_id(&request->context, trace->scope.trace_id);
    if (is_plain_id(beginning->given_id))
        memcpy(trace->scope.given_id, beginning->given_id.base, beginning->given_id.length);
    return trace;
}

/* --- its end --- */

static void let_go(struct trace *trace)
{
    if (--trace->references != 0)
        return;
    struct trace_request *request = &trace->request;
    request->spans = trace->spans;
    if (trace->is_recorded)
        trace->sink->take(trace->sink, request);
    free(trace->spans);
    free(trace);
}

void trace_end(struct trace *trace, int status)
{
    trace->request.ended_us = clock_monotonic_us();
    trace->request.status = status;
    let_go(trace);
}

const struct trace_request *trace_request(const struct trace *trace)
{
    return &trace->request;
}

/* --- what is known of it --- */

void trace_leave_out(void)
{
    if (here.trace != NULL)
        here.trace->is_recorded = false;
}

void trace_note_route(const char *route)
{
    if (here.trace != NULL)
        here.trace->request.route = route;
}

void trace_note_exchange(struct text id)
{
    if (here.trace == NULL || here.trace->scope.exchange[0] != '\0' || id.length >= LOG_ID_SIZE)
        return;
    memcpy(here.trace->scope.exchange, id.base, id.length);
}

void trace_note_reason(const char *reason)
{
    if (here.trace != NULL)
        here.trace->request.reason = reason;
}

void trace_note_grant(const char *grant)
{
    if (here.trace != NULL)
        here.trace->request.grant = grant;
}

void trace_note_target(struct text name)
{
    if (here.trace == NULL)
        return;
    char *target = here.trace->request.target;
    size_t length = name.length < TRACE_TARGET_SIZE ? name.length : TRACE_TARGET_SIZE - 1;
    memcpy(target, name.base, length);
    target[length] = '\0';
}

/* --- places --- */

struct trace_place trace_here(void)
{
    return here;
}

struct trace_place trace_enter(struct trace_place place)
{
    struct trace_place before = here;
    here = place;
    log_set_scope(place.trace != NULL ? &place.trace->scope : NULL);
    return before;
}

void trace_return(struct trace_place before)
{
    (void)trace_enter(before);
}

struct trace_place trace_hold(struct trace_place place)
{
    if (place.trace != NULL)
        place.trace->references++;
    return place;
}

void trace_release(struct trace_place place)
{
    if (place.trace != NULL)
        let_go(place.trace);
}

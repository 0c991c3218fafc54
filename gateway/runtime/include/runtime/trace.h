/* One request as it is looked at from outside: the ids that its log lines carry, and, where it is recorded,
 * what it spent its time on. There is one for every request; only those that are sampled gather spans, and only
 * where there is somewhere to send them. Everything on the request's own loop; nothing here waits or fails.
 *
 * What goes on at a time has a place, trace and span, which is what it begins stands below. Flows take it over
 * when they start and come back to it whenever they run (flow.c), calls that go out likewise. */
#ifndef RUNTIME_TRACE_H
#define RUNTIME_TRACE_H

#include "base/log.h"
#include "runtime/trace_context.h"

struct trace;

enum { TRACE_SPANS_MAX = 128, TRACE_HOST_SIZE = 64, TRACE_TARGET_SIZE = 64 };
/* A step that took less and waited for nothing leaves no span, unless it refused. */
enum { TRACE_FOLDED_US = 10 };

enum trace_span_kind { TRACE_STEP, TRACE_CLIENT };

struct trace_span {
    enum trace_span_kind kind;
    const char *name; /* static: of the step */
    uint64_t id, parent;
    int64_t began_us, ended_us; /* monotonic */
    bool has_failed;
    /* Of a call that goes out. */
    char method[16];
    char host[TRACE_HOST_SIZE];
    int port, status; /* 0: unknown, no answer */
};

/* What is known of a request when it is over; for trace/otlp.c and those that log it. */
struct trace_request {
    struct trace_context context;
    bool has_parent;   /* of another system */
    struct text state; /* tracestate to hand on, TEXT_NONE: none */
    uint64_t span;
    int64_t began_us, ended_us, began_wall_us;
    const char *method; /* static; "_OTHER": none that is known */
    const char *route, *scheme, *version;
    int status; /* 0: its caller had gone before */
    const char *request_id, *exchange;
    const char *reason, *grant; /* static; NULL: none */
    char target[TRACE_TARGET_SIZE];
    const struct trace_span *spans;
    size_t span_count, spans_left_out;
};

/* Where what is recorded on a loop goes when a request is over: given to the loop's thread, borrowed. */
struct trace_sink {
    unsigned percent; /* of requests that bring no decision of their own */
    void (*take)(struct trace_sink *sink, const struct trace_request *request);
};
void trace_attach(struct trace_sink *sink); /* to the calling thread; NULL: nothing is recorded there */

/* --- a request --- */

struct trace_beginning {
    struct text method, traceparent, second_traceparent, tracestate;
    struct text given_id;                 /* X-Request-ID, as it came */
    const char *scheme, *version, *route; /* static; NULL: none */
};
/* The caller's until trace_end. */
struct trace *trace_begin(const struct trace_beginning *beginning);
/* The answer is out, or nobody is there for it (status 0). What still goes on adds to it until it has ended. */
void trace_end(struct trace *trace, int status);
const struct trace_request *trace_request(const struct trace *trace);

/* --- what is known of the current one; nothing happens where there is none --- */

void trace_leave_out(void);                 /* probes and metrics, which are asked for again and again */
void trace_note_route(const char *route);   /* static */
void trace_note_exchange(struct text id);   /* the first one stays */
void trace_note_reason(const char *reason); /* static */
void trace_note_grant(const char *grant);   /* static */
void trace_note_target(struct text name);

/* --- places --- */

struct trace_place {
    struct trace *trace;
    uint64_t span;
};
struct trace_place trace_here(void);
/* Returns the place that was left, for trace_return. */
struct trace_place trace_enter(struct trace_place place);
void trace_return(struct trace_place before);
/* While something that will come back later refers to it. */
struct trace_place trace_hold(struct trace_place place);
void trace_release(struct trace_place place);

/* --- the step of a flow; see flow.c --- */

struct trace_step {
    struct trace_place above; /* held from the start of the flow to its end */
    uint64_t span;            /* 0: none is open */
    int64_t began_us;
    bool has_waited;
};
void trace_step_open(struct trace_step *step); /* once, when the flow starts */
struct trace_place trace_step_enter(struct trace_step *step);
void trace_step_leave(struct trace_step *step, struct trace_place before, const char *name, bool waits,
                      bool refuses);

/* --- a call that goes out --- */

struct trace_call {
    struct trace_place above; /* held until its end */
    uint64_t span;
    int64_t began_us;
    char parent[TRACE_PARENT_SIZE]; /* traceparent to send, "" : none */
    struct text state;              /* tracestate to send */
};
void trace_call_begin(struct trace_call *call);
/* Whether the rest of it is looked at. */
bool trace_call_is_recorded(const struct trace_call *call);
/* host: as in a URL. */
void trace_call_end(struct trace_call *call, struct text method, struct text host, int port, int status);

#endif

/* What trace.c and trace_span.c share. */
#ifndef RUNTIME_TRACE_PARTS_H
#define RUNTIME_TRACE_PARTS_H

#include "runtime/trace.h"

struct trace {
    unsigned references; /* of its request, its flows and its calls; all on one loop */
    struct trace_sink *sink;
    bool has_context, is_recorded;
    struct trace_request request;
    struct log_scope scope;
    char state[TRACE_STATE_BYTES_MAX];
    struct trace_span *spans; /* NULL until there is one */
    size_t room;
};

uint64_t trace_span_id(void);

#endif

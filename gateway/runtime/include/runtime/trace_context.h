/* W3C Trace Context: which trace a request belongs to, as traceparent and tracestate say it, read strictly.
 * What is malformed is as if it had not been sent (Trace Context section 3.3): a caller must not be refused for
 * what only helps to look at it. Level 2: the random flag is kept. Pure. */
#ifndef RUNTIME_TRACE_CONTEXT_H
#define RUNTIME_TRACE_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

enum { TRACE_ID_BYTES = 16, TRACE_ID_TEXT_SIZE = 33, TRACE_PARENT_SIZE = 56 };
enum { TRACE_STATE_BYTES_MAX = 512, TRACE_STATE_MEMBERS_MAX = 32 };
enum { TRACE_SAMPLED = 1, TRACE_RANDOM = 2 };

struct trace_context {
    unsigned char id[TRACE_ID_BYTES];
    uint64_t parent; /* the span that is above */
    unsigned flags;  /* of the two above, and no others */
};

/* false: malformed, or of a version that must not be (ff); context is untouched then. */
bool trace_context_read(struct text traceparent, struct trace_context *context);
/* As version 00, zero-terminated, with this span as the parent. */
void trace_context_write(const struct trace_context *context, uint64_t span, char out[TRACE_PARENT_SIZE]);
void trace_context_write_id(const struct trace_context *context, char out[TRACE_ID_TEXT_SIZE]);
/* Whether it may be handed on: well-formed members, no key twice, within the two bounds above. */
bool trace_state_is_plain(struct text tracestate);
/* Whether a trace that nobody has decided about is among this many of a hundred: by its id, so that every
 * gateway of the same share decides the same. */
bool trace_context_is_in_share(const struct trace_context *context, unsigned percent);

#endif

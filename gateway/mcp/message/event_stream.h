/* text/event-stream (WHATWG HTML section 9.2), read in pieces of any size and written event by event. Holds one
 * event, of bounded size. Pure. */
#ifndef MCP_EVENT_STREAM_H
#define MCP_EVENT_STREAM_H

#include "base/buffer.h"
#include "base/fault.h"

/* One block of fields, told at the empty line behind it. A block without data (an id alone, a retry) is told
 * too, though a browser makes no event of it: who reads on from there may need it. */
struct event {
    struct text id; /* has_id: an id was written here, perhaps an empty one */
    struct text type;
    struct text data;      /* lines parted by '\n' */
    struct text retry;     /* digits; TEXT_NONE: not written */
    bool has_id, has_data; /* has_data with an empty text: a priming event */
};

struct event_stream {
    size_t bytes_max; /* of one event as it is kept, with the line that is not whole yet */
    struct buffer line, id, type, data, retry;
    bool has_id, has_type, has_data, has_retry;
    bool is_begun, is_after_return, is_comment;
    size_t mark; /* bytes of a byte order mark that were there */
};

void event_stream_begin(struct event_stream *stream, size_t bytes_max);
void event_stream_dispose(struct event_stream *stream);
/* Texts of the event are borrowed during the call. A fault ends the reading and is returned. */
struct event_reader {
    enum fault (*on_event)(void *context, const struct event *event);
    void *context;
};
/* FAULT_MCP_UPSTREAM_ANSWER for an event larger than bytes_max, or one that is no UTF-8. What is not finished
 * by an empty line when a stream ends is no event. */
MUST_USE enum fault event_stream_take(struct event_stream *stream, struct text piece,
                                      const struct event_reader *reader);

/* How long a client is told to wait before it comes again: no shorter than a second, no longer than a minute,
 * whatever the server says. TEXT_NONE stays that. */
enum { RETRY_DIGITS_MAX = 8 };
struct text event_retry(struct text retry, char digits[RETRY_DIGITS_MAX]);
/* Appends the event, whole. A line end in id or type is a mistake of the program. */
void event_write(struct buffer *out, const struct event *event);

#endif

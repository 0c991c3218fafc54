/* Reading and writing on a socket that does not block, until a deadline. */
#ifndef KERBEROS_RELAY_KDC_STREAM_H
#define KERBEROS_RELAY_KDC_STREAM_H

#include "base/arena.h"
#include "base/fault.h"

enum stream_end {
    STREAM_DONE,
    STREAM_CLOSED,   /* by the other side, or broken */
    STREAM_LATE,     /* the time is over */
    STREAM_MALFORMED /* no frame, or one that is too large */
};

/* When to give up, in milliseconds of the monotonic clock. */
struct stream_limit {
    int64_t until_ms;
    int stop; /* becomes readable, or ends, when everything is to end */
    /* A socket that listens, or -1: from rival_from_ms on whoever waits there comes first. */
    int rival;
    int64_t rival_from_ms;
};

int64_t stream_now_ms(void);
/* events as poll(2) has them. */
MUST_USE enum stream_end stream_wait(int descriptor, short events, const struct stream_limit *limit);
MUST_USE enum stream_end stream_write(int descriptor, struct text bytes, const struct stream_limit *limit);
/* One message of at most so many bytes with the four bytes of its length in front, into the arena. */
MUST_USE enum stream_end stream_read_frame(int descriptor, size_t most, const struct stream_limit *limit,
                                           struct arena *arena, struct text *frame);

#endif

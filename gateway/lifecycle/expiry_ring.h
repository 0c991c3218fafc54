/* How many credentials are live, by when they end: a ring of counters, one per span of time. Spans are a second
 * long and double as soon as a credential outlives the ring, so that memory is fixed and an end is late by less
 * than a 512th of the longest lifetime, never early. Not thread-safe; called by the budget book. */
#ifndef LIFECYCLE_EXPIRY_RING_H
#define LIFECYCLE_EXPIRY_RING_H

#include <stdbool.h>
#include <stdint.h>

enum { EXPIRY_RING_SPANS = 1024 };

struct expiry_ring {
    int64_t span_s;  /* 0 before first use */
    int64_t current; /* the span that now is in: it and all before it have ended */
    int64_t live;
    uint32_t ends[EXPIRY_RING_SPANS]; /* by the end's span, modulo */
};

/* Forgets what has ended. Time that runs backwards brings nothing back. */
void expiry_ring_advance(struct expiry_ring *ring, int64_t now_s);
void expiry_ring_add(struct expiry_ring *ring, int64_t expires_at_s, int64_t now_s);
/* Does nothing if no live credential ends then. */
void expiry_ring_remove(struct expiry_ring *ring, int64_t expires_at_s);
/* Until the next one ends, after expiry_ring_advance; 0 if none is live. */
int64_t expiry_ring_next_end_s(const struct expiry_ring *ring, int64_t now_s);

#endif

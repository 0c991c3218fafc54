/* A credential that ends at e is kept under span ceil(e / span_s): it is live while now < e (RFC 7519
 * section 4.1.4), and with a longer span a little longer, which errs on the side of the limit. */
#include "expiry_ring.h"

#include <string.h>

/* Ten years: far past any lifetime we issue, near enough that doubling spans ends soon. */
static const int64_t longest_s = INT64_C(10) * 365 * 24 * 3600;

static int64_t span_of_end(const struct expiry_ring *ring, int64_t expires_at_s)
{
    return expires_at_s / ring->span_s + (expires_at_s % ring->span_s != 0);
}

static uint32_t *counter(struct expiry_ring *ring, int64_t span)
{
    return &ring->ends[(uint64_t)span % EXPIRY_RING_SPANS];
}

void expiry_ring_advance(struct expiry_ring *ring, int64_t now_s)
{
    if (ring->live == 0) { /* nothing to keep, so back to exact seconds */
        ring->span_s = 1;
        ring->current = now_s;
        return;
    }
    int64_t now = now_s / ring->span_s;
    for (int steps = 0; ring->current < now && steps < EXPIRY_RING_SPANS; steps++) {
        uint32_t *ended = counter(ring, ++ring->current);
        ring->live -= *ended;
        *ended = 0;
    }
    if (ring->current < now)
        ring->current = now;
}

/* Doubles the span. What ended in span n ends in ceil(n / 2), which is the same as if it had been put there at
 * once. */
static void coarsen(struct expiry_ring *ring)
{
    uint32_t finer[EXPIRY_RING_SPANS];
    memcpy(finer, ring->ends, sizeof(finer));
    memset(ring->ends, 0, sizeof(ring->ends));
    for (int64_t span = ring->current + 1; span <= ring->current + EXPIRY_RING_SPANS; span++)
        *counter(ring, span / 2 + span % 2) += finer[(uint64_t)span % EXPIRY_RING_SPANS];
    ring->current /= 2;
    ring->span_s *= 2;
}

void expiry_ring_add(struct expiry_ring *ring, int64_t expires_at_s, int64_t now_s)
{
    expiry_ring_advance(ring, now_s);
    if (expires_at_s <= now_s)
        return;
    if (expires_at_s - now_s > longest_s)
        expires_at_s = now_s + longest_s;
    while (span_of_end(ring, expires_at_s) > ring->current + EXPIRY_RING_SPANS)
        coarsen(ring);
    int64_t span = span_of_end(ring, expires_at_s);
    if (span <= ring->current) /* the clock was set back */
        return;
    ++*counter(ring, span);
    ring->live++;
}

void expiry_ring_remove(struct expiry_ring *ring, int64_t expires_at_s)
{
    if (ring->live == 0)
        return;
    int64_t span = span_of_end(ring, expires_at_s);
    if (span <= ring->current || span > ring->current + EXPIRY_RING_SPANS || *counter(ring, span) == 0)
        return;
    --*counter(ring, span);
    ring->live--;
}

int64_t expiry_ring_next_end_s(const struct expiry_ring *ring, int64_t now_s)
{
    if (ring->live == 0)
        return 0;
    int64_t span = ring->current + 1;
    while (ring->ends[(uint64_t)span % EXPIRY_RING_SPANS] == 0)
        span++;
    return span * ring->span_s - now_s;
}

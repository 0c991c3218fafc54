/* How many frames of each metered kind a connection may still send: one token bucket a kind, filled by time and
 * by the requests that came, so that a busy connection has room for what its requests bring with them. Pure. */
#ifndef TRANSPORT_FRAME_BUDGET_H
#define TRANSPORT_FRAME_BUDGET_H

#include "guard/frame_scanner.h"

/* Ten seconds' worth may come at once. */
enum { FRAME_BURST_S = 10 };

struct frame_budget {
    int32_t left[FRAME_KIND_COUNT]; /* thousandths of a frame */
    uint32_t requests;              /* HEADERS since the last filling */
    uint64_t filled_at_ms;
};

/* per_second: FRAME_KIND_COUNT numbers, each at most 100000. */
void frame_budget_open(struct frame_budget *budget, const uint32_t *per_second, uint64_t now_ms);
/* Takes what was tallied; the first kind of which there was too much, or FRAME_KIND_COUNT. */
enum frame_kind frame_budget_charge(struct frame_budget *budget, const uint32_t *per_second,
                                    const struct frame_tally *tally, uint64_t now_ms);

#endif

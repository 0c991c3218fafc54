/* Buckets are filled when something is charged, never by a timer. */
#include "guard/frame_budget.h"

enum { THOUSAND = 1000 };

/* What a request adds, in thousandths of a frame. A reset adds less than it takes, so that asking and resetting
 * always drains. */
static const uint32_t per_request[FRAME_KIND_COUNT] = {
    [FRAME_RESET] = 125,
    [FRAME_WINDOW_UPDATE] = 4 * THOUSAND,
    [FRAME_PING] = 20,
    [FRAME_PRIORITY] = 1 * THOUSAND,
    [FRAME_EMPTY_DATA] = 1 * THOUSAND,
    [FRAME_CONTINUATION] = 500,
};

static uint64_t capacity(uint32_t per_second)
{
    return (uint64_t)per_second * FRAME_BURST_S * THOUSAND;
}

void frame_budget_open(struct frame_budget *budget, const uint32_t *per_second, uint64_t now_ms)
{
    *budget = (struct frame_budget){.filled_at_ms = now_ms};
    for (int kind = 0; kind < FRAME_KIND_COUNT; kind++)
        budget->left[kind] = (int32_t)capacity(per_second[kind]);
}

static void fill(struct frame_budget *budget, const uint32_t *per_second, uint64_t now_ms)
{
    /* The clock may be set back; then nothing has passed. */
    uint64_t passed_ms = now_ms > budget->filled_at_ms ? now_ms - budget->filled_at_ms : 0;
    if (passed_ms > FRAME_BURST_S * THOUSAND)
        passed_ms = FRAME_BURST_S * THOUSAND;
    for (int kind = 0; kind < FRAME_KIND_COUNT; kind++) {
        uint64_t most = capacity(per_second[kind]);
        uint64_t left = (uint64_t)(budget->left[kind] > 0 ? budget->left[kind] : 0);
        left += passed_ms * per_second[kind] + (uint64_t)budget->requests * per_request[kind];
        budget->left[kind] = (int32_t)(left < most ? left : most);
    }
    budget->requests = 0;
    budget->filled_at_ms = now_ms;
}

enum frame_kind frame_budget_charge(struct frame_budget *budget, const uint32_t *per_second,
                                    const struct frame_tally *tally, uint64_t now_ms)
{
    if (budget->requests <= UINT32_MAX / 2)
        budget->requests += tally->headers;
    if (tally->metered == 0)
        return FRAME_KIND_COUNT;
    fill(budget, per_second, now_ms);
    for (int kind = 0; kind < FRAME_KIND_COUNT; kind++) {
        int64_t left = budget->left[kind] - (int64_t)tally->counts[kind] * THOUSAND;
        if (left < 0)
            return (enum frame_kind)kind;
        budget->left[kind] = (int32_t)left;
    }
    return FRAME_KIND_COUNT;
}

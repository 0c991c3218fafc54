/* The circuit breaker. While it is open or half open only the probe counts: a call that was under way when it
 * opened tells of the time before, in either direction. */
#include "breaker.h"

bool breaker_admits(struct breaker *breaker, int64_t now_us, bool *is_probe)
{
    *is_probe = false;
    if (breaker->state == BREAKER_CLOSED)
        return true;
    if (breaker->state == BREAKER_HALF_OPEN || now_us < breaker->open_until_us)
        return false;
    breaker->state = BREAKER_HALF_OPEN;
    *is_probe = true;
    return true;
}

void breaker_succeeded(struct breaker *breaker, bool is_probe)
{
    if (breaker->state != BREAKER_CLOSED && !is_probe)
        return;
    breaker->state = BREAKER_CLOSED;
    breaker->failures = 0;
}

void breaker_failed(struct breaker *breaker, bool is_probe, int64_t now_us)
{
    if (breaker->state != BREAKER_CLOSED && !is_probe)
        return;
    breaker->failures++;
    if (!is_probe && breaker->failures < breaker->failures_allowed)
        return;
    breaker->state = BREAKER_OPEN;
    breaker->failures = 0;
    breaker->open_until_us = now_us + breaker->pause_us;
}

/* See call_breaker.h. program.c asks it before each call and tells it what came of each. */
#include "call_breaker.h"

static void note_state(struct call_breaker *breaker)
{
    int state = !breaker->is_open ? BREAKER_CLOSED : breaker->is_trying ? BREAKER_TRYING : BREAKER_OPEN;
    atomic_store_explicit(&breaker->state, state, memory_order_relaxed);
}

void call_breaker_reset(struct call_breaker *breaker)
{
    breaker->is_open = breaker->is_trying = false;
    breaker->failures = 0;
    breaker->pause_us = breaker->open_until_us = 0;
    note_state(breaker);
}

enum breaker_state call_breaker_state(const struct call_breaker *breaker)
{
    return (enum breaker_state)atomic_load_explicit(&breaker->state, memory_order_relaxed);
}

bool call_breaker_would_admit(const struct call_breaker *breaker, int64_t now_us)
{
    return !breaker->is_open || (!breaker->is_trying && now_us >= breaker->open_until_us);
}

bool call_breaker_admits(struct call_breaker *breaker, int64_t now_us, bool *is_probe)
{
    *is_probe = false;
    if (!call_breaker_would_admit(breaker, now_us))
        return false;
    *is_probe = breaker->is_trying = breaker->is_open;
    note_state(breaker);
    return true;
}

void call_breaker_succeeded(struct call_breaker *breaker, bool is_probe)
{
    if (!breaker->is_open || is_probe)
        call_breaker_reset(breaker);
}

static void open_breaker(struct call_breaker *breaker, int64_t now_us)
{
    breaker->pause_us = breaker->pause_us == 0 ? BREAKER_PAUSE_US : 2 * breaker->pause_us;
    if (breaker->pause_us > BREAKER_PAUSE_MAX_US)
        breaker->pause_us = BREAKER_PAUSE_MAX_US;
    breaker->is_open = true;
    breaker->is_trying = false;
    breaker->open_until_us = now_us + breaker->pause_us;
    note_state(breaker);
}

void call_breaker_failed(struct call_breaker *breaker, bool is_probe, int64_t now_us)
{
    if (breaker->is_open && !is_probe)
        return;
    breaker->failures++;
    if (is_probe || breaker->failures >= BREAKER_FAILURES)
        open_breaker(breaker, now_us);
}

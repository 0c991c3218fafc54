/* Looks are planned an interval apart, so whatever lies beyond that between two of them was slept through. */
#include "silence.h"

enum { PULSES_PER_DEADLINE = 4 };

int64_t silence_interval(int64_t deadline)
{
    return deadline / PULSES_PER_DEADLINE;
}

void silence_break(struct silence *silence, int64_t now_us)
{
    silence->lasted_us = 0;
    silence->looked_us = now_us;
}

bool silence_is_too_long(struct silence *silence, int64_t now_us)
{
    if (silence->looked_us == 0)
        return false;
    int64_t passed_us = now_us - silence->looked_us, most_us = silence_interval(silence->deadline_us);
    silence->lasted_us += passed_us < most_us ? passed_us : most_us;
    silence->looked_us = now_us;
    return silence->lasted_us >= silence->deadline_us;
}

int64_t silence_next_look_us(const struct silence *silence)
{
    if (silence->looked_us == 0)
        return 0;
    int64_t left_us = silence->deadline_us - silence->lasted_us;
    int64_t interval_us = silence_interval(silence->deadline_us);
    return silence->looked_us + (left_us < interval_us ? left_us : interval_us);
}

/* Sums, not a list: how often a stage was entered does not matter. */
#include "runtime/stage_clock.h"

#include "base/clock.h"

void stage_clock_enter(struct stage_clock *clock, unsigned stage)
{
    if (stage == clock->stage && clock->begun_us != 0)
        return;
    int64_t now_us = clock_monotonic_us();
    if (clock->begun_us == 0)
        clock->begun_us = now_us;
    else
        clock->spent_us[clock->stage] += now_us - clock->since_us;
    clock->since_us = now_us;
    clock->stage = stage;
    clock->entered |= 1u << stage;
}

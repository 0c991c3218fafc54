/* The slower of two clocks. */
#include "expiry_clock.h"

#include "base/clock.h"

struct expiry_clock expiry_clock_start(void)
{
    return (struct expiry_clock){.opened_wall_s = clock_wall_s(), .opened_monotonic_us = clock_monotonic_us()};
}

int64_t expiry_clock_read(const struct expiry_clock *clock, int64_t wall_s, int64_t monotonic_us)
{
    int64_t steady_s = clock->opened_wall_s + (monotonic_us - clock->opened_monotonic_us) / 1000000;
    return wall_s < steady_s ? wall_s : steady_s;
}

int64_t expiry_clock_now_s(const struct expiry_clock *clock)
{
    return expiry_clock_read(clock, clock_wall_s(), clock_monotonic_us());
}

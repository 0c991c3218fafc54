/* The system's clocks. */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t read_clock_us(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_wall_us(void)
{
    return read_clock_us(CLOCK_REALTIME);
}

int64_t clock_wall_s(void)
{
    return clock_wall_us() / 1000000;
}

int64_t clock_monotonic_us(void)
{
    return read_clock_us(CLOCK_MONOTONIC);
}

void clock_format(int64_t wall_us, char out[CLOCK_TEXT_SIZE])
{
    time_t seconds = (time_t)(wall_us / 1000000);
    struct tm parts;
    gmtime_r(&seconds, &parts);
    size_t length = strftime(out, CLOCK_TEXT_SIZE, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(out + length, CLOCK_TEXT_SIZE - length, ".%06dZ", (int)(wall_us % 1000000));
}

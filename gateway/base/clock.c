/* The system's clocks. */
#include "base/clock.h"

#include <time.h>

#include "base/fault.h"

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

static char *put_digits(char *end, int64_t number, int digits, char behind)
{
    *--end = behind;
    for (; digits > 0; digits--, number /= 10)
        *--end = (char)('0' + number % 10);
    return end;
}

/* The calendar by hand, in years that begin in March so that the leap day is a year's last: the C library takes
 * a lock for its time zones, and every record has a time. */
void clock_format(int64_t wall_us, char out[CLOCK_TEXT_SIZE])
{
    int64_t seconds = wall_us / 1000000, days = seconds / 86400 + 719468; /* since 0000-03-01 */
    int64_t era = days / 146097, of_era = days % 146097;
    int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * of_year + 2) / 153; /* 0 is March */
    int64_t year = era * 400 + year_of_era + (month >= 10);
    char *end = out + sizeof("2026-11-23T14:05:06.123456Z");
    *--end = '\0';
    end = put_digits(end, wall_us % 1000000, 6, 'Z');
    end = put_digits(end, seconds % 60, 2, '.');
    end = put_digits(end, seconds / 60 % 60, 2, ':');
    end = put_digits(end, seconds / 3600 % 24, 2, ':');
    end = put_digits(end, of_year - (153 * month + 2) / 5 + 1, 2, 'T');
    end = put_digits(end, month < 10 ? month + 3 : month - 9, 2, '-');
    end = put_digits(end, year, 4, '-');
    INVARIANT(end == out);
}

/* Time. Wall time for claims and records, monotonic time for durations and deadlines; never the one for the
 * other. Pure rooms take the time as a parameter instead. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

int64_t clock_wall_us(void); /* microseconds since 1970-01-01 UTC */
int64_t clock_wall_s(void);
int64_t clock_monotonic_us(void);
/* "2026-11-23T14:05:06.123456Z"; needs CLOCK_TEXT_SIZE bytes. */
enum { CLOCK_TEXT_SIZE = 32 };
void clock_format(int64_t wall_us, char out[CLOCK_TEXT_SIZE]);

#endif

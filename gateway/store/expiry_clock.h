/* The time by which things expire in a store: wall time, but never further on than the monotonic clock has run
 * since the store was opened. A wall clock that jumps ahead and back must not make a used value usable again.
 */
#ifndef STORE_EXPIRY_CLOCK_H
#define STORE_EXPIRY_CLOCK_H

#include <stdint.h>

struct expiry_clock {
    int64_t opened_wall_s, opened_monotonic_us;
};

struct expiry_clock expiry_clock_start(void);
int64_t expiry_clock_read(const struct expiry_clock *clock, int64_t wall_s, int64_t monotonic_us);
int64_t expiry_clock_now_s(const struct expiry_clock *clock);

#endif

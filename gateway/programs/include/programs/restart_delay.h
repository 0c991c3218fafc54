/* How long to wait before a process that died is started again: not at all the first time, then longer and
 * longer, until one has lived long enough to be called sound. Pure. */
#ifndef PROGRAMS_RESTART_DELAY_H
#define PROGRAMS_RESTART_DELAY_H

#include <stdint.h>

struct restart_delay {
    int64_t first_ms, longest_ms, sound_after_ms; /* settings */
    int64_t next_ms;                              /* 0: the next death is the first */
};

/* lived_ms: since it was ready; negative if it never was. */
int64_t restart_delay_after(struct restart_delay *delay, int64_t lived_ms);

#endif

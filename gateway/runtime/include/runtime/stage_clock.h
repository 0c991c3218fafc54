/* Where the time of one piece of work goes, by stages that it enters one after another and may come back to:
 * one reading of the clock for each change. */
#ifndef RUNTIME_STAGE_CLOCK_H
#define RUNTIME_STAGE_CLOCK_H

#include <stdint.h>

enum { STAGE_NONE, STAGES_MAX = 8 }; /* NONE: between stages, counted for none */

/* Zeroed before use. */
struct stage_clock {
    int64_t begun_us, since_us;
    unsigned stage;
    unsigned entered; /* 1 << stage */
    int64_t spent_us[STAGES_MAX];
};

void stage_clock_enter(struct stage_clock *clock, unsigned stage);

#endif

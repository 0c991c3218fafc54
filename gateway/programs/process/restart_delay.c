/* 0, first, twice that, ... up to the longest. */
#include "programs/restart_delay.h"

int64_t restart_delay_after(struct restart_delay *delay, int64_t lived_ms)
{
    if (lived_ms >= delay->sound_after_ms)
        delay->next_ms = 0;
    int64_t now_ms = delay->next_ms;
    int64_t longer_ms = now_ms == 0 ? delay->first_ms : 2 * now_ms;
    delay->next_ms = longer_ms > delay->longest_ms ? delay->longest_ms : longer_ms;
    return now_ms;
}

/* Both clocks are read once a second. What NTP does to keep the time is far below what counts as a jump; a
 * machine that was suspended has jumped as well: its monotonic clock stood still. */
#include "runtime/clock_watch.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "runtime/metrics.h"

static void look(struct loop_timer *timer)
{
    struct clock_watch *watch = (struct clock_watch *)((char *)timer - offsetof(struct clock_watch, timer));
    int64_t apart_us = clock_wall_us() - clock_monotonic_us(), moved_us = apart_us - watch->apart_us;
    if (llabs(moved_us) > CLOCK_JUMP_US) {
        metric_add(METRIC_CLOCK_JUMPS, 1);
        LOG(LOG_WARNING, "clock_jumped", log_number("by_ms", moved_us / 1000));
    }
    watch->apart_us = apart_us;
    loop_timer_start(watch->loop, timer, CLOCK_WATCH_MS);
}

void clock_watch_start(struct clock_watch *watch, struct loop *loop)
{
    *watch = (struct clock_watch){
        .loop = loop, .timer.run = look, .apart_us = clock_wall_us() - clock_monotonic_us()};
    loop_timer_start(loop, &watch->timer, CLOCK_WATCH_MS);
}

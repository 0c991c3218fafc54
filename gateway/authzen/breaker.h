/* The circuit breaker: after so many failures in a row nobody asks for a while, then one call tries. Pure; the
 * time is a parameter. Private to this room. */
#ifndef AUTHZEN_BREAKER_H
#define AUTHZEN_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

enum breaker_state {
    BREAKER_CLOSED,    /* calls are made */
    BREAKER_OPEN,      /* none is made until the pause is over */
    BREAKER_HALF_OPEN, /* one is under way; what comes of it decides */
};

struct breaker {
    unsigned failures_allowed; /* as many in a row open it; at least 1 */
    int64_t pause_us;
    enum breaker_state state;
    unsigned failures; /* in a row */
    int64_t open_until_us;
};

/* Whether a call may be made; *is_probe is told back with its outcome. Each that may is answered for by one of
 * the two below. */
bool breaker_admits(struct breaker *breaker, int64_t now_us, bool *is_probe);
void breaker_succeeded(struct breaker *breaker, bool is_probe);
void breaker_failed(struct breaker *breaker, bool is_probe, int64_t now_us);

#endif

/* The circuit breaker of one adapter: after five failures one after another nothing is asked for a while, then
 * one call tries; each time that fails the pause is twice as long. Pure; the time is a parameter. */
#ifndef ADAPTER_HOST_CALL_BREAKER_H
#define ADAPTER_HOST_CALL_BREAKER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { BREAKER_FAILURES = 5, BREAKER_PAUSE_US = 5000000, BREAKER_PAUSE_MAX_US = 60000000 };

/* As metrics show it. */
enum breaker_state { BREAKER_CLOSED, BREAKER_TRYING, BREAKER_OPEN };

/* Zeroed: closed. */
struct call_breaker {
    bool is_open, is_trying; /* trying: the one call is under way */
    unsigned failures;       /* in a row */
    int64_t pause_us;        /* of this time */
    int64_t open_until_us;
    _Atomic int state; /* the same as the first two, for other threads */
};

void call_breaker_reset(struct call_breaker *breaker);
/* From any thread. */
enum breaker_state call_breaker_state(const struct call_breaker *breaker);
/* Whether a call would be made now. */
bool call_breaker_would_admit(const struct call_breaker *breaker, int64_t now_us);
/* The same, and takes the place of the one that tries: *is_probe is told back with its outcome. */
bool call_breaker_admits(struct call_breaker *breaker, int64_t now_us, bool *is_probe);
/* What is not the probe's counts only while it is closed: otherwise it tells of the time before. */
void call_breaker_succeeded(struct call_breaker *breaker, bool is_probe);
void call_breaker_failed(struct call_breaker *breaker, bool is_probe, int64_t now_us);

#endif

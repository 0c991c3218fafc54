/* Which KDC is asked first, who is left alone for a while, and how that is told. No sockets and no clock: times
 * are milliseconds of a monotonic clock that the caller reads. For all threads.
 *
 * The one that answered last is first. One that failed is left out for a pause that grows with each failure,
 * and is then asked only when those before it fail. Where all are in their pause one exchange at a time tries
 * them, and the others are not to wait for what will most probably not come; nor is the next one to try for as
 * long as the last failure took: whoever waited for a thread meanwhile has waited enough. */
#ifndef KERBEROS_RELAY_KDC_HEALTH_H
#define KERBEROS_RELAY_KDC_HEALTH_H

#include "base/arena.h"
#include "base/fault.h"

enum {
    KDC_COUNT_MAX = 16,
    KDC_PAUSE_FIRST_MS = 1000,
    KDC_PAUSE_LONGEST_MS = 30000,
    /* A failure that old says nothing any more, where others answer and it was not tried again. */
    KDC_FAILURE_TOLD_MS = 300000
};

struct kdc_health;
struct kdc_health *kdc_health_create(size_t count); /* 1 to KDC_COUNT_MAX */
void kdc_health_destroy(struct kdc_health *health);

/* Whom one exchange asks. */
struct kdc_turn {
    size_t kdcs[KDC_COUNT_MAX];
    size_t count;
    size_t sound; /* the time is for so many from the front; those behind have what these leave */
    bool is_probe;
};
/* False: all failed a moment ago, and somebody else is looking, or was just now, whether they still do. Every
 * turn that was begun is ended. */
MUST_USE bool kdc_health_begin(struct kdc_health *health, int64_t now_ms, struct kdc_turn *turn);
void kdc_health_end(struct kdc_health *health, const struct kdc_turn *turn);

/* Both answer whether that is news. What began before the last that is known of a KDC is none: of eight
 * exchanges that one outage ends, one counts. */
bool kdc_health_answered(struct kdc_health *health, size_t kdc, int64_t now_ms);
bool kdc_health_failed(struct kdc_health *health, size_t kdc, int64_t began_ms, int64_t now_ms,
                       const char *why); /* a literal, to follow the KDC's name */

enum kdc_standing { KDC_STANDING_GOOD, KDC_STANDING_DEGRADED, KDC_STANDING_NONE };
/* names: one for each KDC. The sentence is for people. */
enum kdc_standing kdc_health_standing(struct kdc_health *health, const struct text *names, int64_t now_ms,
                                      struct arena *arena, struct text *sentence);

/* How much of what is left of the time the next KDC has: a third, and not less than is of any use; the last has
 * all. */
int64_t kdc_share_ms(int64_t left_ms, int64_t timeout_ms, bool is_last);
/* Whether a KDC that was silent for that long is silent, rather than asked too late. */
bool kdc_share_is_enough(int64_t share_ms, int64_t timeout_ms);

#endif

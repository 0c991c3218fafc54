/* One source of keys: the published set, who waits for it, and what may be asked of the network. Private to
 * this room. Lookups run on any loop; the keeper's loop alone fetches. Everything under the mutex is short: no
 * parsing, no I/O.
 *
 * One fetch is asked for or under way at a time (is_fetching). It is asked for by key_source_find on any thread
 * or by the refresh timer, begun by the keeper's loop, and settled there exactly once. */
#ifndef KEY_SOURCE_H
#define KEY_SOURCE_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/digest.h"
#include "trust/issuer.h"

enum {
    KEY_SOURCE_WAITING_MAX = 1024,
    KEY_SOURCE_REFUSED_MAX = 64,
    KEY_SOURCE_SAVED_FETCHES = 3,
};

/* A kid that the issuer did not have when it was last asked. By digest: it is the attacker's input, of any
 * length. */
struct refused_key {
    unsigned char digest[DIGEST_SIZE];
    int64_t until_us; /* monotonic; 0 = free */
};

struct key_source {
    _Atomic unsigned references; /* acquires, and one of the keeper's while it keeps the source */
    enum issuer_keys_source kind;
    struct text url; /* owned */
    enum algorithm rsa_algorithm;
    struct key_keeper_options options;

    pthread_mutex_t mutex;     /* guards down to refused */
    struct key_keeper *keeper; /* NULL: inline, or the keeper has gone */
    struct key_set *set;       /* written by the keeper's loop alone */
    int64_t fetched_at_us;     /* monotonic */
    bool is_fetching;
    char problem[KEY_PROBLEM_SIZE]; /* of the last fetch; empty: it went well */
    int64_t next_fetch_at_us;       /* when the timer will ask */
    int64_t fetches_begun;
    int64_t budget_spent_to_us;
    struct key_lookup *waiting;
    unsigned waiting_count;
    struct refused_key refused[KEY_SOURCE_REFUSED_MAX];
    unsigned next_refused;

    struct key_source *next;        /* of the keeper's sources; under the keeper's mutex */
    struct key_source *next_wanted; /* of those a fetch was asked for; the same */
    /* The keeper's loop alone. */
    struct loop_timer timer;
    int64_t backoff_ms;
    unsigned char set_digest[DIGEST_SIZE];
};

/* References 1, the caller's. */
struct key_source *key_source_create(struct key_keeper *keeper, enum issuer_keys_source kind, struct text url,
                                     enum algorithm rsa_algorithm, const struct key_keeper_options *options);

/* On the keeper's loop: a fetch begins. */
void key_source_begin_fetch(struct key_source *source);
/* On the keeper's loop: the fetch under way has ended, with a set (taken over), or NULL and the problem.
 * Completes everybody it settles. True if another fetch must begin at once for those who came too late for this
 * one. */
bool key_source_settle(struct key_source *source, struct key_set *fresh, const char *problem,
                       int64_t next_delay_ms);
/* The keeper goes: everybody waiting is refused, nothing is asked for any more. */
void key_source_orphan(struct key_source *source);

#endif

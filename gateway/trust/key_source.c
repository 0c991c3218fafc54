/* Lookups in a key source. The common case, a key that is there, takes one uncontended mutex and no allocation.
 * A key that is not there may cost the issuer one fetch, within a budget that random kids cannot stretch. */
#include "key_source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "key_keeper.h"

struct key_source *key_source_create(struct key_keeper *keeper, enum issuer_keys_source kind, struct text url,
                                     enum algorithm rsa_algorithm, const struct key_keeper_options *options)
{
    struct key_source *source = calloc(1, sizeof(*source));
    char *copy = malloc(url.length + 1);
    INVARIANT(source != NULL && copy != NULL);
    if (url.length != 0)
        memcpy(copy, url.base, url.length);
    copy[url.length] = '\0';
    source->url = (struct text){copy, url.length};
    source->kind = kind;
    source->rsa_algorithm = rsa_algorithm;
    source->options = *options;
    source->keeper = keeper;
    atomic_init(&source->references, 1);
    INVARIANT(pthread_mutex_init(&source->mutex, NULL) == 0);
    return source;
}

void key_source_release(struct key_source *source)
{
    if (atomic_fetch_sub_explicit(&source->references, 1, memory_order_acq_rel) != 1)
        return;
    INVARIANT(source->waiting == NULL);
    if (source->set != NULL)
        key_set_release(source->set);
    pthread_mutex_destroy(&source->mutex);
    free((char *)source->url.base);
    free(source);
}

/* --- under the mutex --- */

static bool set_is_usable(const struct key_source *source, int64_t now_us)
{
    if (source->set == NULL || source->kind == ISSUER_KEYS_INLINE)
        return source->set != NULL;
    return now_us - source->fetched_at_us < source->options.stale_limit_s * 1000000;
}

static bool take_from_set(struct key_source *source, struct key_lookup *lookup, int64_t now_us)
{
    if (!set_is_usable(source, now_us))
        return false;
    lookup->key = key_set_find(source->set, lookup->key_id, lookup->algorithm);
    if (lookup->key != NULL)
        lookup->set = key_set_share(source->set);
    return lookup->key != NULL;
}

/* One fetch per interval is earned, and a few are saved up for an issuer that rotates twice in a row. */
static bool take_from_budget(struct key_source *source, int64_t now_us)
{
    int64_t interval_us = source->options.unknown_key_interval_s * 1000000;
    int64_t earliest_us = now_us - KEY_SOURCE_SAVED_FETCHES * interval_us;
    if (source->budget_spent_to_us < earliest_us)
        source->budget_spent_to_us = earliest_us;
    if (source->budget_spent_to_us + interval_us > now_us)
        return false;
    source->budget_spent_to_us += interval_us;
    return true;
}

static void digest_of(const struct key_lookup *lookup, unsigned char digest[DIGEST_SIZE])
{
    const struct text parts[] = {lookup->key_id, algorithm_name(lookup->algorithm)};
    digest_parts(parts, 2, digest);
}

static bool was_refused(const struct key_source *source, const struct key_lookup *lookup, int64_t now_us)
{
    unsigned char digest[DIGEST_SIZE];
    digest_of(lookup, digest);
    for (unsigned i = 0; i < KEY_SOURCE_REFUSED_MAX; i++)
        if (source->refused[i].until_us > now_us && memcmp(source->refused[i].digest, digest, DIGEST_SIZE) == 0)
            return true;
    return false;
}

static void remember_refused(struct key_source *source, const struct key_lookup *lookup, int64_t now_us)
{
    struct refused_key *entry = &source->refused[source->next_refused++ % KEY_SOURCE_REFUSED_MAX];
    digest_of(lookup, entry->digest);
    entry->until_us = now_us + source->options.unknown_key_interval_s * 1000000;
}

static void join(struct key_source *source, struct key_lookup *lookup)
{
    lookup->fetch_number = source->fetches_begun + 1;
    lookup->is_waiting = true;
    lookup->previous = NULL;
    lookup->next = source->waiting;
    if (lookup->next != NULL)
        lookup->next->previous = lookup;
    source->waiting = lookup;
    source->waiting_count++;
}

static void leave(struct key_source *source, struct key_lookup *lookup)
{
    if (lookup->previous != NULL)
        lookup->previous->next = lookup->next;
    else
        source->waiting = lookup->next;
    if (lookup->next != NULL)
        lookup->next->previous = lookup->previous;
    lookup->next = lookup->previous = NULL;
    lookup->is_waiting = false;
    source->waiting_count--;
}

static enum fault fault_of_missing(const struct key_source *source, int64_t now_us)
{
    if (source->kind == ISSUER_KEYS_INLINE)
        return FAULT_TOKEN_KEY_UNKNOWN;
    return set_is_usable(source, now_us) && source->problem[0] == '\0' ? FAULT_TOKEN_KEY_UNKNOWN
                                                                       : FAULT_ISSUER_UNREACHABLE;
}

/* True: answered, lookup->fault says how. False: it waits now. */
static bool answer_or_join(struct key_source *source, struct key_lookup *lookup, int64_t now_us)
{
    lookup->fault = FAULT_NONE;
    if (take_from_set(source, lookup, now_us))
        return true;
    lookup->fault = fault_of_missing(source, now_us);
    if (source->keeper == NULL)
        return true;
    bool is_usable = set_is_usable(source, now_us);
    if (is_usable && was_refused(source, lookup, now_us))
        return true;
    if (source->waiting_count == KEY_SOURCE_WAITING_MAX) {
        lookup->fault = FAULT_ISSUER_UNREACHABLE;
        return true;
    }
    if (!source->is_fetching) {
        bool retries_soon = source->next_fetch_at_us < now_us + source->options.wait_ms * 1000;
        if (take_from_budget(source, now_us)) {
            source->is_fetching = true;
            key_keeper_want_fetch(source->keeper, source);
        } else if (is_usable || !retries_soon)
            return true;
    }
    join(source, lookup);
    return false;
}

/* --- how it stands --- */

static int64_t age_s(const struct key_source *source, int64_t now_us)
{
    if (source->set == NULL)
        return -1;
    return source->kind == ISSUER_KEYS_INLINE ? 0 : (now_us - source->fetched_at_us) / 1000000;
}

struct key_source_status key_source_status(const struct key_source *source)
{
    pthread_mutex_t *mutex = (pthread_mutex_t *)&source->mutex;
    int64_t now_us = clock_monotonic_us();
    pthread_mutex_lock(mutex);
    struct key_source_status status = {.age_s = age_s(source, now_us),
                                       .is_usable = set_is_usable(source, now_us)};
    memcpy(status.problem, source->problem, sizeof(status.problem));
    pthread_mutex_unlock(mutex);
    return status;
}

int64_t key_source_age_s(const struct key_source *source)
{
    return key_source_status(source).age_s;
}

/* --- on the caller's loop --- */

static void on_settled(struct loop_message *message)
{
    struct key_lookup *lookup = (struct key_lookup *)((char *)message - offsetof(struct key_lookup, message));
    loop_timer_stop(lookup->loop, &lookup->timer);
    flow_wait_done(&lookup->wait);
}

static void on_deadline(struct loop_timer *timer)
{
    struct key_lookup *lookup = (struct key_lookup *)((char *)timer - offsetof(struct key_lookup, timer));
    struct key_source *source = lookup->source;
    pthread_mutex_lock(&source->mutex);
    bool was_waiting = lookup->is_waiting;
    if (was_waiting)
        leave(source, lookup);
    pthread_mutex_unlock(&source->mutex);
    if (!was_waiting)
        return; /* settled a moment ago; the message is on its way */
    lookup->fault = FAULT_ISSUER_UNREACHABLE;
    flow_wait_done(&lookup->wait);
}

void key_source_find(struct key_source *source, struct text key_id, enum algorithm algorithm,
                     struct key_lookup *lookup)
{
    lookup->source = source;
    lookup->key_id = key_id;
    lookup->algorithm = algorithm;
    lookup->message.run = on_settled;
    lookup->timer.run = on_deadline;
    lookup->loop = loop_current();
    pthread_mutex_lock(&source->mutex);
    bool is_answered = answer_or_join(source, lookup, clock_monotonic_us());
    pthread_mutex_unlock(&source->mutex);
    if (is_answered) {
        flow_wait_done(&lookup->wait);
        return;
    }
    INVARIANT(lookup->loop != NULL);
    loop_timer_start(lookup->loop, &lookup->timer, source->options.wait_ms);
}

void key_lookup_dispose(struct key_lookup *lookup)
{
    INVARIANT(!lookup->is_waiting);
    if (lookup->set != NULL)
        key_set_release(lookup->set);
    lookup->set = NULL;
    lookup->key = NULL;
}

/* --- on the keeper's loop --- */

void key_source_begin_fetch(struct key_source *source)
{
    pthread_mutex_lock(&source->mutex);
    source->fetches_begun++;
    pthread_mutex_unlock(&source->mutex);
}

static void settle_lookup(struct key_source *source, struct key_lookup *lookup, enum fault fault)
{
    leave(source, lookup);
    lookup->fault = fault;
    loop_post(lookup->loop, &lookup->message);
}

/* The key is there, or is known to be missing, or this fetch was begun before the lookup and cannot tell. */
static bool is_settled(struct key_source *source, struct key_lookup *lookup, bool is_fresh, int64_t now_us,
                       enum fault *fault)
{
    *fault = FAULT_NONE;
    if (take_from_set(source, lookup, now_us))
        return true;
    *fault = fault_of_missing(source, now_us);
    if (!is_fresh) /* without any set a retry may still come in time: the deadline decides */
        return set_is_usable(source, now_us) ||
               source->next_fetch_at_us >= now_us + source->options.wait_ms * 1000;
    if (lookup->fetch_number > source->fetches_begun)
        return false;
    remember_refused(source, lookup, now_us);
    return true;
}

bool key_source_settle(struct key_source *source, struct key_set *fresh, const char *problem,
                       int64_t next_delay_ms)
{
    struct key_set *replaced = NULL;
    int64_t now_us = clock_monotonic_us();
    bool is_late = false;
    pthread_mutex_lock(&source->mutex);
    source->is_fetching = false;
    snprintf(source->problem, sizeof(source->problem), "%s", fresh == NULL ? problem : "");
    source->next_fetch_at_us = now_us + next_delay_ms * 1000;
    if (fresh != NULL) {
        replaced = source->set;
        source->set = fresh;
        source->fetched_at_us = now_us;
    }
    for (struct key_lookup *lookup = source->waiting, *next; lookup != NULL; lookup = next) {
        enum fault fault;
        next = lookup->next;
        if (is_settled(source, lookup, fresh != NULL, now_us, &fault))
            settle_lookup(source, lookup, fault);
        else
            is_late |= fresh != NULL;
    }
    if (is_late && !take_from_budget(source, now_us)) {
        while (source->waiting != NULL)
            settle_lookup(source, source->waiting, FAULT_TOKEN_KEY_UNKNOWN);
        is_late = false;
    }
    source->is_fetching = is_late;
    pthread_mutex_unlock(&source->mutex);
    if (replaced != NULL)
        key_set_release(replaced);
    return is_late;
}

void key_source_orphan(struct key_source *source)
{
    pthread_mutex_lock(&source->mutex);
    source->keeper = NULL;
    while (source->waiting != NULL)
        settle_lookup(source, source->waiting, FAULT_ISSUER_UNREACHABLE);
    pthread_mutex_unlock(&source->mutex);
}

/* One job at a time, on one loop: cutoffs first, then keys, then documents. After each it looks at what is
 * still another than what the store was last seen to have. A job that fails is tried again at the next look,
 * within a second; those who wait for it are told. */
#include "exchange/propagation.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "exchange/world_source.h"

enum { RETRY_US = 60 * 1000000 };

enum job { JOB_CUTOFFS, JOB_KEYS, JOB_WORLD, JOBS };

/* What is in effect on every loop of one of the three. */
struct part {
    struct store_counter installed;
    int64_t as_of_us; /* the store had nothing else then, or has had since */
};

struct propagation {
    struct store_watch watch; /* first */
    struct gateway *gateway;
    struct loop *loop;
    struct loop_message start;
    struct part parts[JOBS];
    _Atomic int64_t epoch;           /* the number of parts[JOB_CUTOFFS] */
    _Atomic int64_t as_of_us;        /* of the same */
    struct store_counter seen[JOBS]; /* the store's, as last looked at */
    int64_t seen_at_us;
    bool is_busy;
    enum job job;           /* the last one begun */
    int64_t begun_us;       /* when */
    size_t limit;           /* of cutoffs in a book */
    int64_t world_after_us; /* not before that are documents read again that did not compile */
    int64_t whole_after_us; /* not before that are all cutoffs read again that were too many to hold */
    struct arena *arena;    /* of the query under way */
    struct store_query query;
    struct propagation_wait *waits;
};

int64_t propagation_epoch(const struct propagation *propagation)
{
    return propagation->epoch;
}

int64_t propagation_age_us(const struct propagation *propagation)
{
    return clock_monotonic_us() - propagation->as_of_us;
}

static struct store_counter counter_of(const struct store_counters *counters, enum job job)
{
    const struct store_counter in_order[JOBS] = {[JOB_CUTOFFS] = counters->epoch,
                                                 [JOB_KEYS] = counters->key_revision,
                                                 [JOB_WORLD] = counters->generation};
    return in_order[job];
}

/* Numbers alone do not tell: what is installed may be of a history that the store has lost. */
static bool has_part(const struct propagation *propagation, const struct propagation_wait *wait, enum job job)
{
    const struct part *part = &propagation->parts[job];
    return (wait->parts & 1u << job) == 0 ||
           store_counter_equal(part->installed, counter_of(&wait->wanted, job)) ||
           part->as_of_us >= wait->since_us;
}

static bool has_all(const struct propagation *propagation, const struct propagation_wait *wait)
{
    bool has = true;
    for (enum job job = 0; job < JOBS; job++)
        has &= has_part(propagation, wait, job);
    return has;
}

static void tell(struct loop_message *message)
{
    struct propagation_wait *wait =
        (struct propagation_wait *)((char *)message - offsetof(struct propagation_wait, message));
    flow_wait_done(&wait->wait);
}

/* Something newer than what they wait for was read before they came, or something lost: one look tells. */
static bool needs_look(const struct propagation *propagation, const struct propagation_wait *wait)
{
    bool is_ahead = false;
    for (enum job job = 0; job < JOBS; job++)
        is_ahead |= !has_part(propagation, wait, job) &&
                    propagation->parts[job].installed.number >= counter_of(&wait->wanted, job).number;
    return is_ahead && propagation->seen_at_us < wait->since_us;
}

/* Who has what they waited for; with a fault, also who waits for the job that met it. */
static void tell_waits(struct propagation *propagation, enum fault fault)
{
    struct propagation_wait **link = &propagation->waits;
    while (*link != NULL) {
        struct propagation_wait *wait = *link;
        bool is_done = has_all(propagation, wait);
        if (!is_done && (fault == FAULT_NONE || has_part(propagation, wait, propagation->job))) {
            if (needs_look(propagation, wait))
                store_watch_look(&propagation->watch);
            link = &wait->next;
            continue;
        }
        *link = wait->next;
        wait->fault = is_done ? FAULT_NONE : fault;
        wait->message.run = tell;
        loop_post(wait->loop, &wait->message);
    }
}

static void note_current(struct propagation *propagation, enum job job, int64_t at_us)
{
    struct part *part = &propagation->parts[job];
    if (part->as_of_us < at_us)
        part->as_of_us = at_us;
    if (job != JOB_CUTOFFS)
        return;
    propagation->as_of_us = part->as_of_us;
    cutoff_keeper_confirm(propagation->gateway->cutoffs, part->as_of_us);
}

/* What was read is what was seen, unless somebody has looked since: an older look must not have it read again.
 */
static void note_installed(struct propagation *propagation, struct store_counter counter)
{
    enum job job = propagation->job;
    propagation->parts[job].installed = counter;
    if (job == JOB_CUTOFFS)
        propagation->epoch = counter.number;
    if (propagation->seen_at_us <= propagation->begun_us)
        propagation->seen[job] = counter;
    note_current(propagation, job, propagation->begun_us);
}

static void work(struct propagation *propagation);

static void finish_job(struct propagation *propagation, enum fault fault)
{
    arena_destroy(propagation->arena);
    propagation->arena = NULL;
    propagation->is_busy = false;
    tell_waits(propagation, fault);
    if (fault == FAULT_NONE)
        work(propagation);
}

static void start_query(struct propagation *propagation, enum store_query_kind kind,
                        void (*done)(struct store_query *query))
{
    propagation->arena = arena_create();
    propagation->query =
        (struct store_query){.kind = kind, .arena = propagation->arena, .done = done, .context = propagation};
    if (kind == STORE_QUERY_CUTOFFS)
        propagation->query.limit = propagation->limit + 1;
    if (kind == STORE_QUERY_CUTOFFS && propagation->whole_after_us == 0)
        propagation->query.known_epoch = propagation->parts[JOB_CUTOFFS].installed;
    store_find(propagation->gateway->store, &propagation->query);
}

static void cutoffs_installed(void *context)
{
    struct propagation *propagation = context;
    const struct cutoff_book *book = cutoff_keeper_book(propagation->gateway->cutoffs);
    note_installed(propagation, propagation->query.counters.epoch);
    /* A book that is full of what has expired is read whole with the next change; one that cannot hold them all
     * leaves the asking to the store, and is tried again now and then. */
    propagation->whole_after_us = cutoff_book_epoch(book).number == 0 ? clock_monotonic_us() + RETRY_US
                                  : cutoff_book_is_grown(book)        ? 1
                                                                      : 0;
    finish_job(propagation, FAULT_NONE);
}

static void cutoffs_found(struct store_query *query)
{
    struct propagation *propagation = query->context;
    if (propagation->gateway->is_closed)
        return;
    if (query->fault != FAULT_NONE)
        return finish_job(propagation, query->fault);
    cutoff_keeper_update(propagation->gateway->cutoffs, query->cutoffs, query->cutoff_count,
                         query->counters.epoch, query->is_whole, cutoffs_installed, propagation);
}

static void keys_found(struct store_query *query)
{
    struct propagation *propagation = query->context;
    if (propagation->gateway->is_closed)
        return;
    enum fault fault = query->fault;
    if (fault == FAULT_NONE)
        fault = key_ring_reload(propagation->gateway->key_ring, query->keys, query->key_count,
                                query->counters.key_revision, clock_wall_s());
    if (fault == FAULT_NONE)
        note_installed(propagation, query->counters.key_revision);
    else
        LOG(LOG_ERROR, "keys_not_reloaded", log_text("reason", text_of(fault_row(fault)->reason)));
    finish_job(propagation, fault);
}

static void world_reloaded(enum fault fault, struct store_counter generation, void *context)
{
    struct propagation *propagation = context;
    if (propagation->gateway->is_closed)
        return;
    if (fault == FAULT_NONE)
        note_installed(propagation, generation);
    /* Documents that do not compile here stay as they are: the last good ones go on. */
    propagation->world_after_us = fault == FAULT_DOCUMENT_INVALID ? clock_monotonic_us() + RETRY_US : 0;
    finish_job(propagation, fault);
}

/* Whether a part is to be read. One that a store was set back from has a greater number than what is seen, or
 * the same; so has one that was read after the look had begun, which then says nothing. */
static bool is_to_be_read(const struct propagation *propagation, enum job job)
{
    const struct part *part = &propagation->parts[job];
    struct store_counter seen = propagation->seen[job];
    return !store_counter_equal(seen, part->installed) &&
           (seen.number > part->installed.number || propagation->seen_at_us > part->as_of_us);
}

/* Before anything is read: what was looked at and is in effect already. */
static void note_seen(struct propagation *propagation)
{
    for (enum job job = 0; job < JOBS; job++)
        if (store_counter_equal(propagation->seen[job], propagation->parts[job].installed))
            note_current(propagation, job, propagation->seen_at_us);
    tell_waits(propagation, FAULT_NONE);
}

/* Cutoffs that do not fit into memory are the store's to know, so they are in effect at once. */
static void skip_cutoffs(struct propagation *propagation)
{
    propagation->parts[JOB_CUTOFFS].installed = propagation->seen[JOB_CUTOFFS];
    propagation->epoch = propagation->seen[JOB_CUTOFFS].number;
}

static void begin_job(struct propagation *propagation, enum job job)
{
    propagation->is_busy = true;
    propagation->job = job;
    propagation->begun_us = clock_monotonic_us();
    switch (job) {
    case JOB_CUTOFFS:
        return start_query(propagation, STORE_QUERY_CUTOFFS, cutoffs_found);
    case JOB_KEYS:
        return start_query(propagation, STORE_QUERY_KEYS, keys_found);
    default:
        return world_source_reload(propagation->gateway, world_reloaded, propagation);
    }
}

static void work(struct propagation *propagation)
{
    if (propagation->is_busy)
        return;
    if (propagation->whole_after_us > clock_monotonic_us())
        skip_cutoffs(propagation);
    note_seen(propagation);
    for (enum job job = 0; job < JOBS; job++) {
        bool has_to_wait = job == JOB_WORLD && clock_monotonic_us() < propagation->world_after_us;
        if (is_to_be_read(propagation, job) && !has_to_wait)
            return begin_job(propagation, job);
    }
}

static void looked(struct store_watch *watch, const struct store_counters *counters)
{
    struct propagation *propagation = (struct propagation *)watch;
    for (enum job job = 0; job < JOBS; job++)
        propagation->seen[job] = counter_of(counters, job);
    propagation->seen_at_us = watch->looking_since_us;
    work(propagation);
}

static void start(struct loop_message *message)
{
    struct propagation *propagation =
        (struct propagation *)((char *)message - offsetof(struct propagation, start));
    if (!propagation->gateway->is_closed)
        store_watch_start(propagation->gateway->store, &propagation->watch);
}

enum fault propagation_create(struct gateway *gateway, struct loop *loop, size_t limit,
                              struct store_counter generation, struct propagation **out)
{
    SCOPED_ARENA arena = arena_create();
    struct store_query query = {.kind = STORE_QUERY_CUTOFFS, .limit = limit + 1, .arena = arena};
    store_find_and_wait(gateway->store, &query);
    TRY(query.fault);
    cutoff_keeper_fill(gateway->cutoffs, query.cutoffs, query.cutoff_count, query.counters.epoch);
    struct propagation *propagation = calloc(1, sizeof(*propagation));
    INVARIANT(propagation != NULL);
    propagation->watch.looked = looked;
    propagation->gateway = gateway;
    propagation->loop = loop;
    propagation->limit = limit;
    propagation->parts[JOB_WORLD].installed = generation;
    propagation->parts[JOB_CUTOFFS].installed = query.counters.epoch;
    propagation->epoch = query.counters.epoch.number;
    propagation->as_of_us = clock_monotonic_us();
    propagation->start.run = start;
    loop_post(loop, &propagation->start);
    *out = propagation;
    return FAULT_NONE;
}

void propagation_destroy(struct propagation *propagation)
{
    arena_destroy(propagation->arena);
    free(propagation);
}

static void enlist(struct loop_message *message)
{
    struct propagation_wait *wait =
        (struct propagation_wait *)((char *)message - offsetof(struct propagation_wait, message));
    wait->next = wait->propagation->waits;
    wait->propagation->waits = wait;
    tell_waits(wait->propagation, FAULT_NONE);
}

/* A kill need not wait for documents that somebody else has changed and that may not even compile here. */
static unsigned parts_of(const struct store_transaction *transaction)
{
    return (transaction->cutoff_count != 0 ? 1u << JOB_CUTOFFS : 0) |
           (transaction->key_count != 0 ? 1u << JOB_KEYS : 0) |
           (transaction->document_count != 0 ? 1u << JOB_WORLD : 0);
}

void propagation_await_entry(struct gateway *gateway, const struct ledger_entry *entry,
                             struct propagation_wait *wait)
{
    if (entry == NULL) {
        flow_wait_done(&wait->wait);
        return;
    }
    wait->propagation = gateway->propagation;
    wait->wanted = entry->transaction.counters;
    wait->parts = parts_of(&entry->transaction);
    wait->since_us = clock_monotonic_us();
    wait->loop = loop_current();
    wait->message.run = enlist;
    loop_post(wait->propagation->loop, &wait->message);
}

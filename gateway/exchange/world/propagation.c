/* One job at a time, on one loop: cutoffs first, then keys, then documents. After each it looks at what is
 * still older than what the store was last seen to have. A job that fails is tried again at the next look,
 * within a second; those who wait for it are told. */
#include "exchange/propagation.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "exchange/world_source.h"

enum { RETRY_US = 60 * 1000000 };

enum job { JOB_CUTOFFS, JOB_KEYS, JOB_WORLD };

struct propagation {
    struct store_watch watch; /* first */
    struct gateway *gateway;
    struct loop *loop;
    struct loop_message start;
    _Atomic int64_t generation, epoch, key_revision; /* in effect on every loop */
    struct store_counters seen;                      /* the store's, as last looked at */
    int64_t seen_at_us;
    bool is_busy;
    enum job job;           /* the last one begun */
    size_t limit;           /* of cutoffs in a book */
    int64_t world_after_us; /* not before that are documents read again that did not compile */
    int64_t whole_after_us; /* not before that are all cutoffs read again that were too many to hold */
    struct arena *arena;    /* of the query under way */
    struct store_query query;
    struct propagation_wait *waits;
};

struct store_counters propagation_installed(const struct propagation *propagation)
{
    return (struct store_counters){.generation = propagation->generation,
                                   .epoch = propagation->epoch,
                                   .key_revision = propagation->key_revision};
}

static bool has_reached(const struct store_counters *installed, const struct store_counters *wanted)
{
    return installed->generation >= wanted->generation && installed->epoch >= wanted->epoch &&
           installed->key_revision >= wanted->key_revision;
}

static void tell(struct loop_message *message)
{
    struct propagation_wait *wait =
        (struct propagation_wait *)((char *)message - offsetof(struct propagation_wait, message));
    flow_wait_done(&wait->wait);
}

static bool waits_for_job(const struct propagation *propagation, const struct propagation_wait *wait)
{
    switch (propagation->job) {
    case JOB_CUTOFFS:
        return wait->wanted.epoch > propagation->epoch;
    case JOB_KEYS:
        return wait->wanted.key_revision > propagation->key_revision;
    case JOB_WORLD:
        return wait->wanted.generation > propagation->generation;
    }
    return true;
}

/* Who has what they waited for; with a fault, also who waits for the job that met it. */
static void tell_waits(struct propagation *propagation, enum fault fault)
{
    struct store_counters installed = propagation_installed(propagation);
    struct propagation_wait **link = &propagation->waits;
    while (*link != NULL) {
        struct propagation_wait *wait = *link;
        bool is_done = has_reached(&installed, &wait->wanted);
        if (!is_done && (fault == FAULT_NONE || !waits_for_job(propagation, wait))) {
            link = &wait->next;
            continue;
        }
        *link = wait->next;
        wait->fault = is_done ? FAULT_NONE : fault;
        wait->message.run = tell;
        loop_post(wait->loop, &wait->message);
    }
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
    if (kind == STORE_QUERY_CUTOFFS) {
        propagation->query.limit = propagation->limit + 1;
        propagation->query.epoch = propagation->whole_after_us == 0 ? propagation->epoch : 0;
    }
    store_find(propagation->gateway->store, &propagation->query);
}

static void cutoffs_installed(void *context)
{
    struct propagation *propagation = context;
    const struct cutoff_book *book = cutoff_keeper_book(propagation->gateway->cutoffs);
    propagation->epoch = propagation->query.counters.epoch;
    /* A book that is full of what has expired is read whole with the next change; one that cannot hold them all
     * leaves the asking to the store, and is tried again now and then. */
    propagation->whole_after_us = cutoff_book_epoch(book) == 0 ? clock_monotonic_us() + RETRY_US
                                  : cutoff_book_is_grown(book) ? 1
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
                         query->counters.epoch, query->epoch == 0, cutoffs_installed, propagation);
}

static void keys_found(struct store_query *query)
{
    struct propagation *propagation = query->context;
    if (propagation->gateway->is_closed)
        return;
    enum fault fault = query->fault;
    if (fault == FAULT_NONE)
        fault = key_ring_reload(propagation->gateway->key_ring, query->keys, query->key_count, clock_wall_s());
    if (fault == FAULT_NONE)
        propagation->key_revision = query->counters.key_revision;
    else
        LOG(LOG_ERROR, "keys_not_reloaded", log_text("reason", text_of(fault_row(fault)->reason)));
    finish_job(propagation, fault);
}

static void world_reloaded(enum fault fault, int64_t generation, void *context)
{
    struct propagation *propagation = context;
    if (propagation->gateway->is_closed)
        return;
    if (fault == FAULT_NONE)
        propagation->generation = generation;
    /* Documents that do not compile here stay as they are: the last good ones go on. */
    propagation->world_after_us = fault == FAULT_DOCUMENT_INVALID ? clock_monotonic_us() + RETRY_US : 0;
    finish_job(propagation, fault);
}

/* Cutoffs that do not fit into memory are the store's to know, so they are in effect at once. */
static void skip_cutoffs(struct propagation *propagation)
{
    propagation->epoch = propagation->seen.epoch;
    tell_waits(propagation, FAULT_NONE);
}

static void work(struct propagation *propagation)
{
    const struct store_counters *seen = &propagation->seen;
    if (propagation->is_busy)
        return;
    if (propagation->epoch >= seen->epoch)
        cutoff_keeper_confirm(propagation->gateway->cutoffs, propagation->seen_at_us);
    else if (propagation->whole_after_us > clock_monotonic_us())
        skip_cutoffs(propagation);
    propagation->is_busy = true;
    if (propagation->epoch < seen->epoch) {
        propagation->job = JOB_CUTOFFS;
        start_query(propagation, STORE_QUERY_CUTOFFS, cutoffs_found);
    } else if (propagation->key_revision < seen->key_revision) {
        propagation->job = JOB_KEYS;
        start_query(propagation, STORE_QUERY_KEYS, keys_found);
    } else if (propagation->generation < seen->generation &&
               clock_monotonic_us() >= propagation->world_after_us) {
        propagation->job = JOB_WORLD;
        world_source_reload(propagation->gateway, world_reloaded, propagation);
    } else {
        propagation->is_busy = false;
    }
}

static void looked(struct store_watch *watch, const struct store_counters *counters)
{
    struct propagation *propagation = (struct propagation *)watch;
    propagation->seen = *counters;
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

enum fault propagation_create(struct gateway *gateway, struct loop *loop, size_t limit, int64_t generation,
                              struct propagation **out)
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
    propagation->generation = generation;
    propagation->epoch = query.counters.epoch;
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

void propagation_await(struct propagation *propagation, const struct store_counters *wanted,
                       struct propagation_wait *wait)
{
    wait->propagation = propagation;
    wait->wanted = *wanted;
    wait->loop = loop_current();
    wait->message.run = enlist;
    loop_post(propagation->loop, &wait->message);
}

void propagation_await_entry(struct gateway *gateway, const struct ledger_entry *entry,
                             struct propagation_wait *wait)
{
    if (entry == NULL)
        flow_wait_done(&wait->wait);
    else
        propagation_await(gateway->propagation, &entry->transaction.counters, wait);
}

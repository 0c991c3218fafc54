/* Counters in one shard per thread, so that counting costs a plain add; reading sums the shards. A shard
 * outlives its thread (what it counted stays counted) and is given to the next thread that starts. */
#include "runtime/metrics.h"

#include <pthread.h>
#include <stdlib.h>

struct shard {
    _Atomic int64_t metrics[METRIC_COUNT];
    _Atomic int64_t faults[2][FAULT_COUNT]; /* [caller is authenticated] */
    _Atomic int64_t waiting_since_us[AGE_COUNT];
    struct histogram histograms[HISTOGRAM_COUNT];
    _Atomic(_Atomic int64_t *) tables[METRIC_TABLE_COUNT]; /* NULL: this thread never counted there */
    struct shard *next;
    bool is_owned;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; /* guards the list and is_owned */
static struct shard *shards;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t thread_end;
static _Thread_local struct shard *own;

const int64_t histogram_bounds_us[HISTOGRAM_BOUNDS] = {
    1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000};

static void give_back(void *shard)
{
    pthread_mutex_lock(&mutex);
    ((struct shard *)shard)->is_owned = false;
    pthread_mutex_unlock(&mutex);
}

static void make_key(void)
{
    INVARIANT(pthread_key_create(&thread_end, give_back) == 0);
}

static struct shard *take_shard(void)
{
    INVARIANT(pthread_once(&once, make_key) == 0);
    pthread_mutex_lock(&mutex);
    struct shard *shard = shards;
    while (shard != NULL && shard->is_owned)
        shard = shard->next;
    if (shard == NULL) {
        shard = calloc(1, sizeof(*shard));
        INVARIANT(shard != NULL);
        shard->next = shards;
        shards = shard;
    }
    shard->is_owned = true;
    pthread_mutex_unlock(&mutex);
    INVARIANT(pthread_setspecific(thread_end, shard) == 0);
    own = shard;
    return shard;
}

static struct shard *own_shard(void)
{
    return own != NULL ? own : take_shard();
}

void metric_add(enum metric metric, int64_t amount)
{
    metric_bump(&own_shard()->metrics[metric], amount);
}

void metric_count_fault(enum fault fault, bool caller_is_authenticated)
{
    metric_bump(&own_shard()->faults[caller_is_authenticated][fault], 1);
}

void metric_wait_since(enum metric_age age, int64_t since_us)
{
    atomic_store_explicit(&own_shard()->waiting_since_us[age], since_us, memory_order_relaxed);
}

void histogram_observe(struct histogram *histogram, int64_t us)
{
    size_t bucket = 0;
    while (bucket < HISTOGRAM_BOUNDS && us > histogram_bounds_us[bucket])
        bucket++;
    metric_bump(&histogram->buckets[bucket], 1);
    metric_bump(&histogram->sum_us, us);
}

void metric_observe(enum metric_histogram histogram, int64_t us)
{
    histogram_observe(&own_shard()->histograms[histogram], us);
}

void metric_table_add(enum metric_table table, size_t size, size_t index)
{
    struct shard *shard = own_shard();
    _Atomic int64_t *counters = atomic_load_explicit(&shard->tables[table], memory_order_relaxed);
    INVARIANT(index < size);
    if (counters == NULL) {
        counters = calloc(size, sizeof(*counters));
        INVARIANT(counters != NULL);
        atomic_store_explicit(&shard->tables[table], counters, memory_order_release);
    }
    metric_bump(&counters[index], 1);
}

/* Shards are put in front of the list and never taken out of it. */
static struct shard *first_shard(void)
{
    pthread_mutex_lock(&mutex);
    struct shard *shard = shards;
    pthread_mutex_unlock(&mutex);
    return shard;
}

int64_t metric_read(enum metric metric)
{
    int64_t sum = 0;
    for (struct shard *shard = first_shard(); shard != NULL; shard = shard->next)
        sum += atomic_load_explicit(&shard->metrics[metric], memory_order_relaxed);
    return sum;
}

int64_t metric_read_fault(enum fault fault, bool caller_is_authenticated)
{
    int64_t sum = 0;
    for (struct shard *shard = first_shard(); shard != NULL; shard = shard->next)
        sum += atomic_load_explicit(&shard->faults[caller_is_authenticated][fault], memory_order_relaxed);
    return sum;
}

int64_t metric_read_age_us(enum metric_age age, int64_t now_us)
{
    int64_t oldest_us = now_us;
    for (struct shard *shard = first_shard(); shard != NULL; shard = shard->next) {
        int64_t since_us = atomic_load_explicit(&shard->waiting_since_us[age], memory_order_relaxed);
        if (since_us != 0 && since_us < oldest_us)
            oldest_us = since_us;
    }
    return now_us - oldest_us;
}

void histogram_add(struct histogram *sum, const struct histogram *histogram)
{
    for (size_t i = 0; i <= HISTOGRAM_BOUNDS; i++)
        metric_bump(&sum->buckets[i], atomic_load_explicit(&histogram->buckets[i], memory_order_relaxed));
    metric_bump(&sum->sum_us, atomic_load_explicit(&histogram->sum_us, memory_order_relaxed));
}

void metric_read_histogram(enum metric_histogram histogram, struct histogram *sum)
{
    for (struct shard *shard = first_shard(); shard != NULL; shard = shard->next)
        histogram_add(sum, &shard->histograms[histogram]);
}

void metric_table_read(enum metric_table table, size_t index, size_t count, int64_t *sums)
{
    for (struct shard *shard = first_shard(); shard != NULL; shard = shard->next) {
        _Atomic int64_t *counters = atomic_load_explicit(&shard->tables[table], memory_order_acquire);
        for (size_t i = 0; counters != NULL && i < count; i++)
            sums[i] += atomic_load_explicit(&counters[index + i], memory_order_relaxed);
    }
}

/* Counters in one shard per thread, so that counting costs a plain add; reading sums the shards. A shard
 * outlives its thread (what it counted stays counted) and is given to the next thread that starts. */
#include "runtime/metrics.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct shard {
    _Atomic int64_t metrics[METRIC_COUNT];
    _Atomic int64_t faults[2][FAULT_COUNT]; /* [caller is authenticated] */
    struct shard *next;
    bool is_owned;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; /* guards the list and is_owned */
static struct shard *shards;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t thread_end;
static _Thread_local struct shard *own;

#define CUT(reason) "dragoman_connections_cut_total{reason=\"" reason "\"}"
static const struct {
    const char *name;
    const char *help;
} rows[METRIC_COUNT] = {
#define METRIC(symbol, name, help) {name, help},
#include "runtime/metrics_list.h"
#undef METRIC
};

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

/* Only the owner writes, so that a load and a store are enough; readers may be one addition behind. */
static void add(_Atomic int64_t *counter, int64_t amount)
{
    int64_t value = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, value + amount, memory_order_relaxed);
}

void metric_add(enum metric metric, int64_t amount)
{
    struct shard *shard = own != NULL ? own : take_shard();
    add(&shard->metrics[metric], amount);
}

void metric_count_fault(enum fault fault, bool caller_is_authenticated)
{
    struct shard *shard = own != NULL ? own : take_shard();
    add(&shard->faults[caller_is_authenticated][fault], 1);
}

int64_t metric_read(enum metric metric)
{
    int64_t sum = 0;
    pthread_mutex_lock(&mutex);
    for (struct shard *shard = shards; shard != NULL; shard = shard->next)
        sum += atomic_load_explicit(&shard->metrics[metric], memory_order_relaxed);
    pthread_mutex_unlock(&mutex);
    return sum;
}

static int64_t read_fault(enum fault fault, bool is_authenticated)
{
    int64_t sum = 0;
    pthread_mutex_lock(&mutex);
    for (struct shard *shard = shards; shard != NULL; shard = shard->next)
        sum += atomic_load_explicit(&shard->faults[is_authenticated][fault], memory_order_relaxed);
    pthread_mutex_unlock(&mutex);
    return sum;
}

static void write_heading(struct buffer *out, struct text name, const char *help, const char *type)
{
    buffer_print(out, "# HELP %.*s %s\n# TYPE %.*s %s\n", TEXT_ARGUMENTS(name), help, TEXT_ARGUMENTS(name),
                 type);
}

static void write_faults(struct buffer *out)
{
    static const char name[] = "dragoman_faults_total";
    write_heading(out, text_of(name), "Decisions by reason; none is a grant.", "counter");
    for (int fault = 0; fault < FAULT_COUNT; fault++) {
        for (int is_authenticated = 0; is_authenticated < 2; is_authenticated++) {
            int64_t count = read_fault((enum fault)fault, is_authenticated != 0);
            if (count != 0)
                buffer_print(out, "%s{reason=\"%s\",caller=\"%s\"} %lld\n", name,
                             fault_row((enum fault)fault)->reason,
                             is_authenticated != 0 ? "authenticated" : "anonymous", (long long)count);
        }
    }
}

static struct text base_name(enum metric metric)
{
    const char *name = rows[metric].name;
    return (struct text){name, strcspn(name, "{")};
}

static void write_metric(struct buffer *out, enum metric metric)
{
    struct text name = base_name(metric);
    if (metric == 0 || !text_equal(base_name(metric - 1), name))
        write_heading(out, name, rows[metric].help, text_ends_with(name, TEXT("_total")) ? "counter" : "gauge");
    buffer_print(out, "%s %lld\n", rows[metric].name, (long long)metric_read(metric));
}

void metrics_write(struct buffer *out)
{
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        write_metric(out, (enum metric)metric);
    write_faults(out);
}

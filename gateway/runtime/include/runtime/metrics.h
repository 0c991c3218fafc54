/* Counting: one row each in metrics_list.h, sharded per thread, so that it costs a plain addition and never
 * waits. Reading and writing pages of them: metrics_page.h. */
#ifndef RUNTIME_METRICS_H
#define RUNTIME_METRICS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"

enum metric {
#define METRIC(symbol, name, help) METRIC_##symbol,
#include "runtime/metrics_list.h"
    METRIC_COUNT
};

enum metric_histogram {
#define HISTOGRAM(symbol, name, help) HISTOGRAM_##symbol,
#include "runtime/metrics_list.h"
    HISTOGRAM_COUNT
};

enum metric_age {
#define AGE(symbol, name, help) AGE_##symbol,
#include "runtime/metrics_list.h"
    AGE_COUNT
};

void metric_add(enum metric metric, int64_t amount); /* gauges take negative amounts */
int64_t metric_read(enum metric metric);

/* Refusals, answers: dragoman_faults_total{reason="..."}; FAULT_NONE counts grants. Anonymous refusals apart.
 */
void metric_count_fault(enum fault fault, bool caller_is_authenticated);
int64_t metric_read_fault(enum fault fault, bool caller_is_authenticated);

/* Of this thread: since when the oldest of what it has handed on waits (monotonic); 0: nothing waits. */
void metric_wait_since(enum metric_age age, int64_t since_us);
int64_t metric_read_age_us(enum metric_age age, int64_t now_us);

/* From 1 ms to 10 s; the last is for what took longer. */
enum { HISTOGRAM_BOUNDS = 13 };
extern const int64_t histogram_bounds_us[HISTOGRAM_BOUNDS];

/* One writer; anybody reads. Zeroed before use. */
struct histogram {
    _Atomic int64_t buckets[HISTOGRAM_BOUNDS + 1]; /* each its own, not those below it as well */
    _Atomic int64_t sum_us;
};
void histogram_observe(struct histogram *histogram, int64_t us);
void metric_observe(enum metric_histogram histogram, int64_t us);
/* Adds what all threads observed to *sum. */
void metric_read_histogram(enum metric_histogram histogram, struct histogram *sum);
void histogram_add(struct histogram *sum, const struct histogram *histogram);

/* A plain addition where only this thread writes; readers may be one addition behind. */
static inline void metric_bump(_Atomic int64_t *counter, int64_t amount)
{
    int64_t value = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, value + amount, memory_order_relaxed);
}

/* A large table of counters, sharded likewise: of exchanges by all their labels. Memory is taken where
 * something is counted, a page at a time. */
enum metric_table { METRIC_TABLE_EXCHANGES, METRIC_TABLE_COUNT };
/* size: of the table, the same each time. */
void metric_table_add(enum metric_table table, size_t size, size_t index);
/* Adds to sums so many of them from index on. */
void metric_table_read(enum metric_table table, size_t index, size_t count, int64_t *sums);

#endif

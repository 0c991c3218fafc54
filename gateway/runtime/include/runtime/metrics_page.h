/* A page of metrics, as Prometheus reads it: text 0.0.4, or OpenMetrics for who asks for that. What is counted
 * is written from the shards; what is only known when somebody looks is written by collectors, each of which
 * knows its families of metrics_list.h. */
#ifndef RUNTIME_METRICS_PAGE_H
#define RUNTIME_METRICS_PAGE_H

#include "base/buffer.h"
#include "runtime/metrics.h"

enum metric_family {
#define FAMILY(symbol, type, name, labels, help) FAMILY_##symbol,
#include "runtime/metrics_list.h"
    FAMILY_COUNT
};

struct metrics_page {
    struct buffer *out;
    bool is_open_metrics;
    enum metric_family family; /* whose samples are written now */
};

/* Fits on the stack of whoever collects; runs on the thread of whoever asked. */
typedef void metrics_collector(struct metrics_page *page, const void *context);

/* All counted metrics, what the collectors write (in this order, each with this context), and the end. */
void metrics_write(struct buffer *out, bool is_open_metrics, metrics_collector *const *collectors,
                   size_t collector_count, const void *context);

/* For collectors: one family after the other, then its samples. values: of its labels, in their order; NULL
 * where it has none. */
void metrics_page_family(struct metrics_page *page, enum metric_family family);
void metrics_page_sample(struct metrics_page *page, const struct text *values, int64_t value);
void metrics_page_seconds(struct metrics_page *page, const struct text *values, int64_t us);
void metrics_page_histogram(struct metrics_page *page, const struct text *values,
                            const struct histogram *histogram);

#endif

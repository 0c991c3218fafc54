/* Counters: one row each in metrics_list.h, sharded per thread, read as Prometheus text. */
#ifndef RUNTIME_METRICS_H
#define RUNTIME_METRICS_H

#include <stdint.h>

#include "base/buffer.h"
#include "base/fault.h"

enum metric {
#define METRIC(symbol, name, help) METRIC_##symbol,
#include "runtime/metrics_list.h"
#undef METRIC
    METRIC_COUNT
};

void metric_add(enum metric metric, int64_t amount); /* gauges take negative amounts */
int64_t metric_read(enum metric metric);
/* Refusals, answers: dragoman_faults_total{reason="..."}; FAULT_NONE counts grants. Anonymous refusals apart.
 */
void metric_count_fault(enum fault fault, bool caller_is_authenticated);
void metrics_write(struct buffer *out);

#endif

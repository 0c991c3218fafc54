/* dragoman_adapter_calls_total, dragoman_adapter_duration_seconds and dragoman_breaker_state of all adapters
 * that are programs. */
#ifndef ADAPTER_HOST_ADAPTER_METRICS_H
#define ADAPTER_HOST_ADAPTER_METRICS_H

#include "adapter_host/adapter_host.h"
#include "runtime/metrics_page.h"

/* From any thread. */
void adapter_metrics_collect(struct metrics_page *page, struct adapter_host *host);

#endif

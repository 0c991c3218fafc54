/* All metrics of a gateway on a page, and the table of what is only known when somebody looks. */
#ifndef ENDPOINTS_MONITORING_GATEWAY_METRICS_H
#define ENDPOINTS_MONITORING_GATEWAY_METRICS_H

#include "base/buffer.h"
#include "exchange/gateway.h"

/* On one of its loops. */
void gateway_metrics_write(struct gateway *gateway, bool is_open_metrics, struct buffer *out);

#endif

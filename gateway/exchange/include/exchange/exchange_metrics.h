/* dragoman_exchange_requests_total, for whoever writes a page of metrics. */
#ifndef EXCHANGE_EXCHANGE_METRICS_H
#define EXCHANGE_EXCHANGE_METRICS_H

#include "runtime/metrics_page.h"

metrics_collector exchange_metrics_collect; /* context: not looked at */

#endif

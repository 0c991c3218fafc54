/* The standard process_* metrics, of this process. What a confined process may not open any more is opened
 * before that. */
#ifndef RUNTIME_PROCESS_METRICS_H
#define RUNTIME_PROCESS_METRICS_H

#include "runtime/metrics_page.h"

/* Once, before the process is confined; what cannot be opened is left out of the page. */
void process_metrics_open(void);
metrics_collector process_metrics_collect; /* context: not looked at */

#endif

/* What a worker may still do once it has read its documents. */
#ifndef SUPERVISOR_WORKER_CONFINEMENT_H
#define SUPERVISOR_WORKER_CONFINEMENT_H

#include "config/documents.h"

/* Confines this process to what these settings need, and says in the log and in a metric what the kernel took
 * away. Before the first thread starts. */
void worker_confine(const struct documents *documents);

#endif

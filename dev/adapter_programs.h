/* Adapters that are programs, for a worker that has no supervisor: its threads ask, the main thread starts and
 * looks after them. */
#ifndef DEV_ADAPTER_PROGRAMS_H
#define DEV_ADAPTER_PROGRAMS_H

#include "config/documents.h"
#include "worker/worker.h"

struct adapter_programs;

/* documents, complete: kept as long. */
struct adapter_programs *adapter_programs_create(const struct documents *documents);
/* What worker_start is given. */
struct worker_programs adapter_programs_way(struct adapter_programs *programs);
/* Does what the worker asks for until something can be read from this descriptor. From the main thread, as
 * programs die with the thread that started them. */
void adapter_programs_serve(struct adapter_programs *programs, struct worker *worker, int until);
/* After the worker has ended; ends them all. NULL is fine. */
void adapter_programs_destroy(struct adapter_programs *programs);

#endif

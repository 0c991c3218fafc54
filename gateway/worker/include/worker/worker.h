/* The process that serves: opens the store and the keys, compiles the documents, runs one loop per thread until
 * it is told to stop, drains. dragomand runs it, dragoman-dev runs it beside its fixtures. */
#ifndef WORKER_WORKER_H
#define WORKER_WORKER_H

#include "base/buffer.h"
#include "config/documents.h"

struct worker;

/* Starts serving what these documents (already checked, kept by the caller as long as the worker) describe,
 * together with those in the store. mistakes gets what people must read when it fails. */
MUST_USE enum fault worker_start(const struct documents *documents, struct worker **worker,
                                 struct buffer *mistakes);
/* The port of the nth listen address (for port 0). */
uint16_t worker_port(const struct worker *worker, size_t listener);
/* Drains and ends: returns when the last answer has left or drain_ms have passed. */
void worker_stop(struct worker *worker, int64_t drain_ms);

#endif

/* The keeper of traces that the Gateway's spec.tracing asks for. */
#ifndef WORKER_TRACES_H
#define WORKER_TRACES_H

#include "base/buffer.h"
#include "config/document.h"
#include "runtime/trace_keeper.h"

/* *keeper stays NULL where no collector is named. What is wrong is put in mistakes. */
MUST_USE enum fault traces_make(const struct gateway_document *gateway, struct arena *arena,
                                struct loop *const *loops, size_t count, struct trace_keeper **keeper,
                                struct buffer *mistakes);

#endif

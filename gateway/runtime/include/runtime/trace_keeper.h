/* What is recorded of requests, sent to a collector by OTLP over HTTP: one exporter for each loop, nothing
 * shared between them. No request ever waits for it: what there is no room for is dropped and counted. */
#ifndef RUNTIME_TRACE_KEEPER_H
#define RUNTIME_TRACE_KEEPER_H

#include "base/fault.h"
#include "base/secret.h"
#include "runtime/address_guard.h"
#include "runtime/loop.h"

struct trace_keeper;

struct trace_keeper_options {
    struct text url;
    struct secret
        *headers;        /* lines of "Name: value", sent with each message; becomes the keeper's. NULL: none */
    const char *ca_file; /* NULL: the system's */
    const struct address_guard *guard;
    unsigned percent;
    int64_t timeout_ms;
    const char *version;
};

/* FAULT_DOCUMENT_INVALID: the headers are malformed; nothing was made then, and they are gone. */
MUST_USE enum fault trace_keeper_create(struct loop *const *loops, size_t count,
                                        const struct trace_keeper_options *options, struct trace_keeper **out);
/* On the thread of the nth of them, before it runs. NULL: nothing is recorded. */
void trace_keeper_attach(struct trace_keeper *keeper, size_t loop);
/* Sends what there is, trying once, and waits for so long at most; from a thread that is no loop's. */
void trace_keeper_flush(struct trace_keeper *keeper, int64_t most_s);
/* When no loop runs any more, before they are destroyed; and after. */
void trace_keeper_close(struct trace_keeper *keeper);
void trace_keeper_destroy(struct trace_keeper *keeper);

#endif

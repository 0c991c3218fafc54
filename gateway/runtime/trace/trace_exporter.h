/* The exporter of one loop: spans are gathered, sent some hundred at a time or after a second, and sent again
 * while the collector says that it will take them later. trace_keeper.c makes them. */
#ifndef RUNTIME_TRACE_EXPORTER_H
#define RUNTIME_TRACE_EXPORTER_H

#include "runtime/http_client.h"
#include "runtime/trace.h"

enum { TRACE_HEADERS_MAX = 16 };

struct trace_exporter_options {
    struct text url;
    struct text headers[TRACE_HEADERS_MAX]; /* "name: value", borrowed */
    size_t header_count;
    const char *ca_file;
    const struct address_guard *guard;
    unsigned percent;
    int64_t timeout_ms;
    const char *version;
};

struct trace_exporter;

/* The options stay the caller's and must outlive it. */
struct trace_exporter *trace_exporter_create(struct loop *loop, const struct trace_exporter_options *options);
struct trace_sink *trace_exporter_sink(struct trace_exporter *exporter);
/* On its loop. Calls flushed once, there, when nothing is left to be sent: now each message is tried once. */
void trace_exporter_flush(struct trace_exporter *exporter, void (*flushed)(void *context), void *context);
/* While its loop is there; what is still taken is dropped. */
void trace_exporter_close(struct trace_exporter *exporter);
void trace_exporter_destroy(struct trace_exporter *exporter); /* after it is closed */

#endif

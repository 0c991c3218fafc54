/* Spans as OTLP writes them in JSON (opentelemetry-proto, ExportTraceServiceRequest): ids in hexadecimal,
 * 64-bit numbers as texts. Attributes are those of OpenTelemetry's semantic conventions for HTTP, and our own,
 * which begin with dragoman. Nothing that a caller wrote is among them but the name of a target. Pure. */
#ifndef RUNTIME_TRACE_OTLP_H
#define RUNTIME_TRACE_OTLP_H

#include "base/buffer.h"
#include "runtime/trace.h"

/* What is before and behind the spans of one message. */
void otlp_begin(struct buffer *out, const char *version, const char *instance);
void otlp_end(struct buffer *out);
/* The request's spans, the server's first, with commas between them and before them unless out ends where they
 * begin. How many. */
size_t otlp_write_spans(struct buffer *out, bool is_first, const struct trace_request *request);

enum { OTLP_ANSWER_BYTES_MAX = 65536 };
/* Of a collector's answer: how many spans it did not take (partial success), and why; the message is put in
 * detail. 0 where it says nothing of that. */
int64_t otlp_read_rejected(struct text answer, char *detail, size_t size);

#endif

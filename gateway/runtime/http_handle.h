/* One outbound request as a libcurl handle that is told where it may go and what it may do; what becomes of the
 * answer is for whoever opens it: http_transfer.c collects it, http_stream.c hands it on. */
#ifndef RUNTIME_HTTP_HANDLE_H
#define RUNTIME_HTTP_HANDLE_H

#include <curl/curl.h>

#include "base/fault.h"
#include "base/text.h"
#include "runtime/trace.h"

struct address_guard;

struct http_handle {
    CURL *easy;
    CURLU *url;
    struct curl_slist *headers;
    const struct address_guard *guard; /* NULL: any address */
    struct text unsent;                /* of a body that is read once */
    bool is_body_lent;                 /* one that may be read again */
    bool is_https;
    bool was_refused; /* by the guard */
    struct trace_call traced;
    char error[CURL_ERROR_SIZE];
};

struct http_handle_request {
    struct text url, method;    /* GET when TEXT_NONE */
    const struct text *headers; /* "name: value" */
    size_t header_count;
    struct text body; /* borrowed until the handle is closed */
    long timeout_ms;  /* of all of it; 0: none */
    long connect_ms;
    const char *ca_file; /* NULL: the system's */
    bool is_of_events;   /* what comes is little, for a long time */
    /* It is a span of the request that makes it, and says so in traceparent, in place of whatever is in headers
     * (Trace Context section 4). */
    bool is_traced;
};

/* The handle must stay where it is until it is closed. FAULT_OUTBOUND_REFUSED, with error saying why: the URL
 * is not an absolute http or https one or has user information, or a header has control characters. */
MUST_USE enum fault http_handle_open(struct http_handle *handle, const struct http_handle_request *request,
                                     const struct address_guard *guard);
/* Whether any of the body is still to be read where it lies. */
bool http_handle_needs_body(const struct http_handle *handle);
/* Of its connection, while it waits: when the head of an answer has come. */
void http_handle_release_buffers(struct http_handle *handle);
void http_handle_close(struct http_handle *handle);

/* A line of an answer: without white space at its ends. */
struct text http_trim(struct text text);

#endif

/* One outbound request with every limit set, and the bounded answer it collects. Shared by http_client.c (on a
 * loop, guarded) and http_fetch.c (blocking). */
#ifndef RUNTIME_HTTP_TRANSFER_H
#define RUNTIME_HTTP_TRANSFER_H

#include "base/buffer.h"
#include "http_handle.h"
#include "runtime/http_client.h"

struct http_transfer {
    struct http_handle handle;
    struct buffer sent; /* the request body */
    struct buffer body;
    size_t body_limit;
    size_t header_bytes;
    int64_t max_age_s;
    struct text wanted_header;
    struct buffer header; /* what the answer has under that name */
    bool has_header;
    bool was_too_large;
};

/* Copies the request into a handle that is ready to perform. The transfer must stay where it is until it is
 * disposed. FAULT_OUTBOUND_REFUSED, with handle.error saying why: the URL is not an absolute http or https one
 * or has user information, or a header has control characters. */
MUST_USE enum fault http_transfer_prepare(struct http_transfer *transfer, const struct http_request *request,
                                          const struct address_guard *guard, const char *ca_file);
/* What came of it. body and content_type borrow from the transfer. */
struct http_answer http_transfer_answer(const struct http_transfer *transfer, CURLcode result);
void http_transfer_dispose(struct http_transfer *transfer);

/* Reads a Cache-Control value (RFC 9111 section 5.2): max-age in seconds, 0 when it may not be stored or
 * reused, else -1. */
int64_t http_transfer_max_age(struct text cache_control);

#endif

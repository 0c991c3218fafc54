/* The guard before h2o's HTTP/1: reads each request's head before h2o does, and follows bodies only as far as
 * to know where the next head begins. */
#ifndef TRANSPORT_HTTP1_GUARD_H
#define TRANSPORT_HTTP1_GUARD_H

#include <h2o.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"

struct connection_guard;

/* Where the byte stream is. */
struct http1_guard {
    enum {
        HTTP1_HEAD,
        HTTP1_BODY,
        HTTP1_LAST,
        HTTP1_REFUSED
    } state;            /* LAST: nothing after this one is served */
    size_t head_length; /* of the head that is not complete: the last bytes of the input */
    uint64_t body_left;
    bool expects_continue;
    h2o_timeout_entry_t rearm;
};

/* Like connection_guard_accept_http2. */
void http1_guard_accept(struct connection_guard *guard, const h2o_accept_ctx_t *accept);
/* From the handler: h2o will start reading by itself when this request is over. */
void http1_guard_take_request(struct connection_guard *guard, h2o_req_t *request);
/* Once an answer has begun that goes on for long, and no byte is read before it is over: h2o has the request in
 * what it was read into, of 8 kB at least, and keeps it that long. */
void http1_guard_shrink_input(struct connection_guard *guard, h2o_req_t *request);
/* A head that was refused reaches the handler as a request with a target that no client can send; the reason,
 * FAULT_NONE for every other target. */
enum fault http1_guard_refusal(h2o_iovec_t target);
void http1_guard_recheck(struct connection_guard *guard);
void http1_guard_close(struct connection_guard *guard);

#endif

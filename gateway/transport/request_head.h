/* The head of an HTTP/1.1 request, strictly read, and the checks that HTTP/1.1 and HTTP/2 share: whatever two
 * programs on a path could understand differently is refused before anything is routed. Pure. */
#ifndef TRANSPORT_REQUEST_HEAD_H
#define TRANSPORT_REQUEST_HEAD_H

#include "base/fault.h"
#include "base/text.h"

enum head_body { HEAD_BODY_NONE, HEAD_BODY_LENGTH, HEAD_BODY_CHUNKED };

struct request_head {
    enum head_body body;
    uint64_t content_length;
    bool expects_continue;
};

enum { HEAD_TARGET_MAX = 8 * 1024 };

/* The request line and the fields, up to and with the empty line (RFC 9112). FAULT_REQUEST_TARGET or
 * FAULT_REQUEST_HEAD. */
MUST_USE enum fault request_head_read(struct text head, struct request_head *out);

/* Origin form (RFC 9112 section 3.2.1): a slash, then visible ASCII, neither fragment nor NUL in disguise. */
bool request_target_is_plain(struct text target);
bool request_method_is_token(struct text method);
/* host[:port] of RFC 9110 section 7.2, without user information and lists. */
bool request_authority_is_plain(struct text authority);

#endif

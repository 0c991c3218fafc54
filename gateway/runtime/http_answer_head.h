/* The head of an answer, line by line as libcurl reports it, over HTTP/2 as well: status and fields, bounded in
 * number and bytes. Used by http_stream.c. */
#ifndef RUNTIME_HTTP_ANSWER_HEAD_H
#define RUNTIME_HTTP_ANSWER_HEAD_H

#include "base/buffer.h"
#include "runtime/http_stream.h"

struct http_answer_head {
    int status;
    struct http_stream_header headers[HTTP_STREAM_HEADERS_MAX]; /* once it is complete */
    size_t count;
    struct buffer bytes; /* names and values one behind the other */
    size_t name_lengths[HTTP_STREAM_HEADERS_MAX], value_lengths[HTTP_STREAM_HEADERS_MAX];
    size_t line_bytes; /* of interim answers too */
};

enum http_answer_head_state {
    HTTP_ANSWER_HEAD_MORE,
    HTTP_ANSWER_HEAD_COMPLETE,
    HTTP_ANSWER_HEAD_TOO_LARGE,
    HTTP_ANSWER_HEAD_MALFORMED
};

/* One line with its end. Interim answers (RFC 9110 section 15.2) are passed over. */
enum http_answer_head_state http_answer_head_take(struct http_answer_head *head, struct text line);
void http_answer_head_dispose(struct http_answer_head *head);

#endif

/* Outbound HTTP whose answer is handed on as it comes: what relayed calls stand on. Like http_client.h behind
 * the address guard, without redirects, over HTTP/2 or HTTP/1.1, and reusing connections, one call at a time on
 * each; unlike it without a limit on the time of all of it, and nothing is decoded. One set of streams per
 * loop. */
#ifndef RUNTIME_HTTP_STREAM_H
#define RUNTIME_HTTP_STREAM_H

#include "base/fault.h"
#include "base/text.h"
#include "runtime/address_guard.h"
#include "runtime/loop.h"

struct http_streams;
struct http_stream;

enum {
    HTTP_STREAM_HEADERS_MAX = 128, /* of a request, and of an answer */
    HTTP_STREAM_HEADER_BYTES_MAX = 64 * 1024
};

struct http_stream_header {
    struct text name, value;
};

struct http_stream_request {
    struct text url;
    struct text method; /* GET when TEXT_NONE */
    /* Copied. Those of one connection (RFC 9110 section 7.6.1) and those that say how long the body is are left
     * out: they are made here. Nothing is added but User-Agent, where it is not among them, and Host. */
    const struct http_stream_header *headers;
    size_t header_count;
    struct text body; /* borrowed until it is sent, the end, or until it is cancelled */
    int64_t connect_ms;
    int64_t first_byte_ms; /* from the start to the head of the answer */
    int64_t idle_ms;       /* between two pieces, while it is not paused */
    uint64_t answer_limit; /* bytes of the body; 0: none. More is FAULT_OUTBOUND_FAILED */
    /* What is answered are small events, for a long time (text/event-stream): many such streams are open at
     * once, and each holds little. */
    bool is_of_events;
    /* Connections are kept and reused among requests with the same text alone, over HTTP/1.1: for servers that
     * authenticate a connection (RFC 4559). TEXT_NONE: among all that have none. */
    struct text alone_as;
    /* What the server's certificate is bound by (RFC 5929 section 4.1). By another, or without TLS:
     * FAULT_OUTBOUND_CERTIFICATE, and nothing was sent. TEXT_NONE: any that is trusted. */
    struct text expected_binding;
    /* Nothing is ever sent: it ends with NONE when the server has shown its certificate. */
    bool is_handshake_only;
};

/* All on the loop, never from inside http_stream_start. */
struct http_stream_events {
    /* Once; names are lower case, interim answers and trailers are left out. Borrowed during the call. */
    void (*head)(void *context, int status, const struct http_stream_header *headers, size_t count);
    /* false: no more until http_stream_resume; this piece has been taken. */
    bool (*data)(void *context, struct text piece);
    /* Exactly once, last: the stream is gone when it returns. OUTBOUND_REFUSED, OUTBOUND_CERTIFICATE,
     * OUTBOUND_FAILED (also after the head, when the rest did not come) or NONE: the answer is whole. */
    void (*end)(void *context, enum fault fault);
};

struct http_streams *http_streams_create(struct loop *loop, const struct address_guard *guard,
                                         const char *ca_file);
/* The same for who has more of them at a time: open at once, in all and to one host. */
struct http_streams_limits {
    size_t streams;
    long connections, connections_per_host;
};
struct http_streams *http_streams_create_for(struct loop *loop, const struct address_guard *guard,
                                             const char *ca_file, const struct http_streams_limits *limits);
/* Ends what is under way with OUTBOUND_FAILED. Not from inside an event. */
void http_streams_destroy(struct http_streams *streams);

/* Never fails by itself: what is wrong comes as the end. */
struct http_stream *http_stream_start(struct http_streams *streams, const struct http_stream_request *request,
                                      const struct http_stream_events *events, void *context);
/* Whether the body is not borrowed any more. */
bool http_stream_is_sent(const struct http_stream *stream);
/* Goes on after a pause, later and not inside this call. */
void http_stream_resume(struct http_stream *stream);
/* No event comes after it, the end neither; the stream is not to be used any more. Allowed inside head and
 * data, not inside end. */
void http_stream_cancel(struct http_stream *stream);
/* Why it ended as it did, for the log; during end. */
const char *http_stream_detail(const struct http_stream *stream);
/* By what the server's certificate is bound, where the request asked about that; during end. Borrowed. */
struct text http_stream_binding(const struct http_stream *stream);

#endif

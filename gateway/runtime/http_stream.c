/* libcurl hands over headers and pieces from inside itself, where no handle may be taken away. So what is
 * cancelled there is only marked, and goes when libcurl has returned. Starting and resuming are tasks of the
 * loop. */
#include "runtime/http_stream.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http_answer_head.h"
#include "http_binding.h"
#include "http_handle.h"
#include "http_pools.h"

enum { ALONE_IDLE_US = 60 * 1000 * 1000 };

static const struct http_streams_limits usual_limits = {
    .streams = 4096, .connections = 1024, .connections_per_host = 256};

struct http_stream {
    struct http_streams *streams;
    struct http_stream *next, *previous;
    struct http_handle handle;
    struct http_answer_head *head; /* NULL: it was handed on */
    struct http_stream_events events;
    void *context;
    enum fault refused; /* before anything was sent; why is in handle.error */
    bool is_added;
    bool is_paused;      /* its owner wants no more */
    bool is_held;        /* and libcurl has been told */
    bool is_in_callback; /* of libcurl */
    bool is_cancelled;
    bool has_head;
    int64_t first_byte_ms, idle_ms;
    uint64_t taken, answer_limit;
    bool is_alone, is_handshake_only, is_binding_wrong;
    unsigned char alone_as[DIGEST_SIZE];
    struct http_pool *pool; /* its connections are from there; NULL: from all */
    struct http_binding expected, found;
    const char *why; /* we ended it; NULL: libcurl knows */
    struct loop_task task;
    struct loop_timer patience;
};

struct http_streams {
    struct loop *loop;
    const struct address_guard *guard;
    char *ca_file;
    struct http_multi multi;
    struct http_pools pools;
    struct http_stream *first;
    size_t count, limit;
    bool is_ending;
};

/* --- its end --- */

static void unlink_stream(struct http_stream *stream)
{
    struct http_streams *streams = stream->streams;
    if (stream->previous != NULL)
        stream->previous->next = stream->next;
    else
        streams->first = stream->next;
    if (stream->next != NULL)
        stream->next->previous = stream->previous;
    streams->count--;
}

static struct http_multi *multi_of(struct http_stream *stream)
{
    return stream->pool != NULL ? &stream->pool->multi : &stream->streams->multi;
}

static void detach(struct http_stream *stream)
{
    loop_defer_cancel(&stream->task);
    loop_timer_stop(stream->streams->loop, &stream->patience);
    if (stream->is_added)
        http_multi_remove(multi_of(stream), stream->handle.easy);
    if (stream->pool != NULL)
        http_pools_leave(stream->pool);
    stream->pool = NULL;
    stream->is_added = false;
    unlink_stream(stream);
}

/* It has room for all that a head may have, and an answer may go on for hours. */
static void drop_head(struct http_stream *stream)
{
    if (stream->head != NULL)
        http_answer_head_dispose(stream->head);
    free(stream->head);
    stream->head = NULL;
}

static void dispose(struct http_stream *stream)
{
    drop_head(stream);
    http_handle_close(&stream->handle);
    free(stream);
}

static enum fault fault_of(const struct http_stream *stream, CURLcode result)
{
    if (stream->refused != FAULT_NONE)
        return stream->refused;
    if (stream->handle.was_refused)
        return FAULT_OUTBOUND_REFUSED;
    if (stream->is_binding_wrong)
        return FAULT_OUTBOUND_CERTIFICATE;
    if (stream->is_handshake_only)
        return stream->found.length != 0 ? FAULT_NONE : FAULT_OUTBOUND_FAILED;
    return result == CURLE_OK && stream->has_head ? FAULT_NONE : FAULT_OUTBOUND_FAILED;
}

static void finish(struct http_stream *stream, CURLcode result)
{
    enum fault fault = fault_of(stream, result);
    if (stream->handle.was_refused)
        stream->why = "the address is not one that may be connected to";
    if (stream->why == NULL && stream->handle.error[0] == '\0')
        stream->why = curl_easy_strerror(result);
    detach(stream);
    struct trace_place before = trace_enter(stream->handle.traced.above);
    if (!stream->is_cancelled)
        stream->events.end(stream->context, fault);
    trace_return(before);
    dispose(stream);
}

static void on_done(void *private_data, CURLcode result)
{
    finish(private_data, result);
}

const char *http_stream_detail(const struct http_stream *stream)
{
    return stream->why != NULL ? stream->why : stream->handle.error;
}

bool http_stream_is_sent(const struct http_stream *stream)
{
    return !http_handle_needs_body(&stream->handle);
}

struct text http_stream_binding(const struct http_stream *stream)
{
    return (struct text){(const char *)stream->found.bytes, stream->found.length};
}

/* Before an answer that is not over ends here. libcurl 7.88 resets the stream only when the connection is next
 * used (curl issue 17611), and the server would work on for nobody; a connection that is closed tells it at
 * once. */
static void leave_unfinished(struct http_stream *stream)
{
    if (stream->is_added)
        curl_easy_setopt(stream->handle.easy, CURLOPT_FORBID_REUSE, 1L);
}

static size_t break_off(struct http_stream *stream, const char *why)
{
    if (why != NULL)
        stream->why = why;
    leave_unfinished(stream);
    return 0; /* an error, for libcurl */
}

void http_stream_cancel(struct http_stream *stream)
{
    stream->is_cancelled = true;
    if (stream->is_in_callback)
        return; /* which returns an error to libcurl, and that is its end */
    leave_unfinished(stream);
    detach(stream);
    dispose(stream);
}

/* --- patience --- */

static void on_impatience(struct loop_timer *timer)
{
    struct http_stream *stream =
        (struct http_stream *)(void *)((char *)timer - offsetof(struct http_stream, patience));
    stream->why = stream->has_head ? "nothing more of the answer came in time" : "no answer came in time";
    leave_unfinished(stream);
    finish(stream, CURLE_OPERATION_TIMEDOUT);
}

static void wait_for_more(struct http_stream *stream)
{
    if (stream->idle_ms > 0 && !stream->is_paused)
        loop_timer_start(stream->streams->loop, &stream->patience, stream->idle_ms);
    else
        loop_timer_stop(stream->streams->loop, &stream->patience);
}

/* --- what libcurl calls --- */

static size_t on_header(char *bytes, size_t size, size_t count, void *context)
{
    struct http_stream *stream = context;
    struct text line = {bytes, size * count};
    if (stream->has_head) /* trailers: RFC 9110 section 6.5.1 lets us leave them out */
        return line.length;
    switch (http_answer_head_take(stream->head, line)) {
    case HTTP_ANSWER_HEAD_MORE:
        return line.length;
    case HTTP_ANSWER_HEAD_TOO_LARGE:
        return break_off(stream, "the head of the answer is larger than the limit");
    case HTTP_ANSWER_HEAD_MALFORMED:
        return break_off(stream, "the head of the answer is malformed");
    case HTTP_ANSWER_HEAD_COMPLETE:
        break;
    }
    stream->has_head = true;
    wait_for_more(stream);
    stream->is_in_callback = true;
    struct trace_place before = trace_enter(stream->handle.traced.above);
    stream->events.head(stream->context, stream->head->status, stream->head->headers, stream->head->count);
    trace_return(before);
    stream->is_in_callback = false;
    drop_head(stream);
    http_handle_release_buffers(&stream->handle);
    return stream->is_cancelled ? break_off(stream, NULL) : line.length;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
    struct http_stream *stream = context;
    struct text piece = {bytes, size * count};
    if (stream->is_paused) {
        stream->is_held = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    stream->taken += piece.length;
    if (stream->answer_limit != 0 && stream->taken > stream->answer_limit)
        return break_off(stream, "the answer is larger than the limit");
    stream->is_in_callback = true;
    bool goes_on = stream->events.data(stream->context, piece);
    stream->is_in_callback = false;
    if (stream->is_cancelled)
        return break_off(stream, NULL);
    stream->is_paused = !goes_on;
    wait_for_more(stream);
    return piece.length;
}

/* There is a connection, new or kept, and nothing of this request was sent on it. */
static int on_connection(void *context, char *address, char *own_address, int port, int own_port)
{
    struct http_stream *stream = context;
    (void)address, (void)own_address, (void)port, (void)own_port;
    stream->found = http_binding_of_connection(stream->handle.easy);
    struct text expected = {(const char *)stream->expected.bytes, stream->expected.length};
    if (!stream->is_handshake_only && http_binding_is(&stream->found, expected))
        return CURL_PREREQFUNC_OK;
    stream->is_binding_wrong = !stream->is_handshake_only;
    break_off(stream, stream->is_binding_wrong ? "the server shows another certificate than was expected"
                                               : "the server showed no certificate");
    return CURL_PREREQFUNC_ABORT;
}

/* --- its beginning --- */

static void add(struct http_stream *stream)
{
    if (stream->refused != FAULT_NONE) {
        finish(stream, CURLE_ABORTED_BY_CALLBACK);
        return;
    }
    if (stream->is_alone) {
        stream->pool = http_pools_take(&stream->streams->pools, stream->alone_as);
        if (stream->pool == NULL) {
            stream->why = "too many subjects have connections of their own";
            finish(stream, CURLE_FAILED_INIT);
            return;
        }
    }
    if (stream->first_byte_ms > 0)
        loop_timer_start(stream->streams->loop, &stream->patience, stream->first_byte_ms);
    stream->is_added = true;
    http_multi_add(multi_of(stream), stream->handle.easy, stream);
}

static void on_task(struct loop_task *task)
{
    struct http_stream *stream =
        (struct http_stream *)(void *)((char *)task - offsetof(struct http_stream, task));
    if (!stream->is_added) {
        add(stream);
        return;
    }
    wait_for_more(stream);
    if (!stream->is_held || stream->is_paused)
        return;
    stream->is_held = false;
    /* Hands over what it kept, from inside this call, and does not end over what goes wrong there. */
    CURLcode result = curl_easy_pause(stream->handle.easy, CURLPAUSE_CONT);
    if (result != CURLE_OK)
        finish(stream, result);
}

void http_stream_resume(struct http_stream *stream)
{
    stream->is_paused = false;
    if (stream->task.queue == NULL)
        loop_defer(stream->streams->loop, &stream->task);
}

/* Not the framing that libcurl makes, nor what ends at the next hop. */
static bool is_made_here(struct text name)
{
    static const char *const names[] = {"connection", "content-length",   "expect",  "keep-alive",
                                        "te",         "proxy-connection", "trailer", "transfer-encoding",
                                        "upgrade"};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (text_equal_ignoring_case(name, text_of(names[i])))
            return true;
    }
    return false;
}

struct lines {
    struct buffer bytes;
    struct text texts[HTTP_STREAM_HEADERS_MAX + 3];
    size_t ends[HTTP_STREAM_HEADERS_MAX + 3];
    size_t count;
    bool has_type, has_accept;
};

static void add_line(struct lines *lines, struct text name, const char *between, struct text value)
{
    buffer_append(&lines->bytes, name);
    buffer_append(&lines->bytes, text_of(between));
    buffer_append(&lines->bytes, value);
    lines->ends[lines->count++] = lines->bytes.length;
}

static bool make_lines(struct lines *lines, const struct http_stream_request *request)
{
    size_t bytes = 0;
    if (request->header_count > HTTP_STREAM_HEADERS_MAX)
        return false;
    for (size_t i = 0; i < request->header_count; i++) {
        struct http_stream_header header = request->headers[i];
        bytes += header.name.length + header.value.length;
        if (!text_is_token(header.name) || bytes > HTTP_STREAM_HEADER_BYTES_MAX)
            return false;
        lines->has_type |= text_equal_ignoring_case(header.name, TEXT("content-type"));
        lines->has_accept |= text_equal_ignoring_case(header.name, TEXT("accept"));
        /* Without a value libcurl wants it spelled so; a colon would take the field away. */
        if (!is_made_here(header.name))
            add_line(lines, header.name, header.value.length != 0 ? ": " : ";", header.value);
    }
    if (!lines->has_type)
        add_line(lines, TEXT("Content-Type"), ":", TEXT_NONE);
    if (!lines->has_accept)
        add_line(lines, TEXT("Accept"), ":", TEXT_NONE);
    for (size_t i = 0, start = 0; i < lines->count; start = lines->ends[i++])
        lines->texts[i] = (struct text){lines->bytes.base + start, lines->ends[i] - start};
    return true;
}

static enum fault open_handle(struct http_stream *stream, const struct http_stream_request *request)
{
    const struct http_streams *streams = stream->streams;
    struct lines lines = {0};
    if (!make_lines(&lines, request)) {
        buffer_dispose(&lines.bytes);
        stream->why = "the request has a header that is malformed, or too many";
        return FAULT_OUTBOUND_REFUSED;
    }
    struct http_handle_request told = {
        .url = request->url,
        .method = request->method,
        .headers = lines.texts,
        .header_count = lines.count,
        .body = request->body,
        .connect_ms = (long)request->connect_ms,
        .ca_file = streams->ca_file,
        .is_of_events = request->is_of_events,
        .is_traced = !request->is_handshake_only,
    };
    enum fault fault = http_handle_open(&stream->handle, &told, streams->guard);
    buffer_dispose(&lines.bytes);
    return fault;
}

static void set_callbacks(struct http_stream *stream)
{
    CURL *easy = stream->handle.easy;
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, stream);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, stream);
    /* What is encoded stays so: it is for the client, and it would be larger than was bargained for. */
    curl_easy_setopt(easy, CURLOPT_HTTP_CONTENT_DECODING, 0L);
}

/* Longer than any digest: no certificate is bound by that. */
static struct http_binding copy_binding(struct text expected)
{
    struct http_binding binding = {.length = expected.length};
    if (expected.length <= sizeof(binding.bytes))
        memcpy(binding.bytes, expected.base, expected.length);
    else
        binding.length = 0;
    return binding;
}

/* With Negotiate it is HTTP/1.1 in any case: who is authenticated is the connection (RFC 4559 section 6), and
 * streams of HTTP/2 share one. */
static void set_connection(struct http_stream *stream, const struct http_stream_request *request)
{
    CURL *easy = stream->handle.easy;
    bool is_bound = request->expected_binding.base != NULL;
    stream->is_handshake_only = request->is_handshake_only;
    stream->is_alone = request->alone_as.base != NULL;
    if (stream->is_alone)
        digest_sha256(request->alone_as, stream->alone_as);
    if (stream->is_alone || stream->is_handshake_only)
        curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    if (stream->is_handshake_only)
        curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    if (!is_bound && !stream->is_handshake_only)
        return;
    if (is_bound)
        stream->expected = copy_binding(request->expected_binding);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_connection);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, stream);
}

struct http_stream *http_stream_start(struct http_streams *streams, const struct http_stream_request *request,
                                      const struct http_stream_events *events, void *context)
{
    struct http_stream *stream = calloc(1, sizeof(*stream));
    INVARIANT(stream != NULL);
    stream->head = calloc(1, sizeof(*stream->head));
    INVARIANT(stream->head != NULL);
    stream->streams = streams;
    stream->events = *events;
    stream->context = context;
    stream->first_byte_ms = request->first_byte_ms;
    stream->idle_ms = request->idle_ms;
    stream->answer_limit = request->answer_limit;
    stream->patience.run = on_impatience;
    stream->task.run = on_task;
    stream->next = streams->first;
    if (stream->next != NULL)
        stream->next->previous = stream;
    streams->first = stream;
    streams->count++;
    stream->refused = open_handle(stream, request);
    if (stream->refused == FAULT_NONE && (streams->count > streams->limit || streams->is_ending)) {
        stream->why = "too many relayed calls are under way";
        stream->refused = FAULT_OUTBOUND_FAILED;
    }
    if (stream->refused == FAULT_NONE) {
        set_callbacks(stream);
        set_connection(stream, request);
    }
    loop_defer(streams->loop, &stream->task);
    return stream;
}

/* --- the set --- */

struct http_streams *http_streams_create(struct loop *loop, const struct address_guard *guard,
                                         const char *ca_file)
{
    return http_streams_create_for(loop, guard, ca_file, &usual_limits);
}

struct http_streams *http_streams_create_for(struct loop *loop, const struct address_guard *guard,
                                             const char *ca_file, const struct http_streams_limits *limits)
{
    INVARIANT(guard != NULL);
    struct http_streams *streams = calloc(1, sizeof(*streams));
    INVARIANT(streams != NULL);
    streams->loop = loop;
    streams->guard = guard;
    streams->ca_file = ca_file != NULL ? strdup(ca_file) : NULL;
    streams->limit = limits->streams;
    http_multi_open(&streams->multi, loop, limits->connections, limits->connections_per_host, on_done);
    /* Reused, but not shared, by HTTP/2 either: the calls are of different clients, and one that is paused or
     * given up has its connection to itself. */
    curl_multi_setopt(streams->multi.curl, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
    http_pools_open(&streams->pools, loop, ALONE_IDLE_US, on_done);
    return streams;
}

void http_streams_destroy(struct http_streams *streams)
{
    if (streams == NULL)
        return;
    streams->is_ending = true;
    while (streams->first != NULL) {
        streams->first->why = "cancelled";
        finish(streams->first, CURLE_ABORTED_BY_CALLBACK);
    }
    http_pools_close(&streams->pools);
    http_multi_close(&streams->multi);
    free(streams->ca_file);
    free(streams);
}

/* h2o sets its own reader again for each request of a connection. Between that and our standing before it again
 * the socket is told not to read, so that no byte passes unseen. */
#include "guard/http1_guard.h"

#include <h2o/http1.h>
#include <string.h>

#include "connection.h"
#include "request_head.h"

enum { RECHECK_MS = 1, REFUSAL_MIN = 96 };

static void on_read(h2o_socket_t *socket, const char *error);

static struct connection_guard *guard_of(h2o_socket_t *socket)
{
    struct connection *connection = socket->on_close.data;
    return &connection->guard;
}

/* --- refusing --- */

static const struct {
    const char *target;
    enum fault fault;
} refusals[] = {
    {"!target", FAULT_REQUEST_TARGET},
    {"!large", FAULT_REQUEST_HEADERS},
    {"!head", FAULT_REQUEST_HEAD},
};

enum fault http1_guard_refusal(h2o_iovec_t target)
{
    for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
        if (text_is((struct text){target.base, target.len}, refusals[i].target))
            return refusals[i].fault;
    }
    return FAULT_NONE;
}

static const char *refusal_target(enum fault fault)
{
    for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
        if (refusals[i].fault == fault)
            return refusals[i].target;
    }
    return "!head";
}

/* In place of the head, and all that follows it, h2o gets one that our handler refuses. It is never shorter
 * than what h2o may have looked at already, for it goes on looking from there. */
static void refuse(struct connection_guard *guard, size_t from_end, size_t seen, enum fault fault)
{
    h2o_buffer_t **input = &guard->socket->input;
    size_t length = seen + REFUSAL_MIN;
    (*input)->size -= from_end;
    h2o_iovec_t room = h2o_buffer_reserve(input, length);
    int begun =
        snprintf(room.base, length, "GET %s HTTP/1.1\r\nconnection: close\r\nx: ", refusal_target(fault));
    memset(room.base + begun, 'x', length - (size_t)begun - 4);
    memcpy(room.base + length - 4, "\r\n\r\n", 4);
    (*input)->size += length;
    guard->http1.state = HTTP1_REFUSED;
    guard->http1.head_length = 0;
}

/* --- scanning --- */

static void begin_body(struct http1_guard *http1, const struct request_head *head)
{
    http1->expects_continue = head->expects_continue && head->body != HEAD_BODY_NONE;
    http1->body_left = head->content_length;
    if (head->body == HEAD_BODY_LENGTH)
        http1->state = HTTP1_BODY;
    else if (head->body == HEAD_BODY_CHUNKED)
        http1->state = HTTP1_LAST; /* where it ends is h2o's to find out */
}

/* How many bytes from here the head goes on; length when it is not complete. *is_bad: a line ends without CR,
 * which h2o would take for an end. */
static size_t find_end(const char *start, const char *at, size_t length, bool *is_complete, bool *is_bad)
{
    const char *end = at + length;
    for (const char *feed = at; (feed = memchr(feed, '\n', (size_t)(end - feed))) != NULL; feed++) {
        if (feed == start || feed[-1] != '\r') {
            *is_bad = true;
            return length;
        }
        if (feed - start >= 3 && feed[-2] == '\n') {
            *is_complete = true;
            return (size_t)(feed + 1 - at);
        }
    }
    return length;
}

/* Takes bytes of a head; how many, 0 when the head was refused. seen: bytes of it from earlier reads. */
static size_t take_head(struct connection_guard *guard, const char *at, size_t left, size_t seen)
{
    struct http1_guard *http1 = &guard->http1;
    const char *start = at - http1->head_length;
    bool is_complete = false, is_bad = false;
    size_t taken = find_end(start, at, left, &is_complete, &is_bad);
    struct request_head head = {0};
    enum fault fault = is_bad ? FAULT_REQUEST_HEAD : FAULT_NONE;
    size_t length = http1->head_length + taken;
    if (length > guard->serving->server->options.limits.header_bytes)
        fault = FAULT_REQUEST_HEADERS;
    else if (is_complete)
        fault = request_head_read((struct text){start, length}, &head);
    if (fault != FAULT_NONE) {
        refuse(guard, http1->head_length + left, seen, fault);
        return 0;
    }
    http1->head_length = is_complete ? 0 : length;
    if (is_complete)
        begin_body(http1, &head);
    return taken;
}

static void scan(struct connection_guard *guard, size_t new_bytes)
{
    struct http1_guard *http1 = &guard->http1;
    h2o_buffer_t *input = guard->socket->input;
    size_t left = new_bytes;
    size_t seen = http1->head_length;
    if (http1->state == HTTP1_REFUSED)
        input->size -= new_bytes;
    while (left != 0 && (http1->state == HTTP1_HEAD || http1->state == HTTP1_BODY)) {
        size_t step = left;
        if (http1->state == HTTP1_HEAD) {
            step = take_head(guard, input->bytes + input->size - left, left, seen);
            if (step == 0)
                return;
            seen = 0;
        } else {
            if (step > http1->body_left)
                step = (size_t)http1->body_left;
            http1->body_left -= step;
            if (http1->body_left == 0)
                http1->state = HTTP1_HEAD;
        }
        left -= step;
    }
}

/* --- standing before h2o --- */

static void stand(struct connection_guard *guard)
{
    h2o_socket_dont_read(guard->socket, 0);
    if (guard->socket->_cb.read == guard->read)
        guard->socket->_cb.read = on_read;
}

static void rearm(h2o_timeout_entry_t *entry)
{
    struct connection_guard *guard =
        (struct connection_guard *)(void *)((char *)entry - offsetof(struct connection_guard, http1.rearm));
    loop_timer_stop(guard->serving->loop, &guard->recheck);
    stand(guard);
}

static void on_request_over(void *memory)
{
    struct connection_guard *guard = *(struct connection_guard **)memory;
    if (guard->is_over)
        return;
    h2o_socket_dont_read(guard->socket, 1);
    if (!h2o_timeout_is_linked(&guard->http1.rearm))
        h2o_timeout_link(guard->serving->h2o.loop, &guard->serving->h2o.zero_timeout, &guard->http1.rearm);
}

void http1_guard_take_request(struct connection_guard *guard, h2o_req_t *request)
{
    struct connection_guard **watch = h2o_mem_alloc_shared(&request->pool, sizeof(guard), on_request_over);
    *watch = guard;
    guard->block_since_ms = guard->body_since_ms = 0;
    loop_timer_stop(guard->serving->loop, &guard->recheck);
    if (guard->http1.state >= HTTP1_LAST || guard->retirement != RETIREMENT_NONE)
        request->http1_is_persistent = 0;
}

/* What pointed into the one buffer points to the same place in the other. */
static void move(const h2o_buffer_t *from, const h2o_buffer_t *to, char **at)
{
    uintptr_t start = (uintptr_t)from->bytes, place = (uintptr_t)*at;
    if (place >= start && place <= start + from->size)
        *at = to->bytes + (place - start);
}

static void move_request(const h2o_buffer_t *from, const h2o_buffer_t *to, h2o_req_t *request)
{
    h2o_iovec_t *texts[] = {&request->input.authority, &request->input.method, &request->input.path,
                            &request->authority,       &request->method,       &request->path,
                            &request->path_normalized, &request->entity,       &request->upgrade};
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        move(from, to, &texts[i]->base);
    for (size_t i = 0; i < request->headers.size; i++) {
        h2o_header_t *header = &request->headers.entries[i];
        move(from, to, &header->value.base);
        move(from, to, (char **)(void *)&header->orig_name);
        if (!h2o_iovec_is_token(header->name)) /* which nobody may write to, and which points elsewhere */
            move(from, to, &header->name->base);
    }
}

void http1_guard_shrink_input(struct connection_guard *guard, h2o_req_t *request)
{
    h2o_buffer_t *large = guard->socket->input;
    if (large->bytes == NULL || large->_fd != -1 || large->size == 0 || large->size > large->capacity / 2)
        return;
    h2o_buffer_t *small = h2o_mem_alloc(offsetof(h2o_buffer_t, _buf) + large->size);
    small->capacity = small->size = large->size;
    small->bytes = small->_buf;
    small->_prototype = large->_prototype;
    small->_fd = -1;
    memcpy(small->bytes, large->bytes, large->size);
    move_request(large, small, request);
    guard->socket->input = small;
    h2o_buffer__do_free(large);
}

/* After "100 Continue" h2o starts reading the body by itself. */
void http1_guard_recheck(struct connection_guard *guard)
{
    if (guard->socket->_cb.read == guard->read)
        stand(guard);
    else
        loop_timer_start(guard->serving->loop, &guard->recheck, RECHECK_MS);
}

static void note_progress(struct connection_guard *guard)
{
    uint64_t now_ms = h2o_now(guard->serving->h2o.loop);
    const struct http1_guard *http1 = &guard->http1;
    if (http1->state != HTTP1_HEAD || http1->head_length == 0)
        guard->block_since_ms = 0;
    else if (guard->block_since_ms == 0)
        guard->block_since_ms = now_ms;
    if (http1->state != HTTP1_BODY && http1->state != HTTP1_LAST)
        guard->body_since_ms = 0;
    else if (guard->body_since_ms == 0)
        guard->body_since_ms = now_ms;
}

static void take(struct connection_guard *guard, size_t new_bytes)
{
    struct connection *connection = guard->socket->on_close.data;
    scan(guard, new_bytes);
    note_progress(guard);
    connection_hold(connection);
    guard->read(guard->socket, NULL);
    if (!guard->is_over && guard->http1.expects_continue && guard->socket->_cb.read == NULL) {
        guard->http1.expects_continue = false;
        h2o_socket_dont_read(guard->socket, 1);
        loop_timer_start(guard->serving->loop, &guard->recheck, RECHECK_MS);
    }
    if (!guard->is_over)
        connection_guard_measure(guard);
    connection_release(connection);
}

static void on_read(h2o_socket_t *socket, const char *error)
{
    struct connection_guard *guard = guard_of(socket);
    if (error != NULL)
        guard->read(socket, error);
    else
        take(guard, socket->bytes_read);
}

void http1_guard_accept(struct connection_guard *guard, const h2o_accept_ctx_t *accept)
{
    h2o_socket_t *socket = guard->socket;
    h2o_buffer_t *first = socket->input;
    h2o_buffer_init(&socket->input, &h2o_socket_buffer_prototype);
    h2o_http1_accept((h2o_accept_ctx_t *)accept, socket, *h2o_get_timestamp(accept->ctx, NULL, NULL));
    h2o_buffer_dispose(&socket->input);
    socket->input = first;
    guard->http1.rearm.cb = rearm;
    guard->read = socket->_cb.read;
    socket->_cb.read = on_read;
    if (first->size != 0)
        take(guard, first->size);
}

void http1_guard_close(struct connection_guard *guard)
{
    if (h2o_timeout_is_linked(&guard->http1.rearm))
        h2o_timeout_unlink(&guard->http1.rearm);
}

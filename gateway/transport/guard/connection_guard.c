/* h2o's own callbacks for reading and writing are kept here and called by ours. While h2o writes, what was read
 * lies in a buffer that h2o does not have; so whichever callback it installs meanwhile finds nothing to read.
 */
#include "guard/connection_guard.h"

#include <h2o/http2.h>
#include <sys/socket.h>

#include "base/log.h"
#include "connection.h"
#include "guard/http2_guard.h"
#include "runtime/metrics.h"

enum { RECHECK_MS = 1, LOG_REST_MS = 1000, LAST_WORD_MS = 200, ENHANCE_YOUR_CALM = 11 };
_Static_assert(SERVER_FRAME_KINDS == (int)FRAME_KIND_COUNT, "server.h names the kinds in this order");

static void on_read(h2o_socket_t *socket, const char *error);
static void on_written(h2o_socket_t *socket, const char *error);
static void pass_on(struct connection_guard *guard);

static struct connection_guard *guard_of(h2o_socket_t *socket)
{
    struct connection *connection = socket->on_close.data;
    return &connection->guard;
}

static uint64_t now_of(const struct connection_guard *guard)
{
    return h2o_now(loop_h2o(guard->serving->loop));
}

/* --- cutting --- */

static const struct {
    enum metric metric;
    const char *reason;
} cuts[CUT_COUNT] = {
    [CUT_RESETS] = {METRIC_CUT_RESETS, "resets"},
    [CUT_WINDOW_UPDATES] = {METRIC_CUT_WINDOW_UPDATES, "window_updates"},
    [CUT_SETTINGS] = {METRIC_CUT_SETTINGS, "settings"},
    [CUT_PINGS] = {METRIC_CUT_PINGS, "pings"},
    [CUT_PRIORITIES] = {METRIC_CUT_PRIORITIES, "priorities"},
    [CUT_EMPTY_DATA] = {METRIC_CUT_EMPTY_DATA, "empty_data"},
    [CUT_CONTINUATIONS] = {METRIC_CUT_CONTINUATIONS, "continuations"},
    [CUT_OTHER_FRAMES] = {METRIC_CUT_OTHER_FRAMES, "other_frames"},
    [CUT_HEADER_BLOCK] = {METRIC_CUT_HEADER_BLOCK, "header_block"},
    [CUT_CONTINUATION_IN_DRAIN] = {METRIC_CUT_CONTINUATION_IN_DRAIN, "continuation_in_drain"},
    [CUT_WRITE_STALL] = {METRIC_CUT_WRITE_STALL, "write_stall"},
    [CUT_HEADER_TIMEOUT] = {METRIC_CUT_HEADER_TIMEOUT, "header_timeout"},
    [CUT_BODY_TIMEOUT] = {METRIC_CUT_BODY_TIMEOUT, "body_timeout"},
    [CUT_UNFINISHED] = {METRIC_CUT_UNFINISHED, "unfinished_requests"},
    [CUT_CONTROL_RECORDS] = {METRIC_CUT_CONTROL_RECORDS, "control_records"},
};

static void report(struct connection_guard *guard, enum cut cut)
{
    struct cut_report *last = &guard->serving->cut_reports[cut];
    uint64_t now_ms = now_of(guard);
    metric_add(cuts[cut].metric, 1);
    if (last->logged_at_ms != 0 && now_ms - last->logged_at_ms < LOG_REST_MS) {
        last->unlogged++;
        return;
    }
    LOG(LOG_WARNING, "connection_cut", log_text("reason", text_of(cuts[cut].reason)),
        log_text("peer", connection_peer(guard->socket->on_close.data)),
        log_number("unlogged", last->unlogged));
    *last = (struct cut_report){.logged_at_ms = now_ms};
}

static void count_unfinished(struct connection_guard *guard, size_t bytes)
{
    const struct connection *connection = guard->socket->on_close.data;
    if (bytes == guard->unfinished)
        return;
    address_book_count_unfinished(guard->serving->server->addresses, connection->address,
                                  connection_account(connection), guard->unfinished, bytes);
    guard->unfinished = bytes;
}

/* From here on what the client sends is thrown away, and h2o is told of the end of the connection. */
static void stop_listening(struct connection_guard *guard)
{
    if (!guard->is_http2)
        return;
    if (guard->withheld != NULL) {
        h2o_buffer_dispose(&guard->withheld);
        guard->withheld = NULL;
    }
    h2o_buffer_consume(&guard->socket->input, guard->socket->input->size);
    h2o_socket_dont_read(guard->socket, 0);
    h2o_socket_read_start(guard->socket, on_read);
}

void connection_guard_abort(struct connection_guard *guard)
{
    guard->is_cut = true;
    if (!guard->is_over)
        stop_listening(guard);
    shutdown(h2o_socket_get_fd(guard->socket), SHUT_RDWR);
}

void connection_guard_cut(struct connection_guard *guard, enum cut cut)
{
    if (guard->is_cut || guard->is_over)
        return;
    guard->is_cut = true;
    report(guard, cut);
    stop_listening(guard);
    count_unfinished(guard, 0); /* what it holds goes with it */
    if (guard->is_http2 && cut != CUT_WRITE_STALL) {
        http2_go_away_at_once(guard->socket, ENHANCE_YOUR_CALM, cuts[cut].reason);
        if (h2o_socket_is_writing(guard->socket))
            loop_timer_start(guard->serving->loop, &guard->recheck, LAST_WORD_MS);
    } else {
        shutdown(h2o_socket_get_fd(guard->socket), SHUT_RDWR);
    }
}

void connection_guard_cut_within_read(struct connection_guard *guard, enum cut cut)
{
    if (guard->is_cut || guard->is_over)
        return;
    guard->is_cut = true;
    report(guard, cut);
    shutdown(h2o_socket_get_fd(guard->socket), SHUT_RDWR);
}

/* --- withholding --- */

static void watch_write(struct connection_guard *guard)
{
    if (guard->socket->_cb.write == NULL) {
        /* h2o has stopped reading and is about to write. */
        loop_timer_start(guard->serving->loop, &guard->recheck, RECHECK_MS);
    } else if (guard->socket->_cb.write != on_written) {
        guard->write = guard->socket->_cb.write;
        guard->socket->_cb.write = on_written;
    }
}

static void withhold(struct connection_guard *guard)
{
    h2o_socket_t *socket = guard->socket;
    if (guard->withheld == NULL) {
        guard->withheld = socket->input;
        h2o_buffer_init(&socket->input, &h2o_socket_buffer_prototype);
        h2o_socket_dont_read(socket, 1);
    }
    if (h2o_socket_is_reading(socket)) {
        guard->stopped_reading = true;
        h2o_socket_read_stop(socket);
    }
    watch_write(guard);
}

/* After a write, and when looking again: h2o gets to see its input once nothing is being written and it wants
 * to read, or wanted to when we stopped it. It stops by itself only with a full output buffer, and starts when
 * that was written; a write that found the client's window closed ends without a word. */
static void resume(struct connection_guard *guard)
{
    h2o_socket_t *socket = guard->socket;
    if (guard->withheld == NULL)
        return;
    if (h2o_socket_is_writing(socket) || !(h2o_socket_is_reading(socket) || guard->stopped_reading)) {
        withhold(guard);
        return;
    }
    loop_timer_stop(guard->serving->loop, &guard->recheck);
    h2o_buffer_dispose(&socket->input);
    socket->input = guard->withheld;
    guard->withheld = NULL;
    guard->stopped_reading = false;
    h2o_socket_dont_read(socket, 0);
    h2o_socket_read_start(socket, on_read);
    if (socket->input->size != 0)
        pass_on(guard);
}

static void on_written(h2o_socket_t *socket, const char *error)
{
    struct connection_guard *guard = guard_of(socket);
    struct connection *connection = socket->on_close.data;
    h2o_socket_cb write = guard->write;
    guard->write = NULL;
    connection_hold(connection);
    write(socket, error);
    if (!guard->is_over)
        resume(guard);
    connection_release(connection);
}

static void on_recheck(struct loop_timer *timer)
{
    struct connection_guard *guard =
        (struct connection_guard *)(void *)((char *)timer - offsetof(struct connection_guard, recheck));
    struct connection *connection = guard->socket->on_close.data;
    if (guard->is_cut) { /* and the write before its last word is still blocked */
        shutdown(h2o_socket_get_fd(guard->socket), SHUT_RDWR);
        return;
    }
    if (!guard->is_http2) {
        http1_guard_recheck(guard);
        return;
    }
    connection_hold(connection);
    resume(guard);
    connection_release(connection);
}

void connection_guard_recheck(struct connection_guard *guard)
{
    if (guard->is_http2 && !guard->is_over && guard->withheld == NULL && !guard->is_cut &&
        guard->socket->_cb.read != on_read)
        withhold(guard);
}

/* --- requests --- */

void connection_guard_note_request(struct connection_guard *guard, bool is_new)
{
    if (guard->is_over)
        return;
    guard->active_at_ms = now_of(guard);
    guard->requests += is_new;
    if (guard->requests >= guard->serving->server->options.limits.requests_per_connection)
        connection_guard_retire(guard);
}

void connection_guard_retire(struct connection_guard *guard)
{
    if (guard->retirement != RETIREMENT_NONE)
        return;
    guard->retirement = RETIREMENT_ANNOUNCED;
    guard->retired_at_ms = now_of(guard);
    if (guard->is_http2)
        http2_announce_end(guard->socket);
}

static void cut_the_largest(const struct serving *serving, enum byte_account account)
{
    struct connection_guard *largest = NULL;
    for (struct connection *connection = serving->connections; connection != NULL;
         connection = connection->next) {
        if (connection_account(connection) == account &&
            (largest == NULL || connection->guard.unfinished > largest->unfinished))
            largest = &connection->guard;
    }
    connection_guard_cut(largest, CUT_UNFINISHED);
}

/* While a request is worked on its bytes are no longer unfinished. */
static size_t http1_unfinished_bytes(const struct connection_guard *guard)
{
    const struct connection *connection = guard->socket->on_close.data;
    const h2o_buffer_t *input = guard->socket->input;
    return input->size != 0 && connection->in_flight == 0 ? input->capacity : 0;
}

/* Answers that were there a sweep ago as well: those of a busy client are on their way. */
static size_t untaken_bytes(const struct connection_guard *guard)
{
    unsigned untaken = guard->untaken_now < guard->untaken_before ? guard->untaken_now : guard->untaken_before;
    return (size_t)untaken * HTTP2_STREAM_BYTES;
}

void connection_guard_measure(struct connection_guard *guard)
{
    const struct server *server = guard->serving->server;
    size_t were = guard->unfinished;
    size_t incomplete = guard->is_http2 ? http2_unfinished_bytes(guard->socket) : http1_unfinished_bytes(guard);
    count_unfinished(guard, incomplete + untaken_bytes(guard));
    if (guard->unfinished <= were)
        return;
    const struct connection *connection = guard->socket->on_close.data;
    struct byte_limits limits = connection_byte_limits(connection);
    enum byte_account account = connection_account(connection);
    if (guard->unfinished > limits.of_connection ||
        atomic_load_explicit(&connection->address->bytes[account].unfinished, memory_order_relaxed) >
            limits.of_address)
        connection_guard_cut(guard, CUT_UNFINISHED);
    else if (address_book_unfinished(server->addresses, account) > limits.in_all)
        cut_the_largest(guard->serving, account);
}

/* --- reading --- */

static bool is_endless_continuation(const struct connection_guard *guard)
{
    return (guard->has_continuation || http2_is_in_header_block(guard->socket)) &&
           http2_is_half_closed(guard->socket);
}

/* Streams that the server itself resets, because the client made it, are charged as if the client had reset
 * them. */
static bool charge_own_resets(struct connection_guard *guard, uint64_t count)
{
    if (count == 0)
        return true;
    metric_add(METRIC_STREAMS_RESET, (int64_t)count);
    struct frame_tally tally = {.counts[FRAME_RESET] = (uint32_t)count, .metered = (uint32_t)count};
    const uint32_t *limits = guard->serving->server->options.limits.frames_per_second;
    return frame_budget_charge(&guard->budget, limits, &tally, now_of(guard)) == FRAME_KIND_COUNT;
}

static void call_h2o(struct connection_guard *guard, const char *error)
{
    struct connection *connection = guard->socket->on_close.data;
    const h2o_context_t *context = connection->acceptor->accept.ctx;
    uint64_t resets = http2_streams_reset(context);
    connection_hold(connection);
    guard->has_continuation = false;
    guard->read(guard->socket, error);
    if (!guard->is_over) {
        if (!charge_own_resets(guard, http2_streams_reset(context) - resets))
            connection_guard_cut(guard, CUT_RESETS);
        if (guard->has_expanded)
            connection_guard_cut(guard, CUT_HEADER_BLOCK);
        if (!guard->is_cut)
            connection_guard_measure(guard);
        connection_guard_recheck(guard);
    }
    connection_release(connection);
}

static void pass_on(struct connection_guard *guard)
{
    if (h2o_socket_is_writing(guard->socket))
        withhold(guard);
    else if (is_endless_continuation(guard))
        connection_guard_cut(guard, CUT_CONTINUATION_IN_DRAIN);
    else
        call_h2o(guard, NULL);
}

static enum cut examine(struct connection_guard *guard, const char *bytes, size_t length)
{
    const struct server_limits *limits = &guard->serving->server->options.limits;
    struct frame_tally tally = {0};
    frame_scanner_read(&guard->scanner, bytes, length, &tally);
    if (!guard->scanner.is_block_open)
        guard->block_since_ms = 0;
    else if (guard->block_since_ms == 0)
        guard->block_since_ms = now_of(guard);
    if (tally.largest_block > limits->header_bytes)
        return CUT_HEADER_BLOCK;
    if (tally.counts[FRAME_CONTINUATION] != 0)
        guard->has_continuation = true;
    if (tally.counts[FRAME_RESET] != 0)
        metric_add(METRIC_STREAMS_RESET, tally.counts[FRAME_RESET]);
    enum frame_kind over =
        frame_budget_charge(&guard->budget, limits->frames_per_second, &tally, now_of(guard));
    return over == FRAME_KIND_COUNT ? CUT_COUNT : (enum cut)over;
}

static void take(struct connection_guard *guard, size_t new_bytes)
{
    const h2o_buffer_t *input = guard->socket->input;
    enum cut cut = examine(guard, input->bytes + (input->size - new_bytes), new_bytes);
    if (cut != CUT_COUNT)
        connection_guard_cut(guard, cut);
    else
        pass_on(guard);
}

static void on_read(h2o_socket_t *socket, const char *error)
{
    struct connection_guard *guard = guard_of(socket);
    if (error != NULL)
        call_h2o(guard, error);
    else if (guard->is_cut)
        h2o_buffer_consume(&socket->input, socket->input->size);
    else
        take(guard, socket->bytes_read);
}

/* --- its life --- */

void connection_guard_open(struct connection_guard *guard, struct serving *serving, h2o_socket_t *socket)
{
    guard->serving = serving;
    guard->socket = socket;
    guard->recheck.run = on_recheck;
    guard->opened_at_ms = guard->active_at_ms = now_of(guard);
}

void connection_guard_accept_http2(struct connection_guard *guard, const h2o_accept_ctx_t *accept)
{
    h2o_socket_t *socket = guard->socket;
    /* h2o reads what is there at once, and may close; it is shown an empty buffer until the guard stands. */
    h2o_buffer_t *first = socket->input;
    h2o_buffer_init(&socket->input, &h2o_socket_buffer_prototype);
    h2o_http2_accept((h2o_accept_ctx_t *)accept, socket, *h2o_get_timestamp(accept->ctx, NULL, NULL));
    http2_check_layout(socket);
    http2_watch_end(socket, guard);
    h2o_buffer_dispose(&socket->input);
    socket->input = first;
    guard->is_http2 = true;
    guard->read = socket->_cb.read;
    socket->_cb.read = on_read;
    frame_scanner_open(&guard->scanner);
    frame_budget_open(&guard->budget, guard->serving->server->options.limits.frames_per_second, now_of(guard));
    if (first->size != 0)
        take(guard, first->size);
}

void connection_guard_end(struct connection_guard *guard)
{
    if (guard->is_over)
        return;
    guard->is_over = true;
    guard->active_at_ms = now_of(guard);
    count_unfinished(guard, 0);
    http1_guard_close(guard);
    loop_timer_stop(guard->serving->loop, &guard->recheck);
    if (guard->withheld != NULL)
        h2o_buffer_dispose(&guard->withheld);
    guard->withheld = NULL;
    h2o_socket_dont_read(guard->socket, 0); /* what is left to do is TLS's */
}

void connection_guard_close(struct connection_guard *guard)
{
    connection_guard_end(guard);
    guard->socket = NULL;
}

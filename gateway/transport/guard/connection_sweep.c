/* Timeouts of connections and requests, answers that nobody takes, and connections that have served long
 * enough. One pass over a list a second is cheaper than timers per connection, and as exact as such bounds need
 * to be. */
#include "guard/connection_sweep.h"

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "connection.h"
#include "guard/http2_guard.h"
#include "runtime/metrics.h"

enum { SWEEP_MS = 1000, MS = 1000, GOODBYE_S = 5 };

/* --- answers that nobody takes --- */

/* Bytes of answers the other side has taken: grows, or at least changes, while it takes any. */
static uint64_t taken(const struct connection *connection)
{
    h2o_socket_t *socket = connection->socket;
    int descriptor = h2o_socket_get_fd(socket), queued = 0;
    if (!h2o_socket_is_writing(socket))
        return http2_bytes_sent(socket);
    if (connection->acceptor->listener->unix_path != NULL) {
        ioctl(descriptor, SIOCOUTQ, &queued);
        return (uint64_t)queued;
    }
    struct tcp_info information = {0};
    socklen_t length = sizeof(information);
    getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &information, &length);
    return information.tcpi_bytes_acked;
}

static bool has_stalled(struct connection *connection, uint64_t now_ms, int64_t limit_s)
{
    struct connection_guard *guard = &connection->guard;
    bool is_waiting =
        h2o_socket_is_writing(connection->socket) ||
        (guard->is_http2 && connection->in_flight == 0 && http2_answering(connection->socket) != 0);
    uint64_t now_taken = is_waiting ? taken(connection) : 0;
    if (!is_waiting || guard->stalled_at_ms == 0 || now_taken != guard->taken)
        guard->stalled_at_ms = is_waiting ? now_ms : 0;
    guard->taken = now_taken;
    return is_waiting && now_ms - guard->stalled_at_ms >= (uint64_t)limit_s * MS;
}

/* --- time --- */

static bool is_older(uint64_t since_ms, uint64_t now_ms, int64_t limit_s)
{
    return now_ms > since_ms && now_ms - since_ms >= (uint64_t)limit_s * MS;
}

static enum cut judge(struct connection *connection, const struct server_limits *limits, uint64_t now_ms)
{
    const struct connection_guard *guard = &connection->guard;
    if (has_stalled(connection, now_ms, limits->write_stall_s))
        return CUT_WRITE_STALL;
    if (guard->body_since_ms != 0 && is_older(guard->body_since_ms, now_ms, limits->body_s))
        return CUT_BODY_TIMEOUT;
    if (guard->block_since_ms != 0 && is_older(guard->block_since_ms, now_ms, limits->header_s))
        return CUT_HEADER_TIMEOUT;
    return CUT_COUNT;
}

/* Whoever takes one byte now and then never stalls; what its answers hold is counted, and bounded, instead. */
static void count_untaken(struct connection *connection)
{
    struct connection_guard *guard = &connection->guard;
    unsigned answering = http2_answering(connection->socket);
    guard->untaken_before = guard->untaken_now;
    guard->untaken_now = answering > connection->in_flight ? answering - connection->in_flight : 0;
}

static bool is_idle(const struct connection *connection)
{
    return !h2o_socket_is_writing(connection->socket) && http2_is_without_streams(connection->socket);
}

static void look_at_http2(struct connection *connection, const struct server_limits *limits, uint64_t now_ms)
{
    struct connection_guard *guard = &connection->guard;
    metric_add(METRIC_BODY_TIMEOUTS, http2_reset_incomplete(connection->socket, limits->body_s));
    count_untaken(connection);
    connection_guard_measure(guard);
    if (guard->is_cut)
        return;
    if (guard->retirement == RETIREMENT_ANNOUNCED && is_older(guard->retired_at_ms, now_ms, 1) &&
        !http2_has_incomplete(connection->socket)) {
        guard->retirement = RETIREMENT_FINAL;
        http2_end(connection->socket, "this connection has served long enough");
    } else if (is_idle(connection) && is_older(guard->active_at_ms, now_ms, limits->idle_s)) {
        guard->is_cut = true;
        http2_go_away_at_once(connection->socket, 0, "idle");
    }
}

static void look_at(struct connection *connection, const struct server_limits *limits, uint64_t now_ms)
{
    struct connection_guard *guard = &connection->guard;
    if (guard->is_over && is_older(guard->active_at_ms, now_ms, GOODBYE_S))
        connection_guard_abort(guard);
    if (connection->protocol == PROTOCOL_HANDSHAKE || guard->is_cut || guard->is_over)
        return;
    enum cut cut = judge(connection, limits, now_ms);
    if (cut != CUT_COUNT) {
        connection_guard_cut(guard, cut);
        return;
    }
    if (is_older(guard->opened_at_ms, now_ms, limits->age_s))
        connection_guard_retire(guard);
    if (guard->is_http2)
        look_at_http2(connection, limits, now_ms);
    else if (connection->in_flight == 0 && guard->block_since_ms == 0 && guard->body_since_ms == 0 &&
             !h2o_socket_is_writing(connection->socket) &&
             (is_older(guard->active_at_ms, now_ms, limits->idle_s) || guard->retirement != RETIREMENT_NONE))
        connection_guard_abort(guard);
}

static void sweep(struct loop_timer *timer)
{
    struct serving *serving = (struct serving *)(void *)((char *)timer - offsetof(struct serving, sweep));
    const struct server_limits *limits = &serving->server->options.limits;
    uint64_t now_ms = h2o_now(loop_h2o(serving->loop));
    for (struct connection *connection = serving->connections, *next; connection != NULL; connection = next) {
        next = connection->next;
        look_at(connection, limits, now_ms);
    }
    loop_timer_start(serving->loop, timer, SWEEP_MS);
}

void connection_sweep_start(struct serving *serving)
{
    serving->sweep.run = sweep;
    loop_timer_start(serving->loop, &serving->sweep, SWEEP_MS);
}

void connection_sweep_stop(struct serving *serving)
{
    loop_timer_stop(serving->loop, &serving->sweep);
}

/* Counted by the loop's thread, for whole seconds of the clock that nobody sets. */
#include "access_line.h"

#include "base/clock.h"
#include "runtime/metrics.h"

static _Thread_local struct {
    int64_t second;
    unsigned lines;
    int64_t left_out; /* since the last line */
} flood;

static bool has_room(void)
{
    int64_t second = clock_monotonic_us() / 1000000;
    if (second != flood.second) {
        flood.second = second;
        flood.lines = 0;
    }
    if (flood.lines < ACCESS_LINES_PER_SECOND) {
        flood.lines++;
        return true;
    }
    flood.left_out++;
    metric_add(METRIC_LOG_LINES_LEFT_OUT, 1);
    return false;
}

static void write_line(enum log_level level, const struct trace_request *request, struct text peer,
                       int64_t left_out)
{
    static const char *const events[] = {"request_left", "request_answered", "request_refused",
                                         "request_failed"};
    int kind = request->status == 0 ? 0 : request->status < 400 ? 1 : request->status < 500 ? 2 : 3;
    LOG(level, events[kind], log_text("method", text_of(request->method)),
        log_text("route", text_of(request->route)), log_number("status", request->status),
        log_text("reason", text_of(request->reason)), log_text("target", text_of(request->target)),
        log_text("address", peer), log_number("took_us", request->ended_us - request->began_us),
        log_number("left_out", left_out));
}

void access_line_write(const struct trace_request *request, struct text peer)
{
    enum log_level level = request->status >= 400 ? LOG_INFO : LOG_DEBUG;
    if (!log_is_written(level) || (level == LOG_INFO && !has_room()))
        return;
    write_line(level, request, peer, flood.left_out);
    flood.left_out = 0;
}

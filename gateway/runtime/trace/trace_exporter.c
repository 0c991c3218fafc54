/* One message is under way at a time. While it is, spans gather; when they are too many, they are dropped. */
#include "trace_exporter.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "otlp.h"
#include "runtime/metrics.h"

enum {
    SPANS_WAITING_MAX = 4096,
    BYTES_WAITING_MAX = 4 * 1024 * 1024,
    SPANS_AT_ONCE = 512,
    GATHERING_MS = 1000,
    ATTEMPTS_MAX = 5,
    DELAY_MS = 1000,
    DELAY_MAX_MS = 30 * 1000,
    RETRY_AFTER_MAX_S = 300,
    REJECTIONS_LOGGED_EACH_US = 60 * 1000 * 1000,
};

struct message {
    struct buffer body;
    size_t spans;
};

struct trace_exporter {
    struct trace_sink sink; /* first */
    struct loop *loop;
    const struct trace_exporter_options *options;
    struct http_client *client;
    char instance[IDENTIFIER_SIZE];
    struct message waiting, sent; /* sent has spans until it is done with */
    bool is_under_way, is_closed;
    unsigned attempts; /* of what is sent */
    unsigned failures; /* one after another */
    int64_t rejection_logged_at_us;
    struct loop_timer timer; /* to send what waits, or what is sent once more */
    void (*flushed)(void *context);
    void *flushed_context;
};

static void send_more(struct trace_exporter *exporter);

static void drop(struct message *message)
{
    metric_add(METRIC_TRACE_SPANS_WAITING, -(int64_t)message->spans);
    buffer_dispose(&message->body);
    *message = (struct message){.spans = 0};
}

/* --- what came of it --- */

static void note_rejected(struct trace_exporter *exporter, int64_t rejected, const char *detail)
{
    int64_t now_us = clock_monotonic_us();
    metric_add(METRIC_TRACE_SPANS_REJECTED, rejected);
    bool is_due = exporter->rejection_logged_at_us == 0 ||
                  now_us - exporter->rejection_logged_at_us > REJECTIONS_LOGGED_EACH_US;
    if ((rejected == 0 && detail[0] == '\0') || !is_due)
        return;
    exporter->rejection_logged_at_us = now_us;
    LOG(LOG_WARNING, "traces_rejected", log_text("url", exporter->options->url), log_number("spans", rejected),
        log_text("reason", text_of(detail)));
}

static void note_taken(struct trace_exporter *exporter, const struct http_answer *answer)
{
    char detail[160];
    int64_t spans = (int64_t)exporter->sent.spans,
            rejected = otlp_read_rejected(answer->body, detail, sizeof(detail));
    if (rejected > spans)
        rejected = spans;
    metric_add(METRIC_TRACE_SPANS_EXPORTED, spans - rejected);
    note_rejected(exporter, rejected, detail);
    if (exporter->failures != 0)
        LOG(LOG_INFO, "traces_exported_again", log_text("url", exporter->options->url));
    exporter->failures = 0;
    drop(&exporter->sent);
}

/* OTLP/HTTP: those are worth another attempt, all other statuses are for good. */
static bool is_for_later(const struct http_answer *answer)
{
    if (answer->fault != FAULT_NONE)
        return answer->fault == FAULT_OUTBOUND_FAILED;
    return answer->status == 429 || (answer->status >= 502 && answer->status <= 504);
}

static int64_t delay_ms(const struct trace_exporter *exporter, const struct http_answer *answer)
{
    int64_t seconds;
    if (answer->header.length != 0 && text_to_int64(answer->header, &seconds) && seconds >= 0)
        return (seconds < RETRY_AFTER_MAX_S ? seconds : RETRY_AFTER_MAX_S) * 1000;
    unsigned doublings = exporter->failures < 6 ? exporter->failures : 6;
    int64_t delay = (int64_t)DELAY_MS << doublings;
    return delay < DELAY_MAX_MS ? delay : DELAY_MAX_MS;
}

static void note_failed(struct trace_exporter *exporter, const struct http_answer *answer)
{
    int64_t delay = delay_ms(exporter, answer);
    if (exporter->failures++ == 0)
        LOG(LOG_WARNING, "traces_not_exported", log_text("url", exporter->options->url),
            log_number("status", answer->status), log_text("problem", text_of(answer->detail)),
            log_number("retry_ms", delay));
    bool is_given_up =
        !is_for_later(answer) || ++exporter->attempts >= ATTEMPTS_MAX || exporter->flushed != NULL;
    if (is_given_up) {
        metric_add(METRIC_TRACE_SPANS_FAILED, (int64_t)exporter->sent.spans);
        drop(&exporter->sent);
    }
    if (!exporter->is_closed)
        loop_timer_start(exporter->loop, &exporter->timer, delay);
}

static void on_answer(const struct http_answer *answer, void *context)
{
    struct trace_exporter *exporter = context;
    exporter->is_under_way = false;
    if (answer->fault == FAULT_NONE && answer->status >= 200 && answer->status < 300)
        note_taken(exporter, answer);
    else
        note_failed(exporter, answer);
    if (exporter->is_closed)
        return;
    bool is_soon = exporter->failures == 0 && exporter->waiting.spans >= SPANS_AT_ONCE;
    if (is_soon || exporter->flushed != NULL)
        send_more(exporter);
    else if (exporter->failures == 0 && exporter->waiting.spans != 0)
        loop_timer_start(exporter->loop, &exporter->timer, GATHERING_MS);
}

/* --- sending --- */

static void send_message(struct trace_exporter *exporter)
{
    const struct trace_exporter_options *options = exporter->options;
    struct text headers[TRACE_HEADERS_MAX + 1];
    memcpy(headers, options->headers, options->header_count * sizeof(headers[0]));
    headers[options->header_count] = TEXT("content-type: application/json");
    const struct http_request request = {.url = options->url,
                                         .method = TEXT("POST"),
                                         .headers = headers,
                                         .header_count = options->header_count + 1,
                                         .body = buffer_text(&exporter->sent.body),
                                         .answer_limit = OTLP_ANSWER_BYTES_MAX,
                                         .timeout_ms = options->timeout_ms,
                                         .wanted_header = TEXT("retry-after")};
    exporter->is_under_way = true;
    http_client_send(exporter->client, &request, on_answer, exporter);
}

static void take_waiting(struct trace_exporter *exporter)
{
    struct message *sent = &exporter->sent;
    otlp_begin(&sent->body, exporter->options->version, exporter->instance);
    buffer_append(&sent->body, buffer_text(&exporter->waiting.body));
    otlp_end(&sent->body);
    sent->spans = exporter->waiting.spans;
    buffer_dispose(&exporter->waiting.body);
    exporter->waiting = (struct message){.spans = 0};
    exporter->attempts = 0;
}

static void send_more(struct trace_exporter *exporter)
{
    if (exporter->is_under_way || exporter->is_closed)
        return;
    loop_timer_stop(exporter->loop, &exporter->timer);
    if (exporter->sent.spans == 0 && exporter->waiting.spans != 0)
        take_waiting(exporter);
    if (exporter->sent.spans != 0) {
        send_message(exporter);
    } else if (exporter->flushed != NULL) {
        void (*flushed)(void *) = exporter->flushed;
        exporter->flushed = NULL;
        flushed(exporter->flushed_context);
    }
}

static void on_timer(struct loop_timer *timer)
{
    send_more((struct trace_exporter *)(void *)((char *)timer - offsetof(struct trace_exporter, timer)));
}

static void take(struct trace_sink *sink, const struct trace_request *request)
{
    struct trace_exporter *exporter = (struct trace_exporter *)sink;
    struct message *waiting = &exporter->waiting;
    size_t spans = request->span_count + 1;
    if (request->spans_left_out != 0)
        metric_add(METRIC_TRACE_SPANS_DROPPED, (int64_t)request->spans_left_out);
    if (exporter->is_closed || waiting->spans + spans > SPANS_WAITING_MAX ||
        waiting->body.length > BYTES_WAITING_MAX) {
        metric_add(METRIC_TRACE_SPANS_DROPPED, (int64_t)spans);
        return;
    }
    otlp_write_spans(&waiting->body, waiting->spans == 0, request);
    waiting->spans += spans;
    metric_add(METRIC_TRACE_SPANS_WAITING, (int64_t)spans);
    if (exporter->is_under_way || exporter->sent.spans != 0)
        return;
    if (waiting->spans >= SPANS_AT_ONCE && exporter->failures == 0)
        send_more(exporter);
    else if (exporter->timer.heap_index == 0)
        loop_timer_start(exporter->loop, &exporter->timer, GATHERING_MS);
}

/* --- its life --- */

struct trace_exporter *trace_exporter_create(struct loop *loop, const struct trace_exporter_options *options)
{
    struct trace_exporter *exporter = calloc(1, sizeof(*exporter));
    INVARIANT(exporter != NULL);
    exporter->sink = (struct trace_sink){.percent = options->percent, .take = take};
    exporter->loop = loop;
    exporter->options = options;
    exporter->client = http_client_create(loop, options->guard, options->ca_file);
    exporter->timer.run = on_timer;
    identifier_make(clock_wall_us(), exporter->instance);
    return exporter;
}

struct trace_sink *trace_exporter_sink(struct trace_exporter *exporter)
{
    return &exporter->sink;
}

void trace_exporter_flush(struct trace_exporter *exporter, void (*flushed)(void *context), void *context)
{
    exporter->flushed = flushed;
    exporter->flushed_context = context;
    send_more(exporter);
}

void trace_exporter_close(struct trace_exporter *exporter)
{
    exporter->is_closed = true;
    http_client_destroy(exporter->client); /* and with it what is under way */
    loop_timer_stop(exporter->loop, &exporter->timer);
    metric_add(METRIC_TRACE_SPANS_DROPPED, (int64_t)(exporter->waiting.spans + exporter->sent.spans));
    drop(&exporter->waiting);
    drop(&exporter->sent);
}

void trace_exporter_destroy(struct trace_exporter *exporter)
{
    free(exporter);
}

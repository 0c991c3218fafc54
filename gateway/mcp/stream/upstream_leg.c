/* What the client does not take holds the server back. Encoded bodies (gzip) were not asked for and are no
 * answer: what cannot be read is not handed on. */
#include "upstream_leg.h"

#include <stddef.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"

/* -- the head */

static struct text keep(const struct upstream_leg *leg, struct text value)
{
    return arena_copy(leg->arena, value);
}

static void note_header(struct upstream_leg *leg, struct text name, struct text value)
{
    struct upstream_head *head = &leg->head;
    if (text_is(name, "content-type")) {
        head->is_events = !leg->is_whole && text_is_media_type(value, TEXT("text/event-stream"));
        head->content_type = keep(leg, value);
        head->is_json = text_is_media_type(value, TEXT("application/json"));
    } else if (text_is(name, "mcp-session-id")) {
        head->session_id = keep(leg, value);
    } else if (text_is(name, "allow")) {
        head->allow = keep(leg, value);
    } else if (text_is(name, "retry-after")) {
        head->retry_after = keep(leg, value);
    } else if (text_is(name, "www-authenticate") && head->challenge.base == NULL) {
        head->challenge = keep(leg, value);
    }
}

static bool is_encoded(const struct http_stream_header *headers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (text_is(headers[i].name, "content-encoding") && !text_is(headers[i].value, "identity"))
            return true;
    return false;
}

/* From here on it is the call's time alone that counts, whatever progress the server tells of. */
static void wait_for_rest(struct upstream_leg *leg)
{
    int64_t left_ms = leg->call_ms - (clock_monotonic_us() / 1000 - leg->began_ms);
    if (leg->call_ms == 0)
        loop_timer_stop(loop_current(), &leg->patience);
    else
        loop_timer_start(loop_current(), &leg->patience, left_ms > 0 ? left_ms : 0);
}

static void note_head(void *context, int status, const struct http_stream_header *headers, size_t count)
{
    struct upstream_leg *leg = context;
    leg->head.status = status;
    for (size_t i = 0; i < count; i++)
        note_header(leg, headers[i].name, headers[i].value);
    if (is_encoded(headers, count))
        upstream_leg_give_up(leg, FAULT_MCP_UPSTREAM_ANSWER);
    wait_for_rest(leg);
    leg->is_headed = true;
    if (leg->headed.state == FLOW_WAIT_PENDING)
        flow_wait_done(&leg->headed);
}

/* -- the body */

static enum fault take(struct upstream_leg *leg, struct text piece)
{
    const struct event_reader reader = {leg->on_event, leg->context};
    if (leg->head.is_events)
        return event_stream_take(&leg->events, piece, &reader);
    if (leg->body.length + piece.length > leg->answer_bytes)
        return FAULT_MCP_UPSTREAM_ANSWER;
    buffer_append(&leg->body, piece);
    return FAULT_NONE;
}

/* true: more can be taken. What came before somebody wants it waits in the body. */
static bool note_data(void *context, struct text piece)
{
    struct upstream_leg *leg = context;
    if (leg->is_leaving)
        return false;
    if (!leg->is_open) {
        buffer_append(&leg->body, piece);
        return false;
    }
    enum fault fault = take(leg, piece);
    if (fault != FAULT_NONE)
        upstream_leg_give_up(leg, fault);
    return fault == FAULT_NONE && (!leg->head.is_events || leg->has_room(leg->context));
}

/* Wakes who waits for it, last of all: they may be done with all of this. */
static void end(struct upstream_leg *leg, enum fault fault)
{
    leg->fault = leg->is_leaving ? leg->reason : fault;
    leg->stream = NULL;
    leg->is_headed = leg->is_over = true;
    loop_timer_stop(loop_current(), &leg->patience);
    if (leg->headed.state == FLOW_WAIT_PENDING)
        flow_wait_done(&leg->headed);
    else if (leg->ended.state == FLOW_WAIT_PENDING)
        flow_wait_done(&leg->ended);
}

static void log_end(struct upstream_leg *leg, enum fault fault, const char *reason)
{
    leg->is_logged = true;
    LOG(LOG_WARNING, "mcp_failed", log_text("exchange", leg->id), log_text("upstream", leg->url),
        log_text("fault", text_of(fault_row(fault)->reason)), log_text("reason", text_of(reason)));
}

/* Its status and no word of it: it may repeat the credential that it was shown. */
void upstream_leg_log_answer(struct upstream_leg *leg, enum fault fault)
{
    char reason[64];
    if (leg->is_logged || leg->head.status == 0 ||
        (fault != FAULT_MCP_UPSTREAM_ANSWER && fault != FAULT_MCP_UPSTREAM_REFUSES))
        return;
    snprintf(reason, sizeof(reason), "it answered %d%s", leg->head.status,
             leg->head.is_events ? " with events"
             : leg->head.is_json ? " with JSON"
                                 : " and no JSON");
    log_end(leg, fault, reason);
}

static void note_end(void *context, enum fault fault)
{
    struct upstream_leg *leg = context;
    if (fault != FAULT_NONE)
        log_end(leg, fault, http_stream_detail(leg->stream));
    end(leg, fault);
}

/* -- its life */

static void lose_patience(struct loop_timer *timer)
{
    upstream_leg_give_up(
        (struct upstream_leg *)(void *)((char *)timer - offsetof(struct upstream_leg, patience)),
        FAULT_MCP_UPSTREAM_SLOW);
}

void upstream_leg_start(struct upstream_leg *leg, struct http_streams *streams,
                        const struct http_stream_request *request)
{
    static const struct http_stream_events events = {note_head, note_data, note_end};
    bool is_head_last = leg->call_ms == 0 || leg->first_byte_ms < leg->call_ms;
    event_stream_begin(&leg->events, leg->event_bytes);
    leg->patience.run = lose_patience;
    leg->began_ms = clock_monotonic_us() / 1000;
    loop_timer_start(loop_current(), &leg->patience, is_head_last ? leg->first_byte_ms : leg->call_ms);
    leg->stream = http_stream_start(streams, request, &events, leg);
}

void upstream_leg_answer(struct upstream_leg *leg, int status, struct text body)
{
    leg->head = (struct upstream_head){.status = status, .is_json = body.length != 0};
    leg->answer_bytes = body.length;
    buffer_append(&leg->body, body);
    leg->is_headed = leg->is_over = true;
}

void upstream_leg_resume(struct upstream_leg *leg)
{
    if (leg->stream != NULL && leg->is_open && !leg->is_leaving)
        http_stream_resume(leg->stream);
}

bool upstream_leg_is_sent(const struct upstream_leg *leg)
{
    return leg->stream == NULL || http_stream_is_sent(leg->stream);
}

void upstream_leg_settle(struct upstream_leg *leg, struct arena *arena)
{
    const struct upstream_head *head = &leg->head;
    leg->arena = arena;
    leg->head =
        (struct upstream_head){.status = head->status, .is_events = head->is_events, .is_json = head->is_json};
}

static void leave(struct loop_timer *timer)
{
    struct upstream_leg *leg =
        (struct upstream_leg *)(void *)((char *)timer - offsetof(struct upstream_leg, farewell));
    if (leg->stream == NULL)
        return;
    if (leg->reason != FAULT_CALLER_GONE)
        log_end(leg, leg->reason, "given up");
    http_stream_cancel(leg->stream);
    end(leg, leg->reason);
}

void upstream_leg_give_up(struct upstream_leg *leg, enum fault reason)
{
    if (leg->is_leaving)
        return;
    leg->is_leaving = true;
    leg->reason = reason;
    leg->farewell.run = leave;
    loop_timer_start(loop_current(), &leg->farewell, 0);
}

void upstream_leg_await_head(struct upstream_leg *leg)
{
    if (leg->is_headed)
        flow_wait_done(&leg->headed);
}

/* What waits is taken first. The answer may have come to its end meanwhile. */
static void open(struct upstream_leg *leg)
{
    struct buffer held = leg->body;
    leg->is_open = true;
    leg->body = (struct buffer){0};
    enum fault fault = held.length == 0 || leg->is_leaving ? FAULT_NONE : take(leg, buffer_text(&held));
    if (fault != FAULT_NONE)
        upstream_leg_give_up(leg, fault);
    buffer_dispose(&held);
}

void upstream_leg_await_end(struct upstream_leg *leg)
{
    if (!leg->is_open)
        open(leg);
    if (leg->is_over) {
        if (leg->is_leaving)
            leg->fault = leg->reason;
        flow_wait_done(&leg->ended);
        return;
    }
    if (!leg->head.is_events || leg->has_room(leg->context))
        upstream_leg_resume(leg);
}

void upstream_leg_dispose(struct upstream_leg *leg)
{
    if (leg->is_leaving)
        loop_timer_stop(loop_current(), &leg->farewell);
    loop_timer_stop(loop_current(), &leg->patience);
    if (leg->stream != NULL)
        http_stream_cancel(leg->stream);
    leg->stream = NULL;
    event_stream_dispose(&leg->events);
    buffer_dispose(&leg->body);
}

/* Of who has gone the flow knows; whatever else was noted is found again. */
void upstream_leg_forget(struct upstream_leg *leg)
{
    upstream_leg_dispose(leg);
    *leg = (struct upstream_leg){.arena = leg->arena,
                                 .id = leg->id,
                                 .url = leg->url,
                                 .event_bytes = leg->event_bytes,
                                 .answer_bytes = leg->answer_bytes,
                                 .first_byte_ms = leg->first_byte_ms,
                                 .call_ms = leg->call_ms,
                                 .on_event = leg->on_event,
                                 .has_room = leg->has_room,
                                 .context = leg->context};
}

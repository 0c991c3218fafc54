/* Nothing of the answer leaves before egress_upstream_open: until then the stream is paused at its first piece.
 * What the caller does not take holds the upstream back. */
#include "egress_upstream.h"

#include "base/log.h"

static void keep_challenges(struct egress_upstream *x, const struct http_stream_header *headers, size_t count)
{
    struct text *challenges = ARENA_ARRAY(x->arena, struct text, count + 1);
    x->challenges = challenges;
    for (size_t i = 0; i < count; i++)
        if (text_is(headers[i].name, "www-authenticate"))
            challenges[x->challenge_count++] = headers[i].value;
}

static void note_head(void *context, int status, const struct http_stream_header *headers, size_t count)
{
    struct egress_upstream *x = context;
    struct http_stream_header *kept = ARENA_ARRAY(x->arena, struct http_stream_header, count + 1);
    for (size_t i = 0; i < count; i++)
        kept[i] = (struct http_stream_header){arena_copy(x->arena, headers[i].name),
                                              arena_copy(x->arena, headers[i].value)};
    x->status = status;
    x->answer = (struct response){.status = status};
    upstream_answer_filter(x->arena, x->egress, x->path, x->credential, kept, count, &x->answer);
    keep_challenges(x, kept, count);
    x->is_headed = true;
    if (x->headed.state == FLOW_WAIT_PENDING)
        flow_wait_done(&x->headed);
}

/* true: more can be taken. */
static bool hand_on(struct egress_upstream *x, struct text piece)
{
    struct text earlier, now;
    if (x->is_leaving)
        return false;
    if (!answer_guard_take(&x->guard, piece, &earlier, &now)) {
        egress_upstream_give_up(x, FAULT_CALL_ANSWER_SHOWS);
        return false;
    }
    bool has_room = earlier.length == 0 || request_send(x->request, earlier);
    return now.length == 0 ? has_room : request_send(x->request, now);
}

static bool note_data(void *context, struct text piece)
{
    struct egress_upstream *x = context;
    if (x->is_open)
        return hand_on(x, piece);
    x->held = arena_copy(x->arena, piece);
    return false;
}

/* The end of an answer that went through: not whole if it was to be given up just then. */
static void settle(struct egress_upstream *x)
{
    struct text rest = answer_guard_end(&x->guard);
    if (x->is_leaving)
        x->fault = x->reason;
    else if (x->fault == FAULT_NONE && rest.length != 0)
        request_send(x->request, rest);
}

/* Wakes who waits for it, last of all: they may be done with all of this. */
static void end(struct egress_upstream *x, enum fault fault)
{
    x->fault = fault;
    x->stream = NULL;
    if (x->is_open)
        settle(x);
    x->is_headed = x->is_over = true;
    if (x->headed.state == FLOW_WAIT_PENDING)
        flow_wait_done(&x->headed);
    else if (x->ended.state == FLOW_WAIT_PENDING)
        flow_wait_done(&x->ended);
}

static void log_end(const struct egress_upstream *x, enum fault fault, const char *reason)
{
    LOG(LOG_WARNING, "egress_failed", log_text("exchange", x->id), log_text("upstream", x->egress->upstream),
        log_text("fault", text_of(fault_row(fault)->reason)), log_text("reason", text_of(reason)));
}

static void note_end(void *context, enum fault fault)
{
    struct egress_upstream *x = context;
    if (fault != FAULT_NONE)
        log_end(x, fault, http_stream_detail(x->stream));
    end(x, fault);
}

void egress_upstream_start(struct egress_upstream *x, struct http_streams *streams,
                           const struct http_stream_request *request)
{
    static const struct http_stream_events events = {note_head, note_data, note_end};
    x->guard.credential = x->credential;
    x->stream = http_stream_start(streams, request, &events, x);
}

static void resume(void *context)
{
    struct egress_upstream *x = context;
    if (x->stream != NULL)
        http_stream_resume(x->stream);
}

void egress_upstream_open(struct egress_upstream *x)
{
    x->is_open = true;
    request_on_ready(x->request, resume, x);
    bool has_room = x->held.length == 0 || hand_on(x, x->held);
    x->held = TEXT_NONE;
    if (x->is_over)
        settle(x);
    else if (has_room)
        http_stream_resume(x->stream);
}

static void leave(struct loop_timer *timer)
{
    struct egress_upstream *x =
        (struct egress_upstream *)((char *)timer - offsetof(struct egress_upstream, farewell));
    if (x->stream == NULL)
        return;
    if (x->reason != FAULT_CALLER_GONE)
        log_end(x, x->reason, "given up");
    http_stream_cancel(x->stream);
    end(x, x->reason);
}

void egress_upstream_give_up(struct egress_upstream *x, enum fault reason)
{
    if (x->is_leaving)
        return;
    x->is_leaving = true;
    x->reason = reason;
    x->farewell.run = leave;
    loop_timer_start(loop_current(), &x->farewell, 0);
}

void egress_upstream_await_head(struct egress_upstream *x)
{
    if (x->is_headed)
        flow_wait_done(&x->headed);
}

void egress_upstream_await_end(struct egress_upstream *x)
{
    if (x->is_over)
        flow_wait_done(&x->ended);
}

void egress_upstream_dispose(struct egress_upstream *x)
{
    if (x->is_leaving)
        loop_timer_stop(loop_current(), &x->farewell);
    if (x->stream != NULL)
        http_stream_cancel(x->stream);
    x->stream = NULL;
}

/* Of who has gone the flow knows; whatever else was noted is found again. */
void egress_upstream_forget(struct egress_upstream *x)
{
    egress_upstream_dispose(x);
    *x = (struct egress_upstream){
        .arena = x->arena, .request = x->request, .egress = x->egress, .path = x->path, .id = x->id};
}

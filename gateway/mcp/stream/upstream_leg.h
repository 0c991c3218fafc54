/* The server's half of one message: sent, its answer taken whole or event by event. Nothing of an answer is
 * looked at before it is asked for: until then the stream is held at its first piece. */
#ifndef MCP_UPSTREAM_LEG_H
#define MCP_UPSTREAM_LEG_H

#include "message/event_stream.h"
#include "runtime/flow.h"
#include "runtime/http_stream.h"

/* What of an answer's head matters. Texts in the arena. */
struct upstream_head {
    int status;     /* 0: there was none */
    bool is_events; /* text/event-stream */
    bool is_json;
    struct text content_type;
    struct text session_id, allow, retry_after;
    struct text challenge; /* the first WWW-Authenticate, for us alone */
};

/* Zeroed before use, but for the first group; begun again after upstream_leg_forget. */
struct upstream_leg {
    struct arena *arena;
    struct text id, url;              /* for the log */
    size_t event_bytes, answer_bytes; /* the largest of each */
    int64_t first_byte_ms, call_ms;   /* until the head, and in all; call_ms 0: as long as it likes */
    bool is_whole;                    /* no events are looked for, whatever its type */
    /* Each event, in its order; the texts are borrowed. A fault ends the stream. */
    enum fault (*on_event)(void *context, const struct event *event);
    bool (*has_room)(void *context); /* false: no more until upstream_leg_resume */
    void *context;

    struct flow_wait headed, ended; /* upstream_leg_await_head and _end */
    bool is_headed, is_over;
    enum fault fault; /* after the end; NONE: the answer is whole */
    struct upstream_head head;
    struct buffer body; /* of an answer that is no stream, once it is over */

    struct http_stream *stream; /* NULL: not begun, or over */
    bool is_open;               /* somebody wants what comes */
    struct event_stream events;
    bool is_logged;  /* why it failed */
    bool is_leaving; /* noted inside h2o or libcurl, acted upon when the loop turns */
    enum fault reason;
    struct loop_timer farewell, patience;
    int64_t began_ms;
};

void upstream_leg_start(struct upstream_leg *leg, struct http_streams *streams,
                        const struct http_stream_request *request);
/* As if a server had answered this, in JSON where it is not empty: nothing is sent, and nothing waits yet. */
void upstream_leg_answer(struct upstream_leg *leg, int status, struct text body);
/* Start what a step awaits, at once where it has happened: the head, or the end without one; and the end, of
 * what is wanted from here on. */
void upstream_leg_await_head(struct upstream_leg *leg);
void upstream_leg_await_end(struct upstream_leg *leg);
void upstream_leg_resume(struct upstream_leg *leg);
/* Whether the request and its body are not needed any more; and then, that nothing is but what lies in that
 * arena. */
bool upstream_leg_is_sent(const struct upstream_leg *leg);
void upstream_leg_settle(struct upstream_leg *leg, struct arena *arena);
/* Gives it up when the loop turns, as if it had ended with this fault; from wherever nothing more may be done
 * than noting it. The first reason counts. */
void upstream_leg_give_up(struct upstream_leg *leg, enum fault reason);
/* When nobody waits for it any more: nothing of it happens from here on. */
void upstream_leg_dispose(struct upstream_leg *leg);
/* An answer that came whole and is of no use is told where operators look, as one that did not come is. */
void upstream_leg_log_answer(struct upstream_leg *leg, enum fault fault);
/* As if it had never been begun, to be begun again. */
void upstream_leg_forget(struct upstream_leg *leg);

#endif

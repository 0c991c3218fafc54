/* The upstream's half of a call through egress: sent, its answer handed on piece by piece as the caller takes
 * it. */
#ifndef RELAY_EGRESS_UPSTREAM_H
#define RELAY_EGRESS_UPSTREAM_H

#include "relay/answer_guard.h"
#include "runtime/flow.h"
#include "runtime/http_stream.h"
#include "upstream_answer.h"

/* Zeroed before use, but for the first group; begun again after egress_upstream_forget. */
struct egress_upstream {
    struct arena *arena;
    struct request *request;
    const struct egress_document *egress;
    struct text path; /* "/egress/TARGET" */
    struct text id;   /* of the call, for the log */

    struct text credential;         /* for what must not come back */
    struct flow_wait headed, ended; /* egress_upstream_await_head and _end */
    bool is_headed, is_over;
    enum fault fault; /* after the end */
    int status;       /* 0: there was no head */
    struct response answer;
    const struct text *challenges; /* the values of WWW-Authenticate */
    size_t challenge_count;

    struct http_stream *stream; /* NULL: not begun, or over */
    bool is_open;               /* the answer was begun, pieces go through */
    struct text held;           /* the first piece, until then */
    struct answer_guard guard;
    bool is_leaving; /* noted inside h2o or libcurl, acted upon when the loop turns */
    enum fault reason;
    struct loop_timer farewell;
};

void egress_upstream_start(struct egress_upstream *upstream, struct http_streams *streams,
                           const struct http_stream_request *request);
/* Start what a step awaits, at once where it has happened: the head, or the end without one; and the end. */
void egress_upstream_await_head(struct egress_upstream *upstream);
void egress_upstream_await_end(struct egress_upstream *upstream);
/* Lets what came and what comes go to the caller. */
void egress_upstream_open(struct egress_upstream *upstream);
/* Gives the upstream up when the loop turns, as if it had ended with this fault; from wherever nothing more may
 * be done than noting it. The first reason counts. */
void egress_upstream_give_up(struct egress_upstream *upstream, enum fault reason);
/* When nobody waits for it any more: nothing of it happens from here on. */
void egress_upstream_dispose(struct egress_upstream *upstream);
/* As if it had never been begun, to be begun again. */
void egress_upstream_forget(struct egress_upstream *upstream);

#endif

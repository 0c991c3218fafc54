/* Stands between a connection's bytes and h2o, from the first byte on. libh2o 2.2.5 can be aborted by a client
 * whose WINDOW_UPDATE arrives while a write is blocked, and meters nothing; so reads are withheld from it while
 * it writes, and what costs a client nothing is counted before h2o sees it. docs/decisions/0010 has the story.
 * Used by connection.c; http2_guard.c is the part that only HTTP/2 needs. */
#ifndef TRANSPORT_CONNECTION_GUARD_H
#define TRANSPORT_CONNECTION_GUARD_H

#include <h2o.h>

#include "guard/frame_budget.h"
#include "guard/handshake_scanner.h"
#include "guard/http1_guard.h"
#include "runtime/loop.h"

struct serving;

/* Why a connection is cut. The first ones are what there was too much of, in the order of enum frame_kind. */
enum cut {
    CUT_RESETS,
    CUT_WINDOW_UPDATES,
    CUT_SETTINGS,
    CUT_PINGS,
    CUT_PRIORITIES,
    CUT_EMPTY_DATA,
    CUT_CONTINUATIONS,
    CUT_OTHER_FRAMES,
    CUT_HEADER_BLOCK,          /* a header block larger than allowed */
    CUT_CONTINUATION_IN_DRAIN, /* would keep h2o busy for ever */
    CUT_WRITE_STALL,           /* nothing of an answer was taken for too long */
    CUT_HEADER_TIMEOUT,
    CUT_BODY_TIMEOUT,    /* HTTP/1; on HTTP/2 only the stream is reset */
    CUT_UNFINISHED,      /* incomplete requests hold too much memory */
    CUT_CONTROL_RECORDS, /* of TLS, see tls_guard.h */
    CUT_COUNT
};

enum retirement { RETIREMENT_NONE, RETIREMENT_ANNOUNCED, RETIREMENT_FINAL };

struct connection_guard {
    struct serving *serving;
    h2o_socket_t *socket;      /* NULL once closed */
    h2o_socket_cb read, write; /* h2o's own, while ours stand in their place */
    h2o_buffer_t *withheld;    /* what h2o does not get to see while it writes; NULL when it sees everything */
    bool stopped_reading;      /* we did, not h2o: it will not start again by itself */
    struct loop_timer recheck;
    bool is_http2;
    bool is_cut;
    bool is_over;               /* h2o has ended the connection; the socket may still be saying goodbye */
    bool has_continuation;      /* one was scanned that h2o has not seen */
    bool has_expanded;          /* a header block came out as far more fields than any request has */
    enum retirement retirement; /* served long enough; further requests want another connection */
    unsigned requests;
    unsigned control_records;             /* of TLS, since the handshake */
    size_t unfinished;                    /* bytes counted in the address book */
    unsigned untaken_before, untaken_now; /* answers made and not sent, when last looked at */
    /* Times of the loop; 0 where there is none. */
    uint64_t opened_at_ms, active_at_ms, retired_at_ms, block_since_ms, body_since_ms, stalled_at_ms;
    uint64_t taken; /* bytes of answers when last looked at */
    struct handshake_scanner handshake;
    struct http1_guard http1;
    struct frame_scanner scanner;
    struct frame_budget budget;
};

/* Before anything else: the connection has been accepted. */
void connection_guard_open(struct connection_guard *guard, struct serving *serving, h2o_socket_t *socket);
/* Hands the socket to h2o's HTTP/2 with the guard before it. What was read already is guarded too. May close
 * the connection. */
void connection_guard_accept_http2(struct connection_guard *guard, const h2o_accept_ctx_t *accept);
/* When a request was taken or answered: h2o may have stopped reading, and would start again without us. */
void connection_guard_recheck(struct connection_guard *guard);
/* A request has been taken, or answered. */
void connection_guard_note_request(struct connection_guard *guard, bool is_new);
/* Asks the client to open another connection. */
void connection_guard_retire(struct connection_guard *guard);
/* Counts what incomplete requests and untaken answers hold; cuts this connection, or the one that holds most,
 * where it is too much. */
void connection_guard_measure(struct connection_guard *guard);
/* Counts, logs (once a second and reason) and ends the connection: GOAWAY where it can still be written. */
void connection_guard_cut(struct connection_guard *guard, enum cut cut);
/* The same without a word, from inside h2o's reading of the socket, where its buffers are in use. */
void connection_guard_cut_within_read(struct connection_guard *guard, enum cut cut);
/* Ends the connection without a word. */
void connection_guard_abort(struct connection_guard *guard);
/* h2o's connection has ended, whoever ended it. */
void connection_guard_end(struct connection_guard *guard);
/* The socket has been closed. */
void connection_guard_close(struct connection_guard *guard);

#endif

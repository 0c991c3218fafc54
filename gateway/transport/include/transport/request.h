/* One request, as handlers see it: a safe handle that stays valid when the stream it came on is gone. h2o's own
 * request struct dies with a reset and never leaves this room. All calls on the request's own loop. */
#ifndef TRANSPORT_REQUEST_H
#define TRANSPORT_REQUEST_H

#include "base/text.h"
#include "runtime/loop.h"

struct request;

enum request_listener {
    REQUEST_LISTENER_PUBLIC,
    REQUEST_LISTENER_ADMIN,
    REQUEST_LISTENER_ADMIN_TLS, /* the same over the network, where calls show a token */
    REQUEST_LISTENER_FIXTURE,
    REQUEST_LISTENER_RELAY,     /* every method but CONNECT and TRACE, large bodies */
    REQUEST_LISTENER_MONITORING /* probes and metrics, for which there is room when there is none for others */
};

/* Copies taken when the request arrived; valid until request_answer returns. */
struct text request_method(const struct request *request);
struct text request_path(const struct request *request);      /* without the query */
struct text request_authority(const struct request *request); /* Host, or :authority; TEXT_NONE: none */
bool request_has_query(const struct request *request);
struct text request_query(const struct request *request);
struct text request_body(const struct request *request);
bool request_body_is_too_large(const struct request *request); /* body is empty then */
/* The nth (from 0) header of that lower-case name, TEXT_NONE if there are fewer. */
struct text request_header(const struct request *request, const char *name, size_t nth);
/* All headers in the order they came, index from 0; false behind the last. Names are lower case. Those that say
 * how the message is framed and whom it is for are not among them on HTTP/1.1: Host, Content-Length,
 * Transfer-Encoding, Expect, Upgrade. */
bool request_header_at(const struct request *request, size_t index, struct text *name, struct text *value);
/* Where it comes from, as far as anybody says who is believed (struct server_terminators): textual, no port;
 * "unix" on the admin socket. */
struct text request_peer_address(const struct request *request);
/* Sixteen bytes that tell whose it is: the /64 of an IPv6 address, IPv4 mapped into IPv6, zeros on the admin
 * socket. */
struct text request_peer_network(const struct request *request);
enum request_listener request_listener(const struct request *request);
struct loop *request_loop(const struct request *request);

struct response_header {
    const char *name; /* lower case, static */
    struct text value;
};
struct response {
    int status;
    struct text content_type; /* TEXT_NONE for no body */
    struct text body;         /* copied */
    const struct response_header *headers;
    size_t header_count;
};

/* Called once when the stream goes before the answer, or before its end (at most once, never after
 * request_answer or request_end_answer); at once if it has gone already. From inside h2o: it may answer this
 * request and note things, no more. */
void request_on_gone(struct request *request, void (*gone)(void *context), void *context);
/* Whether the client has gone or has said that it says no more, which nobody announces on HTTP/1.1 before an
 * answer is written: to be asked now and then while one takes long. Once it has begun, request_on_gone tells.
 */
bool request_has_left(const struct request *request);
/* Exactly once per request, also when the stream has gone (then nothing is sent): ends the handle. */
void request_answer(struct request *request, const struct response *response);

/* --- an answer that comes in pieces, in place of request_answer --- */

/* Copies the head and sends it at once; names of headers need not be static here. head->body is not looked at.
 * A content-length among the headers is held to: an answer that comes out otherwise is cut. What belongs to one
 * connection (RFC 9110 section 7.6.1) is left out. */
void request_begin_answer(struct request *request, const struct response *head);
/* On a relay listener what has begun so counts among the streams, and not as in flight, while there is room
 * there: for who asks before. */
bool request_has_room_for_stream(const struct request *request);
/* Copies the piece. false: enough is waiting to be sent; hold on until ready is called (it still was taken).
 * Nothing is kept of an answer whose stream has gone. */
bool request_send(struct request *request, struct text piece);
/* Called on the loop when there is room again; and never after request_end_answer. */
void request_on_ready(struct request *request, void (*ready)(void *context), void *context);
/* Ends the handle. is_whole false: the stream is reset (HTTP/2) or the connection cut (HTTP/1.1), so that the
 * client sees it was cut off; what was sent before goes out first. Until the client has taken the rest it
 * counts as in flight. */
void request_end_answer(struct request *request, bool is_whole);

#endif

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
    REQUEST_LISTENER_FIXTURE
};

/* Copies taken when the request arrived; valid until request_answer returns. */
struct text request_method(const struct request *request);
struct text request_path(const struct request *request); /* without the query */
bool request_has_query(const struct request *request);
struct text request_query(const struct request *request);
struct text request_body(const struct request *request);
bool request_body_is_too_large(const struct request *request); /* body is empty then */
/* The nth (from 0) header of that lower-case name, TEXT_NONE if there are fewer. */
struct text request_header(const struct request *request, const char *name, size_t nth);
struct text
request_peer_address(const struct request *request); /* textual, no port; "unix" on the admin socket */
/* Sixteen bytes that tell whose it is: the /64 of an IPv6 peer, IPv4 mapped into IPv6, zeros on the admin
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

/* Called once when the stream goes before the answer (at most once, never after request_answer); at once if it
 * has gone already. From inside h2o: it may answer this request and note things, no more. */
void request_on_gone(struct request *request, void (*gone)(void *context), void *context);
/* Exactly once per request, also when the stream has gone (then nothing is sent): ends the handle. */
void request_answer(struct request *request, const struct response *response);

#endif

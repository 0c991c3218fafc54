/* Outbound HTTP: libcurl multi on a loop, behind the address guard. https only unless the guard's exceptions
 * cover a loopback address (then http too), no redirects, bounded answers, bounded time. One client per loop.
 */
#ifndef RUNTIME_HTTP_CLIENT_H
#define RUNTIME_HTTP_CLIENT_H

#include "base/buffer.h"
#include "base/fault.h"
#include "runtime/address_guard.h"
#include "runtime/loop.h"

struct http_client;

struct http_request {
    struct text url;
    struct text method;         /* GET when TEXT_NONE */
    const struct text *headers; /* "name: value", no control characters */
    size_t header_count;
    struct text body;    /* not with GET */
    size_t answer_limit; /* bytes; more is FAULT_OUTBOUND_FAILED */
    int64_t timeout_ms;
    struct text certificate,
        private_key;        /* PEM, of http_fetch_watched alone: shown to the server; TEXT_NONE: none */
    const char *connect_to; /* "::HOST:PORT" of http_fetch alone: where every name is connected to; or NULL */
    bool is_traced; /* of http_client_send: a span of the current request, which traceparent tells the server */
    struct text wanted_header; /* name of a field of the answer to hand on, or TEXT_NONE; a literal */
};

struct http_answer {
    enum fault fault; /* OUTBOUND_REFUSED, OUTBOUND_FAILED or NONE; any HTTP status is NONE */
    int status;
    struct text body;         /* borrowed during the callback */
    struct text content_type; /* the same; TEXT_NONE from http_fetch, as the header */
    struct text header;       /* the wanted one, TEXT_NONE if it has none; several are joined by commas */
    int64_t max_age_s;        /* Cache-Control: max-age, or -1 */
    char detail[160];         /* for the log */
};

struct http_client *http_client_create(struct loop *loop, const struct address_guard *guard,
                                       const char *ca_file);
/* Cancels what is under way: its callbacks run with OUTBOUND_FAILED, and so does at once what they send. Not
 * from inside a callback. */
void http_client_destroy(struct http_client *client);
/* Copies the request; fails it when more than a thousand are under way. done runs once, later, on the loop. */
void http_client_send(struct http_client *client, const struct http_request *request,
                      void (*done)(const struct http_answer *answer, void *context), void *context);

/* For programs at a prompt (dragoman, dragoman-dev): one blocking request. unix_socket may be NULL. The body is
 * put in *body. No address guard: the person at the prompt chose the URL. */
MUST_USE enum fault http_fetch(const struct http_request *request, const char *unix_socket, const char *ca_file,
                               struct http_answer *answer, struct buffer *body);

/* For programs that block and may not go everywhere (adapters): behind the guard, and given up soon after
 * is_over says so, which is asked at least once a second; NULL: never. ca: certificates in PEM to trust instead
 * of the system's, or TEXT_NONE. What the answer points to is put in the arena. */
struct http_watch {
    const struct address_guard *guard;
    struct text ca;
    bool (*is_over)(void *context);
    void *context;
};
MUST_USE enum fault http_fetch_watched(const struct http_request *request, const struct http_watch *watch,
                                       struct arena *arena, struct http_answer *answer);

#endif

/* What the guard asks of h2o's HTTP/2 connections; h2o's inner header is seen by http2_guard.c alone. */
#ifndef TRANSPORT_HTTP2_GUARD_H
#define TRANSPORT_HTTP2_GUARD_H

#include <h2o.h>
#include <stdbool.h>

struct connection_guard;

/* Checks that h2o's struct is laid out as its header says: right after h2o_http2_accept. */
void http2_check_layout(h2o_socket_t *socket);
/* Has gone called when h2o's connection ends. The socket of a TLS connection stays longer, to say goodbye;
 * nothing here may be asked about it then. */
void http2_watch_end(h2o_socket_t *socket, struct connection_guard *guard);
/* The last GOAWAY has been sent: from now on a CONTINUATION would keep h2o busy for ever. */
bool http2_is_half_closed(h2o_socket_t *socket);
/* h2o waits for the CONTINUATION of a header block. */
bool http2_is_in_header_block(h2o_socket_t *socket);
/* Sends GOAWAY with this error (RFC 9113 section 7) and closes once it has been handed to the kernel, which may
 * take for ever while a write is blocked. */
void http2_go_away_at_once(h2o_socket_t *socket, int error, const char *reason);
/* The graceful end (section 6.8): announce, let what is under way arrive, then end; open streams are served. */
void http2_announce_end(h2o_socket_t *socket);
void http2_end(h2o_socket_t *socket, const char *reason);
/* The body is as long as content-length says (RFC 9113 section 8.1.1), where it was said. */
bool http2_length_fits(const h2o_req_t *request);
/* Fields came after the body too, and h2o has put them among those of the head. Asked while h2o hands the
 * request over. */
bool http2_has_trailers(const h2o_req_t *request);
/* Frees the body of a request that is being answered. */
void http2_forget_body(h2o_req_t *request);
/* What h2o takes for a stream besides its body: the struct, the request's pool. */
enum { HTTP2_STREAM_BYTES = 8 * 1024 };
/* Memory held by requests that are not complete. */
size_t http2_unfinished_bytes(h2o_socket_t *socket);
/* Resets streams whose request has not been complete for that long; how many. */
unsigned http2_reset_incomplete(h2o_socket_t *socket, int64_t limit_s);
/* Resets the stream of a request that is being answered, whether the client takes anything of it or not. The
 * request goes with it, now or after the write that is under way. */
void http2_reset_stream(h2o_req_t *request, int error);
/* Begins the write that has been asked for now and not at the next turn. Not from inside h2o. May end the
 * connection. */
void http2_write_now(h2o_socket_t *socket);
/* How many streams have their whole request and have not sent their whole answer. */
unsigned http2_answering(h2o_socket_t *socket);
bool http2_is_without_streams(h2o_socket_t *socket);
/* Some stream's request has begun to arrive. http2_end would cut it, though GOAWAY says that it is served. */
bool http2_has_incomplete(h2o_socket_t *socket);
/* Bytes of answers sent on the streams that are open. */
uint64_t http2_bytes_sent(h2o_socket_t *socket);
/* How many streams of this context h2o has reset on its own account so far. */
uint64_t http2_streams_reset(const h2o_context_t *context);

#endif

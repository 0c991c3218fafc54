/* An answer that is sent in pieces: what waits between its handler and h2o, and the back-pressure from one to
 * the other. Lives until its h2o stream has gone, which may be after its handler has ended it. Used by
 * arrival.c (its beginning and end) and request.c (its pieces). */
#ifndef TRANSPORT_ANSWER_STREAM_H
#define TRANSPORT_ANSWER_STREAM_H

#include <h2o.h>

#include "base/text.h"

struct answer_stream;
struct connection;
struct response;

/* So many bytes may wait to be taken by the client before its handler is told to hold on. */
enum { ANSWER_STREAM_WAITING_MAX = 256 * 1024 };

/* Copies the head, which is sent at the end of this turn. */
struct answer_stream *answer_stream_begin(h2o_req_t *h2o, struct connection *connection,
                                          const struct response *head);
/* As request_send, request_on_ready and request_end_answer say. held: bytes counted for the request, which the
 * stream counts off when it is over. */
bool answer_stream_send(struct answer_stream *stream, struct text piece);
void answer_stream_on_ready(struct answer_stream *stream, void (*ready)(void *context), void *context);
void answer_stream_end(struct answer_stream *stream, bool is_whole, size_t held);
/* h2o's stream has gone, and its memory goes: frees the stream. */
void answer_stream_gone(struct answer_stream *stream);

#endif

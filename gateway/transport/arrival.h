/* h2o's side of a request: taken, deferred, run, and answered unless its stream went. request.c is the
 * handlers' side. */
#ifndef TRANSPORT_ARRIVAL_H
#define TRANSPORT_ARRIVAL_H

#include <h2o.h>

#include "runtime/trace.h"
#include "transport/request.h"

struct answer_stream;
struct arrival;
struct connection;

/* Takes every request that comes for this host. Once, when the server is configured. */
void arrival_register(h2o_hostconf_t *host);
/* Sends the response; the request is told nothing more of its stream. */
void arrival_answer(struct arrival *arrival, const struct response *response);

/* The same in pieces. The request is told of its stream until arrival_end_answer, which leaves it to the stream
 * to count the request off. */
struct answer_stream *arrival_begin_answer(struct arrival *arrival, const struct response *head);
void arrival_end_answer(struct arrival *arrival, bool is_whole);

/* --- in request.c, for arrival.c alone --- */

/* Copies what h2o has, for which bytes have been counted. The request ends in request_answer or
 * request_end_answer. */
struct request *request_create(struct arrival *arrival, const h2o_req_t *h2o, struct connection *connection,
                               const struct sockaddr_storage *origin, size_t bytes);
void request_stream_gone(struct request *request);
struct trace *request_trace(const struct request *request);

#endif

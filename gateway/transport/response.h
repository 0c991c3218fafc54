/* Writing a response to h2o. */
#ifndef TRANSPORT_RESPONSE_H
#define TRANSPORT_RESPONSE_H

#include <h2o.h>

#include "base/fault.h"
#include "transport/request.h"

/* Copies the head of an answer that comes in pieces. What belongs to the connection (RFC 9110
 * section 7.6.1) and Date are left out; a content-length becomes the answer's. */
void response_prepare(h2o_req_t *request, const struct response *head);
/* X-Request-ID, by which the log knows the request, unless the answer has one; before it is sent. */
void response_name_request(h2o_req_t *request, const struct response *head, const char *id);
/* Copies the response into the request's own memory and sends it. */
void response_send(h2o_req_t *request, const struct response *response);
/* Transport's own refusals: the fault's row as a JSON error, never stored; with Retry-After when it is about
 * load. */
void response_send_fault(h2o_req_t *request, enum fault fault);

#endif

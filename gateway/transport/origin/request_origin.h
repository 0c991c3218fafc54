/* Where a request comes from: what its connection says, or what a terminator's headers say of it. Those headers
 * are read here and nowhere else; request.c leaves them out of what handlers see. */
#ifndef TRANSPORT_REQUEST_ORIGIN_H
#define TRANSPORT_REQUEST_ORIGIN_H

#include <h2o.h>

#include "base/fault.h"
#include "base/text.h"

struct connection;

/* FORWARDED_UNCLEAR: a terminator says it in a way that can be read in none or several ways. Where it says
 * nothing the request is its own. */
MUST_USE enum fault request_origin_read(const h2o_req_t *h2o, const struct connection *connection,
                                        struct sockaddr_storage *origin);
/* Headers that speak of whom a request comes from, in whatever letters h2o has: lower case. */
bool request_origin_is_said_in(struct text name);

#endif

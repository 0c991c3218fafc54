/* The token endpoint's work: one RFC 8693 exchange, from the request to its recorded answer. */
#ifndef EXCHANGE_TOKEN_EXCHANGE_H
#define EXCHANGE_TOKEN_EXCHANGE_H

#include "exchange/gateway.h"
#include "transport/request.h"

/* Takes the request over; it is answered exactly once, later. */
void token_exchange_start(struct gateway *gateway, struct request *request);

#endif

/* Every HTTP endpoint by method and path, one table per listener; the way from transport to what answers. */
#ifndef ENDPOINTS_ROUTES_H
#define ENDPOINTS_ROUTES_H

#include "exchange/gateway.h"
#include "transport/request.h"

/* The handler for server_options; context is the struct gateway. */
void routes_handle(struct request *request, void *context);

#endif

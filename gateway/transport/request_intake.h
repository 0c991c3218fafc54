/* h2o's side of a request: from its arrival to the answer, or to the stream's end before it. request.c is the
 * handlers' side. */
#ifndef TRANSPORT_REQUEST_INTAKE_H
#define TRANSPORT_REQUEST_INTAKE_H

#include <h2o.h>

/* Takes every request that comes for this host. Once, when the server is configured. */
void request_intake_register(h2o_hostconf_t *host);

#endif

/* What calls through egress share; see relay/egress.h. */
#ifndef RELAY_EGRESS_KEEPER_H
#define RELAY_EGRESS_KEEPER_H

#include "exchange/credential_book.h"
#include "relay/egress.h"
#include "runtime/http_stream.h"

/* Of the calling loop. */
struct http_streams *egress_keeper_streams(struct egress_keeper *keeper);
/* Credentials for upstreams, and sessions: what agents that show their own tokens were given for it. */
struct credential_book *egress_keeper_supplies(struct egress_keeper *keeper);

#endif

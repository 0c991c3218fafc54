/* Egress: a call that goes through the gateway, which puts the target's credential in, so that whoever calls
 * never has it. */
#ifndef RELAY_EGRESS_H
#define RELAY_EGRESS_H

#include "exchange/gateway.h"
#include "runtime/address_guard.h"
#include "transport/request.h"

enum { EGRESS_BODY_BYTES_MAX = 8 * 1024 * 1024 };

/* What calls share: connections to upstreams on each loop, credentials that are in use. One per gateway. */
struct egress_keeper;

/* Before the loops run. guard and ca_file (NULL: the system's) are borrowed. */
struct egress_keeper *egress_keeper_create(struct loop *const *loops, size_t count,
                                           const struct address_guard *guard, const char *ca_file);
/* When no loop runs any more, and after the loops are destroyed. NULL is fine. */
void egress_keeper_close(struct egress_keeper *keeper);
void egress_keeper_destroy(struct egress_keeper *keeper);

/* ANY /egress/TARGET/...: takes the request over. */
void egress_start(struct gateway *gateway, struct request *request);

#endif

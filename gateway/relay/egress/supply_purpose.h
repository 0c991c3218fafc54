/* By what a credential for an upstream is found that leases share (exchange/shared_credential.h): two calls
 * with the same purpose are made with the same one. */
#ifndef RELAY_SUPPLY_PURPOSE_H
#define RELAY_SUPPLY_PURPOSE_H

#include "exchange/shared_credential.h"
#include "relay/relayed_call.h"

/* In the call's arena. */
void supply_purpose_read(const struct relayed_call *call, struct shared_purpose *purpose);

#endif

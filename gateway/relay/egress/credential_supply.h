/* The credential that is put into a relayed call: found, where one that this lease made is still good, or made
 * by the target's egress adapter and recorded as the lease's own, so that whatever ends the lease ends it. The
 * agent never sees it. */
#ifndef RELAY_CREDENTIAL_SUPPLY_H
#define RELAY_CREDENTIAL_SUPPLY_H

#include "exchange/credential_book.h"
#include "relay/relayed_call.h"

/* Zeroed before use, but for call and, where the upstream refused what it was given, refused. Everything is in
 * the call's arena. */
struct credential_supply {
    struct flow_wait wait;
    struct relayed_call *call;
    struct text refused; /* lease of a supply, or the one it shares, that the upstream answered with 401 */
    enum fault fault;    /* the ladder of the call has its rung */
    struct kept_credential supply;
};

/* Completes supply->wait. Durable when it does: no credential leaves without its record. */
void credential_supply_start(struct credential_book *book, struct credential_supply *supply);

#endif

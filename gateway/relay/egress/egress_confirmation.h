/* Whether the answer of an upstream is confirmed: a credential that was made for one call lets its adapter tell
 * whether it was the service that answered (RFC 4559 section 5: mutual authentication). What is not confirmed
 * is not handed on, and there is a record of it beside that of the call. */
#ifndef RELAY_EGRESS_CONFIRMATION_H
#define RELAY_EGRESS_CONFIRMATION_H

#include "egress_upstream.h"
#include "relay/credential_supply.h"

/* Zeroed before use. */
struct egress_confirmation {
    struct credential_confirmation question;
    bool is_refused; /* this answer is not the service's */
    struct ledger_entry entry;
};

/* Completes question.wait; at once where there is nothing to be confirmed. */
void egress_confirmation_ask(struct egress_confirmation *confirmation, struct relayed_call *call,
                             const struct credential_supply *supply, const struct egress_upstream *upstream);
/* What comes of it: the call's end, if not NONE. */
MUST_USE enum fault egress_confirmation_complete(struct egress_confirmation *confirmation,
                                                 struct relayed_call *call);
/* Completes entry.wait; at once if it was not refused. */
void egress_confirmation_record(struct egress_confirmation *confirmation, struct relayed_call *call);

#endif

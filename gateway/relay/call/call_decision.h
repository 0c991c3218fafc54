/* What policies and an outside decision point say of a call. */
#ifndef RELAY_CALL_DECISION_H
#define RELAY_CALL_DECISION_H

#include "relay/relayed_call.h"

/* Over the facts of the credential's record and the call in x->facts.call. */
MUST_USE enum fault call_decision_ask(struct relayed_call *x);
/* Starts what x->consultation waits for; at once where there is nobody to ask. */
void call_decision_consult(struct relayed_call *x);
MUST_USE enum fault call_decision_complete(struct relayed_call *x);

#endif

/* The consent gate before a call goes on with an account that its subject connected. A credential that was
 * issued through the gate ends with its consent anyway; one that is older than the target's connection.lifetime
 * meets it here. */
#ifndef RELAY_CALL_CONSENT_H
#define RELAY_CALL_CONSENT_H

#include "relay/relayed_call.h"

/* Starts what x->consent.wait waits for; at once where the target asks nobody. */
void call_consent_ask(struct relayed_call *x);
MUST_USE enum fault call_consent_complete(struct relayed_call *x);
/* Makes the link for the subject where something is missing, with its row in x->entry once that is begun; the
 * fault may be another then. */
void call_consent_invite(struct relayed_call *x);
void call_consent_write_invitation(struct relayed_call *x);

#endif

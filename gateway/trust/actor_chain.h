/* The act and may_act claims (RFC 8693 sections 4.1 and 4.4) as identities. Pure; called by verification.c
 * alone. */
#ifndef ACTOR_CHAIN_H
#define ACTOR_CHAIN_H

#include "trust/verification.h"

/* Fills chain, chain_length, has_may_act and may_act of token from its claims; an actor without iss is one of
 * the token's issuer. ACTOR_MALFORMED; CHAIN_TOO_DEEP for more than limit actors, never a shortened chain. */
MUST_USE enum fault actor_chain_read(struct verified_token *token, unsigned limit);

#endif

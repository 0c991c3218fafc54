/* Who is there, in the words of policies; and what policies say of a call that issues nothing. */
#ifndef EXCHANGE_CALL_FACTS_H
#define EXCHANGE_CALL_FACTS_H

#include "exchange/call.h"

/* issuer: that vouches for them; NULL for our own clients. */
void call_facts_describe(struct policy_party *party, enum policy_party_kind kind,
                         const struct identity *identity, const struct issuer *issuer);
/* The attributes that are mapped from a verified token. */
void call_facts_take_attributes(struct arena *arena, struct policy_party *party,
                                const struct verified_token *token);
/* The caller as the one who acts: a client of ours, or an agent of a class. */
void call_facts_describe_caller(const struct call *call, struct policy_facts *facts);

/* Something a caller may do by the documents; policies may only forbid it (decision 0033). The fault of the one
 * that does. Not for what issues a credential. */
MUST_USE enum fault call_facts_ask(struct call *call, const char *action, const struct target *target);

#endif

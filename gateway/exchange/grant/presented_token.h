/* Tokens that a request presents: the subject's and the actor's of an exchange, and assertions of other grants.
 * All go through trust/verification.c; here is what it is told of the world, and the rungs of the ladder. */
#ifndef EXCHANGE_GRANT_PRESENTED_TOKEN_H
#define EXCHANGE_GRANT_PRESENTED_TOKEN_H

#include "exchange.h"

struct verification_rules presented_token_rules(struct exchange *x, enum token_use use,
                                                enum token_type declared_type);
/* The two halves around the wait for keys. */
MUST_USE enum fault presented_token_identify(struct exchange *x, const char *check, struct text token,
                                             const struct verification_rules *rules,
                                             struct verification *verification);
MUST_USE enum fault presented_token_complete(struct exchange *x, const char *check,
                                             const struct verification_rules *rules,
                                             struct verification *verification);

#endif

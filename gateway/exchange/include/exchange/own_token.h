/* What a token of ours stands on, as things whose end is its end: its lease, its tree, the issuer that vouched
 * for its subject, the client that obtained it, the target it is for. The same list for a token that is
 * exchanged again and for one that is introspected, so that neither forgets one. */
#ifndef EXCHANGE_OWN_TOKEN_H
#define EXCHANGE_OWN_TOKEN_H

#include "config/document.h"
#include "jose/jwt.h"
#include "store/store.h"

enum { OWN_TOKEN_GUARDS = 5 };

/* claims are verified and carry a jti of ours. Texts point into them. */
void own_token_guards(const struct jwt_claims *claims, struct store_guard guards[OWN_TOKEN_GUARDS]);

/* The cutoff that switching this document off, or deleting it, means for what was issued under it; false for
 * kinds that nothing was issued under. Switching it on again revives nothing. */
bool own_token_cutoff(const struct document *document, int64_t now_us, struct store_cutoff *cutoff);

#endif

/* What a token of ours stands on: its lease and tree, the issuers that vouched for its subject and its actors,
 * the client that obtained it, the target it is for. Asked the same way when it is exchanged again and when it
 * is introspected, so that neither forgets one. */
#ifndef EXCHANGE_OWN_TOKEN_H
#define EXCHANGE_OWN_TOKEN_H

#include "exchange/world.h"
#include "store/store.h"

enum { OWN_TOKEN_GUARDS_MAX = 5 + TOKEN_CHAIN_MAX };

/* Things whose end is its end, for the store to look up. claims are verified and carry a jti of ours; texts
 * point into them. Returns how many there are. */
size_t own_token_guards(const struct jwt_claims *claims, struct store_guard guards[OWN_TOKEN_GUARDS_MAX]);

/* Whether everything it stands on is there and switched on right now. */
bool own_token_stands(const struct world *world, const struct jwt_claims *claims);

/* The cutoff that switching this document off, or deleting it, means for what was issued under it; false for
 * kinds that nothing was issued under. Switching it on again revives nothing. */
bool own_token_cutoff(const struct document *document, int64_t now_us, struct store_cutoff *cutoff);

#endif

/* What an adapter is handed to show on the other side, beside the order: a JWT of ours about the subject, for
 * who trusts this gateway there. The jwt adapter makes it, as it would make a token for that audience; it lives
 * a few minutes, and what only we would read is left out. For exchanges and for calls through egress. */
#ifndef EXCHANGE_ASSERTION_H
#define EXCHANGE_ASSERTION_H

#include "adapters/adapter.h"
#include "exchange/world.h"

enum { ASSERTION_LIFETIME_MAX_S = 300 };

/* What fills the claims that handOver.assertionClaims names; one that is TEXT_NONE leaves its claim out. A root
 * and an exchange are 22 and 26 letters, digits, '-' and '_', so they fit where the other side is narrow: AWS
 * takes 2 to 64 of [A-Za-z0-9_+=,.@-] for a source identity. */
struct assertion_sources {
    struct text root, exchange, client, actor, task;
};

bool assertion_is_wanted(const struct target *target);
/* Completes assertion->wait; its credential is the JWT. order and what it points to are borrowed until then;
 * assertion is zeroed but for its arena. */
void assertion_sign(const struct world *world, const struct target *target,
                    const struct credential_order *order, const struct assertion_sources *sources,
                    struct credential_minting *assertion);

#endif

/* The policy set of a world, and what of it the store has to be asked for. */
#ifndef EXCHANGE_WORLD_POLICIES_H
#define EXCHANGE_WORLD_POLICIES_H

#include "policy_set/policy_set.h"

struct world;

struct world_policies {
    struct policy_set set;
    /* What of the context any policy looks at. */
    bool reads_held[POLICY_HOLDER_COUNT], reads_exchanges[POLICY_HOLDER_COUNT];
    int64_t kept_s[POLICY_HOLDER_COUNT]; /* how long after its end a credential still counts */
    /* Whether what was issued under documents that asked less is written down as held: holdings_keeper.h. */
    _Atomic bool is_held_known;
};

/* Whether the policies among these documents have no mistake; mistakes are added to the documents. For who only
 * wants to know, before any gateway is started with them. */
bool world_policies_check(struct documents *documents);

/* Tells the log which combinations are off, so that nobody forgets what they let meet; and when the last policy
 * has gone, from when on the other documents decide alone (decision 0033). before: what was in force; NULL:
 * nothing. */
void world_policies_warn(const struct world *before, const struct world *world);

/* Mistakes are added to the world's documents; then the result is DOCUMENT_INVALID. */
MUST_USE enum fault world_policies_compile(struct world *world, struct documents *documents);

#endif

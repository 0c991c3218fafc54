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
};

/* Mistakes are added to the world's documents; then the result is DOCUMENT_INVALID. */
MUST_USE enum fault world_policies_compile(struct world *world, struct documents *documents);

#endif

/* In whose hands something is held: the keys that the store knows them by, and what of a credential the
 * documents want to be known of. One place for exchanges and for what was issued before. */
#ifndef EXCHANGE_HOLDER_H
#define EXCHANGE_HOLDER_H

#include "exchange/world.h"
#include "store/row.h"
#include "trust/verification.h"

/* Whoever one credential counts against. The agent is who called, whoever was said to act. */
struct holders {
    struct identity subject, agent;
    struct text root;
};

/* What was issued, as far as it counts. */
struct held_credential {
    struct text id, domain, target, scopes; /* id: of its record */
    int64_t issued_at_us, expires_at_s;
};

/* One key for each kind of holder and name, so that none is ever taken for another. */
struct text holder_key(struct arena *arena, enum policy_holder kind, const struct holders *holders);
/* Whether a credential like this is one that counts against that kind of holder. */
bool holder_is_asked_for(const struct world_policies *policies, enum policy_holder kind, struct text target,
                         struct text domain, const struct scope_set *scopes);
/* The row that says so; the version that goes with it is the caller's. */
struct store_holding holder_holding(struct arena *arena, const struct world_policies *policies,
                                    enum policy_holder kind, const struct holders *holders,
                                    const struct held_credential *credential);

#endif

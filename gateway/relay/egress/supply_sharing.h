/* A supply of a credential that leases share: found in the gateway's book of those, or made by the call that
 * has the turn; recorded all the same as the calling lease's own, once. The steps are credential_supply.c's. */
#ifndef RELAY_SUPPLY_SHARING_H
#define RELAY_SUPPLY_SHARING_H

#include "exchange/shared_credential.h"
#include "relay/relayed_call.h"

struct supply_sharing {
    bool is_shared;
    bool has_turn;       /* others wait for what becomes of this */
    bool is_made_before; /* the credential is there already */
    unsigned rounds;     /* how often what was found turned out to be dead */
    struct shared_purpose purpose;
    struct credential_question question;
    struct kept_credential kept; /* what was found, or was made */
    struct text lease;           /* that is shared */
    struct standing standing;    /* of that */
    struct store_lease leases[2];
    struct store_share share;
};

/* Starts what sharing->question waits for; at once where nothing is shared. refused: a shared lease whose
 * credential the upstream did not take. */
void supply_sharing_ask(struct supply_sharing *sharing, const struct relayed_call *call, struct text refused);
/* *is_to_ask_again: what was found is dead, forgotten, and everything as before the question. ADAPTER_BUSY; the
 * reason of a refusal that is remembered. */
MUST_USE enum fault supply_sharing_complete(struct supply_sharing *sharing, struct relayed_call *call,
                                            bool *is_to_ask_again);
/* The adapter failed, but what there is is still good: everything is as before the question. */
bool supply_sharing_falls_back(struct supply_sharing *sharing, const struct credential_minting *minting,
                               int64_t now_s);
/* What the adapter made, which may be what another gateway has. ADAPTER_FAILED. */
MUST_USE enum fault supply_sharing_take(struct supply_sharing *sharing, const struct relayed_call *call,
                                        const struct credential_order *order,
                                        const struct credential_minting *minting);
/* Adds to the entry: own, the calling lease's supply, of which the fields of sharing are filled in here, and
 * what becomes of the lease that was reserved, if one was; standing is own's, and root that of its record. */
void supply_sharing_write(struct supply_sharing *sharing, const struct store_lease *own,
                          const struct standing *standing, struct text root, const struct store_lease *reserved,
                          const struct credential_minting *minting, struct ledger_entry *entry);
/* Whether the commit refused for the shared lease alone, which is then to be asked for again. */
bool supply_sharing_is_dead(struct supply_sharing *sharing, const struct ledger_entry *entry,
                            const struct credential_minting *minting);
/* However it ended: what others wait for. */
void supply_sharing_end(struct supply_sharing *sharing, bool is_stored,
                        const struct credential_minting *minting, int64_t now_s);

#endif

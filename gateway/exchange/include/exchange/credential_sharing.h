/* One use of a credential that leases share, from the question to what others wait for: found in the gateway's
 * book, or made by whoever has the turn. The walk is the same for an exchange and for a supply of egress, whose
 * steps call this in the order in which it stands here; what each records besides is its own. */
#ifndef EXCHANGE_CREDENTIAL_SHARING_H
#define EXCHANGE_CREDENTIAL_SHARING_H

#include "exchange/call.h"
#include "exchange/shared_credential.h"

struct credential_sharing {
    bool is_shared;
    bool has_turn;       /* others wait for what becomes of this */
    bool is_made_before; /* the credential is there already */
    unsigned rounds;     /* how often what was found turned out to be dead */
    struct shared_purpose purpose;
    struct credential_question question;
    struct kept_credential kept; /* what was found, or was made */
    struct text lease;           /* that is shared */
    struct text name;            /* of the purpose, as the adapter and the store are told it */
    struct standing standing;    /* of that */
    /* For the transaction: the user's own lease, and the shared one where it is new. */
    struct store_lease leases[2];
    struct store_share share;
};

/* Starts what sharing->question waits for; at once where nothing is shared. is_shared and purpose are set.
 * refused: a shared lease whose credential the other side did not take, or TEXT_NONE. */
void credential_sharing_ask(struct credential_sharing *sharing, const struct call *call, struct text refused);
/* *is_to_ask_again: what was found is dead, forgotten, and all of sharing as before the question. ADAPTER_BUSY,
 * STORE_CONFLICT; or, with kept.fault, a refusal that is remembered. Without a fault lease is the one that was
 * found, or a new one for what is to be made. */
MUST_USE enum fault credential_sharing_complete(struct credential_sharing *sharing, const struct call *call,
                                                bool *is_to_ask_again);
/* The adapter failed, but what there is is still good: sharing is as before the question. */
bool credential_sharing_falls_back(struct credential_sharing *sharing, const struct credential_minting *minting,
                                   int64_t now_s);
/* What the adapter made, which may be what another gateway has. ADAPTER_FAILED. */
MUST_USE enum fault credential_sharing_take(struct credential_sharing *sharing, const struct call *call,
                                            const struct credential_order *order,
                                            const struct credential_minting *minting);
/* Adds to the entry: own, the lease of who uses it, of which what sharing says is filled in here, and what
 * becomes of the one that was reserved, NULL if none was; standing is own's, and root that of its record. */
void credential_sharing_write(struct credential_sharing *sharing, const struct store_lease *own,
                              const struct standing *standing, struct text root,
                              const struct store_lease *reserved, const struct credential_minting *minting,
                              struct ledger_entry *entry);
/* Whether the lease that was reserved is left as it is where its maker is refused: another gateway may have
 * been given the credential by the adapter, and keep it. Where nobody does it comes due by itself and is
 * withdrawn. */
bool credential_sharing_leaves(const struct credential_sharing *sharing,
                               const struct credential_minting *minting);
/* Whether the commit refused for the shared lease alone, which is then to be asked for again: sharing is as
 * before the question. */
bool credential_sharing_is_dead(struct credential_sharing *sharing, const struct ledger_entry *entry,
                                const struct credential_minting *minting);
/* Why the commit refused, after credential_sharing_is_dead. ADAPTER_FAILED: the adapter gives, however often it
 * is asked, what was made for another purpose. */
enum fault credential_sharing_fault(const struct ledger_entry *entry, const struct credential_minting *minting);
/* However it ended: what others wait for. */
void credential_sharing_end(struct credential_sharing *sharing, bool is_stored,
                            const struct credential_minting *minting, int64_t now_s);
/* As before the question, whatever was under way. */
void credential_sharing_start_over(struct credential_sharing *sharing, int64_t again_from_s);

#endif

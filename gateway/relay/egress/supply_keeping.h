/* What one lease has for its calls, in the book of supplies: found there, or this call's turn to make it, which
 * others wait for, or go on with the old one meanwhile. Only by its fingerprint is remembered what is made for
 * each call anew. For credential_supply.c. */
#ifndef RELAY_SUPPLY_KEEPING_H
#define RELAY_SUPPLY_KEEPING_H

#include "relay/credential_supply.h"

/* Zeroed before use. */
struct supply_keeping {
    struct credential_supply *asked;
    bool is_wanted; /* one serves more than one call of its lease */
    bool has_turn;  /* to make it */
    bool is_known;  /* nothing is to be made, or recorded, any more: asked->supply is it */
    unsigned rounds;
    struct kept_credential kept; /* what was found; with a turn: what is still good */
    struct credential_question question;
};

/* Before all else. Adapters that keep what people hand over make theirs for each call: that may be another one
 * any time. */
void supply_keeping_begin(struct supply_keeping *keeping, struct credential_book *book,
                          struct credential_supply *asked, bool is_shared);
/* Starts what keeping->question.wait waits for; at once where nothing is kept. */
void supply_keeping_ask(struct supply_keeping *keeping);
/* *is_to_ask_again: what was found is dead and forgotten. ADAPTER_BUSY, or a refusal that is remembered. */
MUST_USE enum fault supply_keeping_complete(struct supply_keeping *keeping, bool *is_to_ask_again);
/* The adapter failed, but what there is is still good: it is known. */
bool supply_keeping_falls_back(struct supply_keeping *keeping, const struct credential_minting *minting);
/* What was made for this call: known if it is the same as before, whose lease asked->supply is given then. */
void supply_keeping_compare(struct supply_keeping *keeping, struct text fingerprint);
/* However it ended: what others wait for. minting: what the adapter said, if it was asked. */
void supply_keeping_end(struct supply_keeping *keeping, const struct credential_minting *minting,
                        int64_t ordered_until_s);
/* As before supply_keeping_begin: another one is to be asked for. */
void supply_keeping_leave(struct supply_keeping *keeping);

#endif

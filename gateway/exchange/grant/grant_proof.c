/* What is redeemed once is used up by the commit that stores what was issued for it: of two requests with one
 * code or assertion, on whichever gateways, one is granted (DESIGN: single use, exactly). */
#include "exchange.h"

void grant_proof_use_up(struct exchange *x, struct ledger_entry *entry)
{
    struct grant_proof *proof = &x->proof;
    proof->is_in_transaction = proof->kind.length != 0;
    if (proof->is_in_transaction)
        ledger_entry_use_once(entry, proof->kind, proof->issuer, proof->client, proof->value,
                              proof->expires_at_s);
}

/* The store does not say which value of a transaction was used before. Where it was the client's own assertion
 * after all, the record of the refusal, which uses that up alone, meets it again and says so. */
enum fault grant_proof_fault(const struct exchange *x, enum fault fault)
{
    return fault == FAULT_ASSERTION_REPLAYED && x->proof.is_in_transaction ? FAULT_GRANT_REPLAYED : fault;
}

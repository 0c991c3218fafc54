/* What is redeemed once is used up by the commit that stores what was issued for it: of two requests with one
 * code or assertion, on whichever gateways, one is granted. */
#include "exchange.h"
#include "exchange/kill.h"

void grant_proof_use_up(struct exchange *x, struct ledger_entry *entry)
{
    struct grant_proof *proof = &x->proof;
    proof->is_in_transaction = proof->kind.length != 0;
    if (proof->is_in_transaction)
        ledger_entry_use_once(entry, proof->kind, proof->issuer, proof->client, proof->value,
                              proof->expires_at_s);
}

/* Of two who show it nobody knows which is the thief: neither keeps anything. */
void grant_proof_end(struct exchange *x, struct ledger_entry *entry)
{
    const struct call *call = &x->call;
    struct grant_proof *proof = &x->proof;
    if (!proof->ends_if_replayed || (call->fault != FAULT_GRANT_REPLAYED && call->fault != FAULT_CODE_LATE))
        return;
    int64_t until_us = call->now_us + call->world->gateway->kill_clock_margin_s * 1000000;
    proof->end = kill_leases(call->arena, proof->leases, 1, until_us, call->id);
    entry->transaction.cutoffs = proof->end;
    entry->transaction.cutoff_count = 1;
}

/* The store does not say which value of a transaction was used before. Where it was the client's own assertion
 * after all, the record of the refusal, which uses that up alone, meets it again and says so. */
enum fault grant_proof_fault(const struct exchange *x, enum fault fault)
{
    return fault == FAULT_ASSERTION_REPLAYED && x->proof.is_in_transaction ? FAULT_GRANT_REPLAYED : fault;
}

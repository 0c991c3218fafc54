/* What a running gateway stands on: made by worker/, borrowed by everything that answers requests. */
#ifndef EXCHANGE_GATEWAY_H
#define EXCHANGE_GATEWAY_H

#include "adapter_host/adapter_host.h"
#include "authzen/pdp_keeper.h"
#include "consent/consent_memory.h"
#include "exchange/credential_book.h"
#include "exchange/world.h"
#include "keys/key_ring.h"
#include "ledger/ledger.h"

struct gateway {
    struct server *server; /* that its requests come by */
    struct store *store;
    struct seal *seal; /* what is known of the key to it */
    struct sealer *sealer;
    struct key_ring *key_ring;
    struct key_keeper *key_keeper;
    struct adapter_registry *adapters;
    struct adapter_host *adapter_host; /* of those that are programs */
    struct egress_keeper *egress;      /* NULL: there is none */
    struct mcp_keeper *mcp;            /* the same */
    struct people_keeper *people;      /* what logins of people go out by */
    struct pdp_keeper *pdps;           /* NULL: there is no outside decision point */
    struct budget_book *budgets;
    struct stranger_book *strangers;
    struct world_keeper *worlds;
    struct holdings_keeper *holdings;
    struct credential_book *credentials; /* that leases share */
    struct turns *turns;                 /* of those who decide on what somebody holds */
    struct consent_memory *consents;
    struct cutoff_keeper *cutoffs;
    struct propagation *propagation;
    struct key_schedule *key_schedule;
    struct withdrawal_keeper *withdrawals;
    struct relay_keeper *relays;
    struct mcp_catalog *definitions;         /* of MCP servers' tools */
    const struct documents *file_documents;  /* what the worker was started with */
    int64_t documents_read_at_us;            /* when that was, by the wall clock */
    _Atomic int64_t leaving_since_us;        /* by the wall clock; 0: it stays */
    _Atomic int64_t reload_refused_since_us; /* the files say something else since, but with mistakes; or 0 */
    _Atomic bool has_been_ready;             /* once, since this worker was started */
    bool is_closed; /* set when no loop runs any more: what still completes changes nothing */
    _Atomic bool is_changing_documents; /* planned on what is read first: one at a time */
};

static inline struct world_services gateway_world_services(const struct gateway *gateway)
{
    return (struct world_services){gateway->sealer, gateway->key_keeper, gateway->adapters};
}

#endif

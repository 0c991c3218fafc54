/* THE transaction: a record with everything that must become durable with it. The only room that writes
 * records. */
#ifndef LEDGER_LEDGER_H
#define LEDGER_LEDGER_H

#include "ledger/cutoff_keeper.h"
#include "ledger/record.h"
#include "runtime/flow.h"

/* How long a used value is remembered beyond the moment from which on it is refused for its age: what clocks of
 * gateways on one store may differ by, and the longest that anybody waits between that check and the commit (a
 * minute for keys, twice the largest answerTimeout). */
enum { LEDGER_SINGLE_USES_MAX = 4, LEDGER_SINGLE_USE_KEPT_S = 600 };

struct waiting_list;
/* The ledger's: one that is not durable yet. */
struct waiting_record {
    struct waiting_list *list; /* NULL: it does not wait */
    struct waiting_record *next, *previous;
    int64_t since_us;
};

struct ledger_entry {
    struct flow_wait wait;
    /* What else is to be stored with the record (guards, leases, cutoffs, documents, keys) is set here between
     * begin and append. */
    struct store_transaction transaction;
    struct store_record sealed;
    struct store_single_use single_uses[LEDGER_SINGLE_USES_MAX];
    /* NONE; STORE_UNAVAILABLE; ASSERTION_REPLAYED; TOKEN_REVOKED; STORE_CONFLICT (with is_version_stale of the
     * transaction: look at what is held and decide again): nothing was stored unless NONE. */
    enum fault fault;
    struct waiting_record waiting;
};

/* Starts a zeroed entry with its record, which is sealed into the arena (NULL: what is stored is no event of
 * its own); then add what belongs to it; then append. Texts that are added are borrowed until the entry is
 * done. */
void ledger_entry_begin(struct ledger_entry *entry, struct arena *arena, const struct record *record);
/* kind such as "client-assertion"; (kind, issuer, client, value) is the key, so that a value of one kind,
 * issuer or client never uses up another's. expires_at_s: until when the value could be accepted, leeway
 * included. */
void ledger_entry_use_once(struct ledger_entry *entry, struct text kind, struct text issuer, struct text client,
                           struct text value, int64_t expires_at_s);
/* What is single by a digest of its own. */
void ledger_entry_take_turn(struct ledger_entry *entry, const struct store_single_use *turn);
/* Completes entry->wait, later, on this loop. */
void ledger_append(struct store *store, struct ledger_entry *entry);
/* The same, blocking, for the start of a program and for tools; never on a loop. Returns entry->fault. */
MUST_USE enum fault ledger_append_and_wait(struct store *store, struct ledger_entry *entry);

/* Whether a credential is dead: any of guards ended by a cutoff. */
struct ledger_liveness {
    struct flow_wait wait;
    struct store_query query;
    enum fault fault; /* STORE_UNAVAILABLE: not known, so treat it as dead */
    bool is_cut_off;
};
/* Completes liveness->wait: at once from the calling loop's book while that is complete and fresh, else from
 * the store. Guards are borrowed until then. */
void ledger_check_liveness(struct store *store, const struct cutoff_keeper *keeper,
                           const struct store_guard *guards, size_t count, struct ledger_liveness *liveness);

#endif

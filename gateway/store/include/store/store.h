/* What is durable. One interface, two engines (sqlite/, postgres/): transactions that become durable as a whole
 * and queries, both answered on the submitting loop. Transactions that arrive while one commit runs share the
 * next one, so there is no timer and no added latency. Nothing here knows what a record means; that is the
 * ledger's. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/arena.h"
#include "base/fault.h"
#include "runtime/flow.h"
#include "runtime/loop.h"
#include "store/row.h"

struct store;

enum { STORE_DETAIL_SIZE = 256 };

enum store_outcome {
    STORE_STORED,   /* durable */
    STORE_REPLAYED, /* a single-use value was used before, or is past its time: nothing was stored */
    STORE_CUT_OFF,  /* a guard found a cutoff: nothing was stored */
    STORE_STALE,    /* an expected generation, version or revision did not hold: nothing was stored */
};

/* The number moves by one with every transaction that has such a change. The mark is random, and another with
 * every number: a store that lost its last commits, by a fail-over or a backup, counts the same numbers again
 * for something else, and only the marks tell the two apart. */
struct store_counter {
    int64_t number, mark;
};

static inline bool store_counter_equal(struct store_counter a, struct store_counter b)
{
    return a.number == b.number && a.mark == b.mark;
}

struct store_counters {
    struct store_counter generation;   /* of the documents */
    struct store_counter epoch;        /* of the cutoffs; its number is never 0 */
    struct store_counter key_revision; /* of the signing keys */
};

/* Everything that becomes durable together, or not at all. The submitter owns all memory and keeps it until
 * done. */
struct store_transaction {
    const struct store_record *records;
    size_t record_count;
    const struct store_single_use *single_uses;
    size_t single_use_count;
    /* Looked up only if the epoch is not checked_epoch, up to which the submitter has looked itself; its number
     * is 0 if not at all. */
    const struct store_guard *guards;
    size_t guard_count;
    struct store_counter checked_epoch;
    const struct store_version *versions;
    size_t version_count;
    const struct store_holding *holdings;
    size_t holding_count;
    const struct store_tally *tallies;
    size_t tally_count;
    const struct store_lease *leases;
    size_t lease_count;
    const struct store_share *shares;
    size_t share_count;
    const struct store_use *uses;
    size_t use_count;
    struct store_state *states; /* what they became is written into them if it was stored */
    size_t state_count;
    const struct store_cutoff *cutoffs;
    size_t cutoff_count;
    const struct store_document *documents;
    size_t document_count;
    const struct store_key *keys; /* insert, or replace by id */
    size_t key_count;

    /* Once, on the submitting loop, never inside store_submit. */
    void (*done)(struct store_transaction *transaction);
    void *context;
    enum fault fault; /* STORE_UNAVAILABLE if it could not be made durable: nothing may be assumed stored */
    enum store_outcome outcome;
    bool is_share_stale;   /* STALE: one of shares had ended, and no other expectation failed before it */
    bool is_version_stale; /* STALE: one of versions had moved, and no other expectation failed before it */
    const struct store_guard *cut_off_by;  /* CUT_OFF: which of guards */
    const struct store_state *stale_state; /* STALE: which of states, or NULL if it was something else */
    struct store_counters counters;        /* with this transaction */

    struct loop *loop; /* the store's, from here on */
    struct loop_message message;
};

enum store_query_kind {
    STORE_QUERY_RECORD, /* by id: at most one of records */
    STORE_QUERY_TREE,   /* records of a root, as committed, at most limit */
    STORE_QUERY_RECENT, /* newest first, before the id given (or all), at most limit */
    STORE_QUERY_ISSUED, /* looks at limit records like RECENT, none older than the day of since_us, and gives
                         * those that granted something that lives beyond at_s; scanned and last say how far */
    STORE_QUERY_ISSUED_FOR_TARGET, /* as ISSUED, of those that granted something for target */
    STORE_QUERY_DOCUMENTS,         /* all of them, with the generation */
    STORE_QUERY_KEYS,              /* all of them, with the key revision */
    STORE_QUERY_CUT_OFF,           /* is_cut_off: does a cutoff end anything of guards? */
    STORE_QUERY_CUTOFFS, /* written after known_epoch, in that order, at most limit, with the epoch now; all
                          * there are, and is_whole, if this store does not remember it; expired ones too
                          * until they are dropped */
    STORE_QUERY_CUTOFFS_RECENT, /* newest first, before the epoch given (0 = all), after skip of them, at most
                                   limit */
    STORE_QUERY_COUNTERS,       /* and nothing else: cheap */
    STORE_QUERY_VERSIONS,       /* of the scopes in versions, into their version */
    STORE_QUERY_LEASE,          /* by id: at most one of leases */
    STORE_QUERY_LEASES,         /* newest first, before the id given (or all), at most limit */
    STORE_QUERY_LEASES_ON, /* pending and live ones that a cutoff of guards[0] at its issued_at_us ends, at most
                            * limit */
    STORE_QUERY_LEASES_DUE,     /* whose next attempt is due at at_s, oldest first, at most limit */
    STORE_QUERY_LEASES_DOOMED,  /* live ones that a cutoff written after known_epoch ends, or any cutoff if this
                                 * store does not remember it; at most limit, one as often as it is ended. Those
                                 * that share come last, and only if they end after at_s and what they share is
                                 * pending or live */
    STORE_QUERY_LEASES_SHARING, /* live ones that share the lease in id and end after at_s, at most limit */
    STORE_QUERY_LEASES_GIVEN,   /* those that share the lease in id or did, newest first, at most limit */
    STORE_QUERY_LEASE_BY_FINGERPRINT, /* of the fingerprint in id: newest first, at most limit */
    STORE_QUERY_LEASES_OF_TARGET, /* pending and live ones of target that end after at_s, at most limit, those
                                   * that end first first */
    STORE_QUERY_USES,   /* of the lease in id: newest minute first, at most limit (not 0), and used: all
                         * that is kept */
    STORE_QUERY_STATE,  /* of adapter, the key in id: at most one of states; without a value if that was removed
                         * not long ago, or only claimed */
    STORE_QUERY_STATES, /* of adapter, those with a value whose key begins with id and comes after the key in
                         * after (or all), in the order of their bytes, at most limit */
    STORE_QUERY_HELD,   /* of holders: their versions, how often, and what they hold at at_s, newest
                         * first, at most limit in all; is_whole if that is everything */
    STORE_QUERY_STATISTICS, /* record_count, record_bytes */
};

struct store_query {
    enum store_query_kind kind;
    struct text id;             /* record id or root */
    struct text target;         /* ISSUED_FOR_TARGET, LEASES_OF_TARGET */
    struct text adapter, after; /* STATE, STATES */
    size_t limit;
    struct store_counter known_epoch; /* CUTOFFS, LEASES_DOOMED */
    int64_t epoch, skip;              /* CUTOFFS_RECENT */
    int64_t at_s;                     /* ISSUED, LEASES_DUE, _DOOMED, _SHARING, _OF_TARGET, HELD */
    int64_t since_us;                 /* ISSUED */
    const struct store_guard *guards; /* CUT_OFF, LEASES_ON; the submitter's */
    size_t guard_count;
    struct store_version *versions; /* VERSIONS; the submitter's */
    size_t version_count;
    struct store_holder *holders; /* HELD; the submitter's */
    size_t holder_count;
    struct arena *arena; /* results go here; the submitter's, not touched by it until done */

    enum fault fault; /* STORE_UNAVAILABLE: there is no answer */
    struct store_record *records;
    size_t record_count;
    struct store_document *documents;
    size_t document_count;
    struct store_key *keys;
    size_t key_count;
    struct store_cutoff *cutoffs;
    size_t cutoff_count;
    struct store_lease *leases;
    size_t lease_count;
    struct store_holding *holdings;
    size_t holding_count;
    struct store_state *states;
    size_t state_count;
    struct store_use *uses;
    size_t use_count;
    struct store_use used;          /* USES: of all minutes */
    struct store_counters counters; /* those the kind of query names, as they were when it was answered */
    bool is_cut_off;
    bool is_whole;
    size_t scanned; /* ISSUED: fewer than limit, and there is nothing more */
    struct text last;
    int64_t record_bytes; /* STATISTICS: database bytes in use */

    void (*done)(struct store_query *query); /* once, on the submitting loop, never inside store_find */
    void *context;
    struct loop *loop; /* the store's, from here on */
    struct loop_message message;
};

/* Times in milliseconds. What stands here is copied. */
struct store_postgres_options {
    const char *connection;    /* libpq's connection string or URI, without a password */
    const char *password_file; /* or NULL; read again for each connection */
    const char *schema;        /* the store's own, made by the first migration */
    int64_t connect_timeout_ms;
    int64_t statement_timeout_ms; /* of one batch or query, and what waits for a lock */
    int64_t answer_timeout_ms;    /* of a submitter, however often the server was lost meanwhile */
    bool allows_weak_durability;  /* a server that answers before a commit is on its disk */
};

/* Paths that the connection string names, copied into the arena: how many. None of a string that is none. */
enum { STORE_POSTGRES_FILES_MAX = 8 };
size_t store_postgres_files(const char *connection, struct arena *arena,
                            struct text files[STORE_POSTGRES_FILES_MAX]);

struct store_options {
    const char *sqlite_path;                       /* or: */
    const struct store_postgres_options *postgres; /* not NULL: PostgreSQL */
    unsigned queue_limit; /* transactions waiting, and queries waiting; more is STORE_UNAVAILABLE at once */
};

/* Opens and migrates (or only checks: migrate = false refuses an old schema and makes no file). detail
 * (STORE_DETAIL_SIZE bytes) says what went wrong and what to do. FILE_UNREADABLE, SCHEMA_OLDER, SCHEMA_NEWER,
 * SCHEMA_CHANGED or STORE_UNAVAILABLE (locked, broken). Synchronous: for the start of a program. */
MUST_USE enum fault store_open(const struct store_options *options, bool migrate, struct store **store,
                               char *detail);
/* Finishes what is queued and posts its completions, so the loops must still be there. NULL is fine. */
void store_close(struct store *store);

/* On a loop. Transactions are committed in the order submitted; a later one sees what an earlier one did. */
void store_submit(struct store *store, struct store_transaction *transaction);
void store_find(struct store *store, struct store_query *query);
/* The same for a step of a flow: completes the wait; done and context are the store's. */
void store_find_awaited(struct store *store, struct store_query *query, struct flow_wait *wait);
/* The same, blocking, for the start of a program and for tools; never on a loop, and done is not called. */
void store_submit_and_wait(struct store *store, struct store_transaction *transaction);
void store_find_and_wait(struct store *store, struct store_query *query);

/* Tells one loop how the counters stand: at every successful look, which is when a commit of this process moved
 * one, when the engine hears of another's (PostgreSQL), and at least every second. No look, no call: whoever
 * trusts what was seen knows how old it is. */
struct store_watch {
    void (*looked)(struct store_watch *watch, const struct store_counters *counters); /* on the loop */
    void *context;
    int64_t looking_since_us; /* monotonic: what was seen is not older than this */
    /* The store's, from store_watch_start on. */
    struct store *store;
    struct loop *loop;
    struct loop_timer timer;
    struct loop_message poke;
    struct store_query query;
    bool is_looking, has_to_look_again;
    _Atomic bool is_poked;
};

/* On the loop that is to be told; one per store. The watch is zeroed but for looked and context, and stays
 * until the store is closed and the loop destroyed. */
void store_watch_start(struct store *store, struct store_watch *watch);
/* One look that begins from here on, soon. From any thread, as often as one likes. */
void store_watch_look(struct store_watch *watch);

/* Forgets records of periods (days since 1970) before this one, and single-use values, cutoffs, scope versions,
 * holdings, tallies, leases, their use and state past their time; rewrites nothing that stays. On the writer,
 * between commits, in bounded bites. Period 0 keeps all records and only sweeps what has expired: to be called
 * every minute or so.
 */
void store_drop_before(struct store *store, int64_t period);

#endif

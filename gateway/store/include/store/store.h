/* What is durable. One interface, several engines (sqlite/ now): transactions that become durable as a whole
 * and queries, both answered on the submitting loop. Transactions that arrive while one commit runs share the
 * next one, so there is no timer and no added latency. Nothing here knows what a record means; that is the
 * ledger's. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/arena.h"
#include "base/fault.h"
#include "runtime/loop.h"
#include "store/row.h"

struct store;

enum { STORE_DETAIL_SIZE = 256 };

enum store_outcome {
    STORE_STORED,   /* durable */
    STORE_REPLAYED, /* a single-use value was used before: nothing of this transaction was stored */
    STORE_CUT_OFF,  /* a guard found a cutoff: nothing was stored */
    STORE_STALE,    /* an expected generation did not hold: nothing was stored */
};

/* Everything that becomes durable together, or not at all. The submitter owns all memory and keeps it until
 * done. */
struct store_transaction {
    const struct store_record *records;
    size_t record_count;
    const struct store_single_use *single_uses;
    size_t single_use_count;
    const struct store_guard *guards;
    size_t guard_count;
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
    int64_t generation; /* of the documents, with this transaction; one more than before if it had documents */

    struct loop *loop; /* the store's, from here on */
    struct loop_message message;
};

enum store_query_kind {
    STORE_QUERY_RECORD,    /* by id: at most one of records */
    STORE_QUERY_TREE,      /* records of a root, as committed, at most limit */
    STORE_QUERY_RECENT,    /* newest first, before the id given (or all), at most limit */
    STORE_QUERY_DOCUMENTS, /* all of them, with the generation */
    STORE_QUERY_KEYS,
    STORE_QUERY_CUT_OFF,    /* is_cut_off: does a cutoff end anything of guards? */
    STORE_QUERY_CUTOFFS,    /* all that are kept, expired ones too until they are dropped */
    STORE_QUERY_STATISTICS, /* record_count, record_bytes */
};

struct store_query {
    enum store_query_kind kind;
    struct text id; /* record id or root */
    size_t limit;
    const struct store_guard *guards; /* CUT_OFF; the submitter's */
    size_t guard_count;
    struct arena *arena; /* results go here; the submitter's, not touched by it until done */

    enum fault fault; /* STORE_UNAVAILABLE: there is no answer */
    struct store_record *records;
    size_t record_count;
    struct store_document *documents;
    size_t document_count;
    int64_t generation;
    struct store_key *keys;
    size_t key_count;
    struct store_cutoff *cutoffs;
    size_t cutoff_count;
    bool is_cut_off;
    int64_t record_bytes; /* STATISTICS: database bytes in use */

    void (*done)(struct store_query *query); /* once, on the submitting loop, never inside store_find */
    void *context;
    struct loop *loop; /* the store's, from here on */
    struct loop_message message;
};

struct store_options {
    const char *sqlite_path;
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
/* The same, blocking, for the start of a program and for tools; never on a loop, and done is not called. */
void store_submit_and_wait(struct store *store, struct store_transaction *transaction);
void store_find_and_wait(struct store *store, struct store_query *query);

/* Forgets records of periods (days since 1970) before this one, and single-use values and cutoffs past their
 * time; rewrites nothing that stays. On the writer, between commits, in bounded bites. Period 0 keeps all
 * records and only sweeps what has expired: to be called every minute or so. */
void store_drop_before(struct store *store, int64_t period);

#endif

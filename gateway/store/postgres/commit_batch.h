/* Many store transactions as one statement, and what the server's answer says of each. Not a queue and not a
 * connection: those are commit_line.c's. */
#ifndef STORE_POSTGRES_COMMIT_BATCH_H
#define STORE_POSTGRES_COMMIT_BATCH_H

#include "postgres/claims.h"
#include "postgres/line/queue.h"
#include "postgres/line/server_link.h"
#include "postgres/row_array.h"

enum {
    BATCH_TRANSACTIONS_MAX = 512,
    BATCH_BYTES_MAX = 1024 * 1024, /* of canonical records; one transaction may have more */
    BATCH_PERIODS_KNOWN = 16,
    BATCH_STATE_SIZE = 5 /* of SQLSTATE */
};

/* Wants to use a value that an earlier transaction of the batch uses, or to bump a scope that it bumps: if that
 * one is stored this one is a replay, or stale; otherwise it is tried again. */
struct commit_follower {
    struct waiting waiting;
    size_t leader;
    bool wants_scope;
};

struct commit_batch {
    struct waiting transactions[BATCH_TRANSACTIONS_MAX];
    size_t count;
    struct commit_follower followers[BATCH_TRANSACTIONS_MAX];
    size_t follower_count;
    bool is_change;    /* one transaction with more than records, guards, values, revocations, what is held,
                        * new leases and uses */
    bool has_answer;   /* the statement's; it counts when the transaction's end has been answered too */
    bool has_moved;    /* the answer: the epoch is another, nothing was stored */
    bool omits_guards; /* of those who looked themselves up to counters.epoch */
    /* Outlives the batch: the last one was told that the epoch has moved. So that this one is not told the same
     * again, whatever its transactions believe and however fast the epoch moves. */
    bool sends_all_guards;
    char state[BATCH_STATE_SIZE + 1]; /* SQLSTATE of what failed, or "" */
    char message[200];
    unsigned syncs;                 /* not answered yet */
    struct store_counters counters; /* as they were last heard of; outlives the batch */
    /* The rows, and which value and scope belongs to whom. */
    struct row_array arrays[ROW_TYPES];
    size_t bytes;
    struct claims values, scopes;
    struct buffer periods; /* int32_t each: those its records are in */
    /* Periods that have been seen to exist; outlives the batch. */
    int32_t known_periods[BATCH_PERIODS_KNOWN]; /* one more than each; 0 is none */
    size_t next_known;
};

/* Why a transaction cannot be stored, as far as that is known without asking: NONE or STORE_UNAVAILABLE for a
 * row that no table takes; the outcome becomes REPLAYED or STALE for a value or a scope that it has twice. */
MUST_USE enum fault commit_batch_check(struct store_transaction *transaction);

bool commit_batch_prepare(PGconn *server);
void commit_batch_begin(struct commit_batch *batch, const struct server_link *connection);
void commit_batch_dispose(struct commit_batch *batch);
/* False: it has to wait for the next batch. Always true for the first one. */
bool commit_batch_add(struct commit_batch *batch, struct waiting waiting);
/* False if it could not be queued. Ends with a sync of the connection, which may be lost behind it. */
bool commit_batch_send(struct commit_batch *batch, struct server_link *connection);
/* Takes one result; true when it was the last and the batch is either committed or failed. */
bool commit_batch_take(struct commit_batch *batch, const PGresult *result);
bool commit_batch_failed(const struct commit_batch *batch);
/* The server has forgotten what this batch knew of it, or may have. */
void commit_batch_forget_periods(struct commit_batch *batch);

#endif

/* What an engine is to store.c: a handful of functions over a store whose first member names them. Each
 * engine is a folder with one function that opens it; nobody outside this room sees which one runs. */
#ifndef STORE_ENGINE_H
#define STORE_ENGINE_H

#include "store/store.h"

struct store_engine {
    /* Takes the transaction or query with loop, fault, outcome and results preset; answers it once, from any
     * thread, through the complete functions below. */
    void (*submit)(struct store *store, struct store_transaction *transaction);
    void (*find)(struct store *store, struct store_query *query);
    void (*drop_before)(struct store *store, int64_t period);
    void (*close)(struct store *store);
    /* On the loop of the watch that was just started: hears of what others commit and calls store_note_change.
     * NULL where nobody tells. */
    void (*listen)(struct store *store);
};

/* First member of what an engine allocates. */
struct store {
    const struct store_engine *engine;
    _Atomic(struct store_watch *) watch; /* store_watch_start's, or NULL */
};

/* A counter moved, or may have: the watch looks at once. From any thread, as often as one likes. */
void store_note_change(struct store *store);
/* The store is being closed, when no loop runs any more. */
void store_watch_end(struct store *store);

/* Hands the finished thing back: on its loop, or at once to the thread that waits for it. It is not the
 * engine's any more when these return. */
void store_transaction_complete(struct store_transaction *transaction);
void store_query_complete(struct store_query *query);
/* The same for an engine that is on that loop already, outside of the submitter's call. */
void store_transaction_finish(struct store_transaction *transaction);
void store_query_finish(struct store_query *query);

/* The period of a record: the day of its id, in days since 1970; -1 if it is not an id. */
int64_t store_period(struct text id);

#endif

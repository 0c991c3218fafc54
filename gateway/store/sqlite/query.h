/* Reading: one store query, answered from the last committed state. Not a thread: that is reader.c's. */
#ifndef STORE_SQLITE_QUERY_H
#define STORE_SQLITE_QUERY_H

#include "sqlite/database.h"
#include "store/store.h"

/* One kept statement per kind of query, and one more of STORE_QUERY_HELD. */
enum { QUERY_TALLIES = STORE_QUERY_STATISTICS + 1, QUERY_STATEMENTS };

struct query_set {
    struct database *database;
    sqlite3_stmt *statements[QUERY_STATEMENTS];
};

MUST_USE enum fault query_set_prepare(struct query_set *set, struct database *database);
void query_set_dispose(struct query_set *set);
/* Fills the query's results; STORE_UNAVAILABLE if they could not be read. */
MUST_USE enum fault query_set_run(struct query_set *set, struct store_query *query);

/* Room for one more in an array that doubles inside the arena: for what reads rows. */
void *query_make_room(struct arena *arena, void *items, size_t count, size_t size);

#endif

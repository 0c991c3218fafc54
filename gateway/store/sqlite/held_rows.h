/* Versions, holdings and tallies as rows of a batch. What they are for is in store/row.h; reading them is
 * held_query.c's. */
#ifndef STORE_SQLITE_HELD_ROWS_H
#define STORE_SQLITE_HELD_ROWS_H

#include "sqlite/database.h"
#include "store/store.h"

enum held_statement {
    HELD_BEGIN_VERSION,
    HELD_BUMP_VERSION,
    HELD_ADD_HOLDING,
    HELD_ADD_TO_TALLY,
    HELD_STATEMENTS
};

struct held_rows {
    struct database *database;
    sqlite3_stmt *statements[HELD_STATEMENTS];
    bool has_cache;
};

MUST_USE enum fault held_rows_prepare(struct held_rows *rows, struct database *database);
void held_rows_dispose(struct held_rows *rows);

/* Compares and bumps at once; the transaction's outcome becomes STALE if the scope has not the version
 * expected. */
MUST_USE enum fault held_rows_bump(struct held_rows *rows, struct store_transaction *transaction,
                                   const struct store_version *version, int64_t now_s);
/* The transaction's holdings and tallies. */
MUST_USE enum fault held_rows_write(struct held_rows *rows, const struct store_transaction *transaction);

#endif

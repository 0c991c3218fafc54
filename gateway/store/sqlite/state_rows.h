/* The state of adapters and the uses of leases as rows of a batch. What they are for is in store/row.h; reading
 * them is state_query.c's. */
#ifndef STORE_SQLITE_STATE_ROWS_H
#define STORE_SQLITE_STATE_ROWS_H

#include "sqlite/database.h"
#include "store/store.h"

enum state_statement { STATE_FIND, STATE_PUT, STATE_CLAIM, STATE_ADD_USE, STATE_STATEMENTS };

struct state_rows {
    struct database *database;
    sqlite3_stmt *statements[STATE_STATEMENTS];
};

MUST_USE enum fault state_rows_prepare(struct state_rows *rows, struct database *database);
void state_rows_dispose(struct state_rows *rows);

/* Compares and writes one of the transaction's states; its outcome becomes STALE if something expected does not
 * hold. */
MUST_USE enum fault state_rows_change(struct state_rows *rows, struct store_transaction *transaction,
                                      struct store_state *state, int64_t now_s);
MUST_USE enum fault state_rows_add_use(struct state_rows *rows, const struct store_use *use);

#endif

/* Leases as rows: the lease itself, and one row for each thing it stands on while it is pending or live. */
#ifndef STORE_SQLITE_LEASE_ROWS_H
#define STORE_SQLITE_LEASE_ROWS_H

#include "sqlite/database.h"
#include "store/store.h"

enum lease_statement {
    LEASE_INSERT,
    LEASE_UPDATE,
    LEASE_TAKE_BACK,
    LEASE_KEEP,
    LEASE_STAND_ON,
    LEASE_STAND_NO_MORE,
    LEASE_STATEMENTS
};

struct lease_rows {
    struct database *database;
    sqlite3_stmt *statements[LEASE_STATEMENTS];
};

MUST_USE enum fault lease_rows_prepare(struct lease_rows *rows, struct database *database);
void lease_rows_dispose(struct lease_rows *rows);

/* *outcome becomes STORE_STALE if the lease has not the revision that was seen. */
MUST_USE enum fault lease_rows_write(struct lease_rows *rows, const struct store_lease *lease,
                                     enum store_outcome *outcome);
/* *outcome becomes STORE_STALE if the lease has ended. */
MUST_USE enum fault lease_rows_keep(struct lease_rows *rows, const struct store_share *share,
                                    enum store_outcome *outcome);
/* One that was just written as new and stands on nothing. */
MUST_USE enum fault lease_rows_take_back(struct lease_rows *rows, const struct store_lease *lease);

#endif

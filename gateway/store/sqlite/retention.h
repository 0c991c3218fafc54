/* Forgetting, in bites small enough to stand between two commits. Old records go by whole days; single-use
 * values, cutoffs, scope versions, holdings, tallies and state go when their time is over, leases by the days
 * they were kept until, their uses by the days they were in. */
#ifndef STORE_SQLITE_RETENTION_H
#define STORE_SQLITE_RETENTION_H

#include "expiry_clock.h"
#include "sqlite/database.h"

enum { RETENTION_BITE = 256 }; /* rows of each kind */

enum retention_statement {
    RETENTION_BEGIN,
    RETENTION_COMMIT,
    RETENTION_OLDEST_PERIOD,
    RETENTION_DROP_RECORDS,
    RETENTION_SHRINK_PERIOD,
    RETENTION_DROP_PERIOD,
    RETENTION_DROP_SINGLE_USES,
    RETENTION_DROP_CUTOFFS,
    RETENTION_DROP_VERSIONS,
    RETENTION_DROP_HOLDINGS,
    RETENTION_DROP_TALLIES,
    RETENTION_DROP_LEASES,
    RETENTION_DROP_LEASE_THINGS,
    RETENTION_DROP_USES,
    RETENTION_EMPTY_STATES,
    RETENTION_RAISE_STATE_FLOOR,
    RETENTION_DROP_STATES,
    RETENTION_STATEMENTS
};

struct retention {
    struct database *database;
    sqlite3_stmt *statements[RETENTION_STATEMENTS];
    struct expiry_clock clock;
};

MUST_USE enum fault retention_prepare(struct retention *retention, struct database *database);
void retention_dispose(struct retention *retention);
/* One transaction of its own. *is_done when nothing more is to be dropped. */
MUST_USE enum fault retention_bite(struct retention *retention, int64_t period, bool *is_done);
#endif

/* Writes leases. The revision is compared by the statement that writes, so that a lease which comes with its
 * record costs one look into its trees. What a lease stands on is written once and goes when it is neither
 * pending nor live any more, so that what a kill finds is what there is to end, however often it looks. */
#include "sqlite/lease_rows.h"

enum { SECONDS_PER_DAY = 86400 };

static const char *const lease_sql[LEASE_STATEMENTS] = {
    [LEASE_INSERT] =
        "INSERT INTO lease (period, id, state, adapter, target, handle, fingerprint, issued_at_us,"
        " expires_at, attempts, next_attempt_at, revision, shares, shared_as)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 1, ?12, ?13) ON CONFLICT DO NOTHING",
    /* Who has seen a live one due must not withdraw it any more; the maker of a pending one goes on. */
    [LEASE_KEEP] = "UPDATE lease SET next_attempt_at = max(next_attempt_at, ?2),"
                   " revision = revision + (state = 'live' AND next_attempt_at < ?2)"
                   " WHERE id = ?1 AND shared_as = ?3 AND state IN ('pending', 'live')",
    [LEASE_UPDATE] = "UPDATE lease SET state = ?3, adapter = ?4, target = ?5, handle = ?6, fingerprint = ?7,"
                     " issued_at_us = ?8, expires_at = ?9, attempts = ?10, next_attempt_at ="
                     /* Of one that is shared: others may have kept it for longer already. */
                     " CASE WHEN ?3 = 'live' AND ?11 > 0 THEN max(next_attempt_at, ?11) ELSE ?11 END,"
                     " revision = revision + 1 WHERE id = ?2 AND revision = ?12",
    [LEASE_STAND_ON] = "INSERT INTO lease_stands_on (period, kind, id, lease, issued_at_us)"
                       " VALUES (?1, ?2, ?3, ?4, ?5)"
                       " ON CONFLICT DO UPDATE SET issued_at_us = min(issued_at_us, excluded.issued_at_us)",
    [LEASE_TAKE_BACK] = "DELETE FROM lease WHERE id = ?1",
    [LEASE_STAND_NO_MORE] = "DELETE FROM lease_stands_on WHERE period = ?1 AND lease = ?2",
};

enum fault lease_rows_prepare(struct lease_rows *rows, struct database *database)
{
    *rows = (struct lease_rows){.database = database};
    return database_prepare(database, lease_sql, LEASE_STATEMENTS, rows->statements);
}

void lease_rows_dispose(struct lease_rows *rows)
{
    database_finalize(rows->statements, LEASE_STATEMENTS);
}

static int64_t period_of(const struct store_lease *lease)
{
    return lease->kept_until_s / SECONDS_PER_DAY;
}

static enum fault write_lease(struct lease_rows *rows, const struct store_lease *lease,
                              enum store_outcome *outcome)
{
    bool is_new = lease->revision == 0;
    SCOPED_STATEMENT statement = rows->statements[is_new ? LEASE_INSERT : LEASE_UPDATE];
    if (is_new) { /* these never change */
        statement_bind_integer(statement, 1, period_of(lease));
        statement_bind_text(statement, 12, lease->shares);
        statement_bind_text(statement, 13, lease->shared_as);
    } else {
        statement_bind_integer(statement, 12, lease->revision);
    }
    statement_bind_text(statement, 2, lease->id);
    statement_bind_text(statement, 3, lease->state);
    statement_bind_text(statement, 4, lease->adapter);
    statement_bind_text(statement, 5, lease->target);
    statement_bind_blob(statement, 6, lease->handle.base, lease->handle.length);
    statement_bind_text(statement, 7, lease->fingerprint);
    statement_bind_integer(statement, 8, lease->issued_at_us);
    statement_bind_integer(statement, 9, lease->expires_at_s);
    statement_bind_integer(statement, 10, lease->attempts);
    statement_bind_integer(statement, 11, lease->next_attempt_at_s);
    TRY(database_run(rows->database, statement));
    if (sqlite3_changes(rows->database->handle) == 0)
        *outcome = STORE_STALE;
    return FAULT_NONE;
}

static enum fault stand_on(struct lease_rows *rows, const struct store_lease *lease,
                           const struct store_guard *thing)
{
    SCOPED_STATEMENT statement = rows->statements[LEASE_STAND_ON];
    statement_bind_integer(statement, 1, period_of(lease));
    statement_bind_text(statement, 2, thing->kind);
    statement_bind_text(statement, 3, thing->id);
    statement_bind_text(statement, 4, lease->id);
    statement_bind_integer(statement, 5, thing->issued_at_us);
    return database_run(rows->database, statement);
}

static enum fault stand_no_more(struct lease_rows *rows, const struct store_lease *lease)
{
    SCOPED_STATEMENT statement = rows->statements[LEASE_STAND_NO_MORE];
    statement_bind_integer(statement, 1, period_of(lease));
    statement_bind_text(statement, 2, lease->id);
    return database_run(rows->database, statement);
}

enum fault lease_rows_write(struct lease_rows *rows, const struct store_lease *lease,
                            enum store_outcome *outcome)
{
    TRY(write_lease(rows, lease, outcome));
    if (*outcome == STORE_STALE)
        return FAULT_NONE;
    if (!text_is(lease->state, "pending") && !text_is(lease->state, "live"))
        return lease->revision == 0 ? FAULT_NONE : stand_no_more(rows, lease);
    for (size_t i = 0; lease->revision == 0 && i < lease->stands_on_count; i++)
        TRY(stand_on(rows, lease, &lease->stands_on[i]));
    return FAULT_NONE;
}

enum fault lease_rows_keep(struct lease_rows *rows, const struct store_share *share,
                           enum store_outcome *outcome)
{
    SCOPED_STATEMENT statement = rows->statements[LEASE_KEEP];
    statement_bind_text(statement, 1, share->lease);
    statement_bind_integer(statement, 2, share->until_s);
    statement_bind_text(statement, 3, share->shared_as);
    TRY(database_run(rows->database, statement));
    if (sqlite3_changes(rows->database->handle) == 0)
        *outcome = STORE_STALE;
    return FAULT_NONE;
}

enum fault lease_rows_take_back(struct lease_rows *rows, const struct store_lease *lease)
{
    SCOPED_STATEMENT statement = rows->statements[LEASE_TAKE_BACK];
    statement_bind_text(statement, 1, lease->id);
    return database_run(rows->database, statement);
}

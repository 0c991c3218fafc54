/* Deletes from the old end of each tree: the rows of a period lie together in all of them, so pages are freed
 * whole and none that stays is rewritten but the one at the border. Freed pages are used again; the file does
 * not shrink. */
#include "sqlite/retention.h"

enum { SECONDS_PER_DAY = 86400, SECONDS_PER_HOUR = 3600 };

_Static_assert(STORE_STATE_KEPT_S == 172800, "as RETENTION_EMPTY_STATES has it");

static const char *const retention_sql[RETENTION_STATEMENTS] = {
    [RETENTION_BEGIN] = "BEGIN IMMEDIATE",
    [RETENTION_COMMIT] = "COMMIT",
    [RETENTION_OLDEST_PERIOD] = "SELECT period FROM period WHERE period < ?1 ORDER BY period LIMIT 1",
    [RETENTION_DROP_RECORDS] = "DELETE FROM record WHERE sequence IN"
                               " (SELECT sequence FROM record WHERE period = ?1 ORDER BY id LIMIT ?2)",
    [RETENTION_SHRINK_PERIOD] = "UPDATE period SET records = records - ?2 WHERE period = ?1",
    [RETENTION_DROP_PERIOD] = "DELETE FROM period WHERE period = ?1",
    [RETENTION_DROP_SINGLE_USES] =
        "DELETE FROM single_use WHERE digest IN"
        " (SELECT digest FROM single_use WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2)",
    [RETENTION_DROP_CUTOFFS] = "DELETE FROM cutoff WHERE (kind, id, killed_epoch) IN"
                               " (SELECT kind, id, killed_epoch FROM cutoff WHERE expires_at > 0 AND "
                               "expires_at < ?1 ORDER BY expires_at LIMIT ?2)",
    [RETENTION_DROP_VERSIONS] =
        "DELETE FROM scope_version WHERE scope IN"
        " (SELECT scope FROM scope_version WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2)",
    [RETENTION_DROP_HOLDINGS] =
        "DELETE FROM holding WHERE sequence IN"
        " (SELECT sequence FROM holding WHERE kept_until < ?1 ORDER BY kept_until LIMIT ?2)",
    [RETENTION_DROP_TALLIES] =
        "DELETE FROM tally WHERE (hour, holder, minute) IN (SELECT hour, holder, minute FROM tally"
        " WHERE hour < ?1 ORDER BY hour, holder, minute LIMIT ?2)",
    [RETENTION_DROP_LEASES] = "DELETE FROM lease WHERE (period, id) IN"
                              " (SELECT period, id FROM lease WHERE period < ?1 ORDER BY period, id LIMIT ?2)",
    [RETENTION_DROP_LEASE_THINGS] =
        "DELETE FROM lease_stands_on WHERE (period, kind, id, lease) IN (SELECT period, kind, id, lease"
        " FROM lease_stands_on WHERE period < ?1 ORDER BY period, kind, id, lease LIMIT ?2)",
    [RETENTION_DROP_USES] =
        "DELETE FROM lease_use WHERE (period, lease, minute) IN (SELECT period, lease, minute FROM lease_use"
        " WHERE period < ?1 ORDER BY period, lease, minute LIMIT ?2)",
    /* Its numbers stay for as long as those of a value that was removed. */
    [RETENTION_EMPTY_STATES] =
        "UPDATE adapter_state SET value = NULL, version = version + 1,"
        " expires_at = max(?1, claimed_until / 1000) + 172800 WHERE rowid IN (SELECT rowid FROM adapter_state"
        " WHERE expires_at > 0 AND expires_at < ?1 AND value IS NOT NULL ORDER BY expires_at LIMIT ?2)",
    [RETENTION_RAISE_STATE_FLOOR] =
        "UPDATE adapter_state_floor SET number = gone.number FROM (SELECT max(max(version, fence)) AS number"
        " FROM adapter_state WHERE expires_at > 0 AND expires_at < ?1) AS gone"
        " WHERE gone.number > adapter_state_floor.number",
    [RETENTION_DROP_STATES] =
        "DELETE FROM adapter_state WHERE rowid IN (SELECT rowid FROM adapter_state WHERE expires_at > 0"
        " AND expires_at < ?1 AND value IS NULL ORDER BY expires_at LIMIT ?2)",
};

enum fault retention_prepare(struct retention *retention, struct database *database)
{
    *retention = (struct retention){.database = database, .clock = expiry_clock_start()};
    return database_prepare(database, retention_sql, RETENTION_STATEMENTS, retention->statements);
}

void retention_dispose(struct retention *retention)
{
    database_finalize(retention->statements, RETENTION_STATEMENTS);
}

/* For statements of the form (?1, ?2); *rows is how many they changed. */
static enum fault run(struct retention *retention, enum retention_statement which, int64_t first,
                      int64_t second, int64_t *rows)
{
    SCOPED_STATEMENT statement = retention->statements[which];
    statement_bind_integer(statement, 1, first);
    if (sqlite3_bind_parameter_count(statement) == 2)
        statement_bind_integer(statement, 2, second);
    TRY(database_run(retention->database, statement));
    *rows = sqlite3_changes(retention->database->handle);
    return FAULT_NONE;
}

static enum fault find_oldest(struct retention *retention, int64_t before, bool *exists, int64_t *period)
{
    SCOPED_STATEMENT statement = retention->statements[RETENTION_OLDEST_PERIOD];
    statement_bind_integer(statement, 1, before);
    TRY(database_step(retention->database, statement, exists));
    if (*exists)
        *period = sqlite3_column_int64(statement, 0);
    return FAULT_NONE;
}

static enum fault drop_records(struct retention *retention, int64_t before, bool *is_done)
{
    bool exists;
    int64_t period, dropped, ignored;
    TRY(find_oldest(retention, before, &exists, &period));
    *is_done = !exists;
    if (!exists)
        return FAULT_NONE;
    TRY(run(retention, RETENTION_DROP_RECORDS, period, RETENTION_BITE, &dropped));
    if (dropped == RETENTION_BITE)
        return run(retention, RETENTION_SHRINK_PERIOD, period, dropped, &ignored);
    return run(retention, RETENTION_DROP_PERIOD, period, 0, &ignored);
}

/* A full bite of any kind means that there may be more of it. */
static enum fault drop_expired(struct retention *retention, bool *is_done)
{
    int64_t now_s = expiry_clock_now_s(&retention->clock);
    const struct {
        enum retention_statement statement;
        int64_t before;
    } kinds[] = {{RETENTION_DROP_SINGLE_USES, now_s},
                 {RETENTION_DROP_CUTOFFS, now_s},
                 {RETENTION_DROP_VERSIONS, now_s},
                 {RETENTION_DROP_HOLDINGS, now_s},
                 {RETENTION_DROP_TALLIES, (now_s - STORE_TALLY_KEPT_S) / SECONDS_PER_HOUR},
                 {RETENTION_DROP_LEASES, now_s / SECONDS_PER_DAY},
                 {RETENTION_DROP_LEASE_THINGS, now_s / SECONDS_PER_DAY},
                 {RETENTION_DROP_USES, now_s / SECONDS_PER_DAY - STORE_USE_KEPT_DAYS},
                 {RETENTION_EMPTY_STATES, now_s},
                 {RETENTION_RAISE_STATE_FLOOR, now_s},
                 {RETENTION_DROP_STATES, now_s}};
    *is_done = true;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        int64_t dropped;
        TRY(run(retention, kinds[i].statement, kinds[i].before, RETENTION_BITE, &dropped));
        *is_done &= dropped < RETENTION_BITE;
    }
    return FAULT_NONE;
}

static enum fault drop_rows(struct retention *retention, int64_t period, bool *is_done)
{
    bool has_dropped_records, has_dropped_expired;
    TRY(drop_records(retention, period, &has_dropped_records));
    TRY(drop_expired(retention, &has_dropped_expired));
    *is_done = has_dropped_records && has_dropped_expired;
    return FAULT_NONE;
}

enum fault retention_bite(struct retention *retention, int64_t period, bool *is_done)
{
    *is_done = false;
    TRY(database_run(retention->database, retention->statements[RETENTION_BEGIN]));
    enum fault fault = drop_rows(retention, period, is_done);
    if (fault == FAULT_NONE)
        fault = database_run(retention->database, retention->statements[RETENTION_COMMIT]);
    if (fault != FAULT_NONE && sqlite3_get_autocommit(retention->database->handle) == 0)
        sqlite3_exec(retention->database->handle, "ROLLBACK", NULL, NULL, NULL);
    return fault;
}

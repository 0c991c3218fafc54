/* Compares what a database says was applied to it with what this program carries, and applies the rest. */
#include "sqlite/migration.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/store.h"

static const char bookkeeping[] = "CREATE TABLE IF NOT EXISTS schema_migration ("
                                  " number INTEGER PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL,"
                                  " applied_at INTEGER NOT NULL, needs INTEGER) STRICT";

static enum fault failed(const struct database *database, const char *what, char *detail)
{
    int primary = database->code & 0xff;
    if (primary == SQLITE_BUSY || primary == SQLITE_LOCKED)
        snprintf(detail, STORE_DETAIL_SIZE, "%.60s: locked by another process; stop it or wait for it", what);
    else
        snprintf(detail, STORE_DETAIL_SIZE, "%.60s: %.150s", what, sqlite3_errmsg(database->handle));
    return FAULT_STORE_UNAVAILABLE;
}

static enum fault prepare(struct database *database, const char *sql, sqlite3_stmt **statement, char *detail)
{
    if (database_prepare(database, &sql, 1, statement) != FAULT_NONE)
        return failed(database, "reading the schema", detail);
    return FAULT_NONE;
}

static void finalize(sqlite3_stmt **statement)
{
    sqlite3_finalize(*statement);
}
#define OWNED_STATEMENT __attribute__((cleanup(finalize))) sqlite3_stmt *

/* Databases of before have no such column: what was applied to them needs what it is. */
static enum fault has_needs(struct database *database, bool *has, char *detail)
{
    OWNED_STATEMENT statement = NULL;
    TRY(prepare(database, "SELECT 1 FROM pragma_table_info('schema_migration') WHERE name = 'needs'",
                &statement, detail));
    if (database_step(database, statement, has) != FAULT_NONE)
        return failed(database, "reading the schema", detail);
    return FAULT_NONE;
}

static enum fault count_tables(struct database *database, bool *is_ours, bool *is_empty, char *detail)
{
    OWNED_STATEMENT statement = NULL;
    TRY(prepare(database, "SELECT count(*), total(name = 'schema_migration') FROM sqlite_schema", &statement,
                detail));
    bool has_row;
    if (database_step(database, statement, &has_row) != FAULT_NONE)
        return failed(database, "reading the schema", detail);
    *is_empty = sqlite3_column_int(statement, 0) == 0;
    *is_ours = sqlite3_column_int(statement, 1) == 1;
    return FAULT_NONE;
}

static enum fault check_applied(sqlite3_stmt *row, const struct migration *list, size_t count, size_t position,
                                char *detail)
{
    const struct applied_migration applied = {.number = sqlite3_column_int(row, 0),
                                              .checksum = text_of((const char *)sqlite3_column_text(row, 1)),
                                              .needs = sqlite3_column_int(row, 2)};
    return migration_check_applied(list, count, position, &applied, detail);
}

/* How many of the list are applied, all of them as they stand in the list. */
static enum fault verify(struct database *database, const struct migration *list, size_t count, size_t *applied,
                         char *detail)
{
    *applied = 0;
    bool is_ours = false, is_empty = true;
    TRY(count_tables(database, &is_ours, &is_empty, detail));
    if (!is_ours && !is_empty) {
        snprintf(detail, STORE_DETAIL_SIZE, "the file is a database of another program; name another file");
        return FAULT_FILE_UNREADABLE;
    }
    if (is_empty)
        return FAULT_NONE;
    OWNED_STATEMENT statement = NULL;
    bool says_needs;
    TRY(has_needs(database, &says_needs, detail));
    TRY(prepare(database,
                says_needs
                    ? "SELECT number, sha256, coalesce(needs, number) FROM schema_migration ORDER BY number"
                    : "SELECT number, sha256, number FROM schema_migration ORDER BY number",
                &statement, detail));
    for (;;) {
        bool has_row;
        if (database_step(database, statement, &has_row) != FAULT_NONE)
            return failed(database, "reading the schema", detail);
        if (!has_row)
            return FAULT_NONE;
        TRY(check_applied(statement, list, count, *applied, detail));
        (*applied)++;
    }
}

static enum fault note_applied(struct database *database, const struct migration *migration)
{
    OWNED_STATEMENT statement = NULL;
    const char *sql = "INSERT INTO schema_migration (number, name, sha256, applied_at, needs)"
                      " VALUES (?1, ?2, ?3, ?4, ?5)";
    TRY(database_prepare(database, &sql, 1, &statement));
    char digest[2 * DIGEST_SIZE + 1];
    migration_checksum(migration, digest);
    statement_bind_integer(statement, 1, migration->number);
    statement_bind_text(statement, 2, text_of(migration->name));
    statement_bind_text(statement, 3, text_of(digest));
    statement_bind_integer(statement, 4, clock_wall_s());
    statement_bind_integer(statement, 5, migration_needs(migration));
    return database_run(database, statement);
}

static enum fault keep_books(struct database *database, char *detail)
{
    bool says_needs;
    if (database_execute(database, bookkeeping) != FAULT_NONE)
        return failed(database, "migrating", detail);
    TRY(has_needs(database, &says_needs, detail));
    if (!says_needs &&
        database_execute(database, "ALTER TABLE schema_migration ADD COLUMN needs INTEGER") != FAULT_NONE)
        return failed(database, "migrating", detail);
    return FAULT_NONE;
}

/* Inside a transaction that holds the write lock: what is missing is looked up again, as another process may
 * have migrated meanwhile. */
static enum fault apply_next(struct database *database, const struct migration *list, size_t count,
                             size_t *applied, char *detail)
{
    TRY(verify(database, list, count, applied, detail));
    if (*applied >= count)
        return FAULT_NONE;
    const struct migration *next = &list[*applied];
    TRY(keep_books(database, detail));
    if (database_execute(database, next->sql) != FAULT_NONE || note_applied(database, next) != FAULT_NONE)
        return failed(database, next->name, detail);
    (*applied)++;
    return FAULT_NONE;
}

static enum fault migrate_once(struct database *database, const struct migration *list, size_t count,
                               size_t *applied, char *detail)
{
    if (database_execute(database, "BEGIN IMMEDIATE") != FAULT_NONE)
        return failed(database, "migrating", detail);
    enum fault fault = apply_next(database, list, count, applied, detail);
    if (fault == FAULT_NONE && database_execute(database, "COMMIT") != FAULT_NONE)
        fault = failed(database, "migrating", detail);
    if (fault != FAULT_NONE && sqlite3_get_autocommit(database->handle) == 0)
        sqlite3_exec(database->handle, "ROLLBACK", NULL, NULL, NULL);
    return fault;
}

enum fault migration_run(struct database *database, const struct migration *list, size_t count, bool migrate,
                         char *detail)
{
    size_t applied;
    TRY(verify(database, list, count, &applied, detail));
    if (applied < count && !migrate)
        return migration_report_older(applied, count, detail);
    while (applied < count) {
        TRY(migrate_once(database, list, count, &applied, detail));
        LOG(LOG_INFO, "schema_migrated", log_text("migration", text_of(list[applied - 1].name)));
    }
    return FAULT_NONE;
}

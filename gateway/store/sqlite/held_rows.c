/* Writes versions, holdings and tallies. A version is compared by the statement that bumps it: one look into
 * the tree, and two of one batch that saw the same version meet here as any other two would. */
#include "sqlite/held_rows.h"

#include "held.h"

/* The end of a version has an hour to spare, so that who is bumped again and again changes its index once an
 * hour. */
static const char *const held_sql[HELD_STATEMENTS] = {
    [HELD_BEGIN_VERSION] = "INSERT INTO scope_version (scope, version, expires_at) VALUES (?1, ?2, ?3 + 3600)"
                           " ON CONFLICT DO NOTHING",
    [HELD_BUMP_VERSION] = "UPDATE scope_version SET version = ?2,"
                          " expires_at = iif(expires_at >= ?3, expires_at, ?3 + 3600)"
                          " WHERE scope = ?1 AND version = ?4",
    [HELD_ADD_HOLDING] = "INSERT INTO holding (holder, id, root, agent, domain, target, scopes, issued_at_us,"
                         " expires_at, kept_until) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
                         " ON CONFLICT DO UPDATE SET kept_until = max(kept_until, excluded.kept_until)",
    [HELD_ADD_TO_TALLY] = "INSERT INTO tally (hour, holder, minute, count) VALUES (?2 / 60, ?1, ?2, 1)"
                          " ON CONFLICT DO UPDATE SET count = count + 1",
};

enum fault held_rows_prepare(struct held_rows *rows, struct database *database)
{
    *rows = (struct held_rows){.database = database};
    return database_prepare(database, held_sql, HELD_STATEMENTS, rows->statements);
}

void held_rows_dispose(struct held_rows *rows)
{
    database_finalize(rows->statements, HELD_STATEMENTS);
}

/* Records change a few pages at the ends of their trees; a decision on what is held changes some of its own,
 * and a batch of them more than the writer's cache holds: they would be written in the middle of it and read
 * again, which costs twice as much (docs/records.md). Who never decides on what is held keeps the small one. */
static enum fault make_cache(struct held_rows *rows)
{
    if (!rows->has_cache)
        TRY(database_execute(rows->database, "PRAGMA cache_size = -8192"));
    rows->has_cache = true;
    return FAULT_NONE;
}

enum fault held_rows_bump(struct held_rows *rows, struct store_transaction *transaction,
                          const struct store_version *version, int64_t now_s)
{
    bool is_first = version->version == 0;
    TRY(make_cache(rows));
    SCOPED_STATEMENT statement = rows->statements[is_first ? HELD_BEGIN_VERSION : HELD_BUMP_VERSION];
    statement_bind_text(statement, 1, version->scope);
    statement_bind_integer(statement, 2, held_draw_version());
    statement_bind_integer(statement, 3,
                           held_version_kept_until(held_version_expiry(transaction, version), now_s));
    if (!is_first)
        statement_bind_integer(statement, 4, version->version);
    TRY(database_run(rows->database, statement));
    if (sqlite3_changes(rows->database->handle) == 0) {
        transaction->outcome = STORE_STALE;
        transaction->is_version_stale = true;
    }
    return FAULT_NONE;
}

static enum fault add_holding(struct held_rows *rows, const struct store_holding *holding)
{
    SCOPED_STATEMENT statement = rows->statements[HELD_ADD_HOLDING];
    const struct text texts[] = {holding->holder, holding->id,     holding->root,  holding->agent,
                                 holding->domain, holding->target, holding->scopes};
    for (int i = 0; i < (int)(sizeof(texts) / sizeof(texts[0])); i++)
        statement_bind_text(statement, 1 + i, texts[i]);
    statement_bind_integer(statement, 8, holding->issued_at_us);
    statement_bind_integer(statement, 9, holding->expires_at_s);
    statement_bind_integer(statement, 10, holding->kept_until_s);
    return database_run(rows->database, statement);
}

static enum fault add_to_tally(struct held_rows *rows, const struct store_tally *tally)
{
    SCOPED_STATEMENT statement = rows->statements[HELD_ADD_TO_TALLY];
    statement_bind_text(statement, 1, tally->holder);
    statement_bind_integer(statement, 2, tally->minute);
    return database_run(rows->database, statement);
}

enum fault held_rows_write(struct held_rows *rows, const struct store_transaction *transaction)
{
    if (transaction->holding_count + transaction->tally_count != 0)
        TRY(make_cache(rows));
    for (size_t i = 0; i < transaction->holding_count; i++)
        TRY(add_holding(rows, &transaction->holdings[i]));
    for (size_t i = 0; i < transaction->tally_count; i++)
        TRY(add_to_tally(rows, &transaction->tallies[i]));
    return FAULT_NONE;
}

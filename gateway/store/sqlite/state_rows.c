/* Writes the state of adapters and adds up uses. A row is looked at, judged and written by the one writer there
 * is, so nothing comes in between. */
#include "sqlite/state_rows.h"

enum { MINUTES_PER_DAY = 1440, MILLISECONDS_PER_SECOND = 1000 };

static const char *const state_sql[STATE_STATEMENTS] = {
    [STATE_FIND] = "SELECT floor.number, state.version, state.fence, state.claimed_until, state.expires_at,"
                   " state.value IS NOT NULL FROM adapter_state_floor AS floor LEFT JOIN adapter_state AS state"
                   " ON state.adapter = ?1 AND state.key = ?2",
    [STATE_PUT] = "INSERT INTO adapter_state (adapter, key, value, version, fence, claimed_until, expires_at)"
                  " VALUES (?1, ?2, ?7, ?3, ?4, ?5, ?6) ON CONFLICT (adapter, key) DO UPDATE SET"
                  " value = excluded.value, version = excluded.version, expires_at = excluded.expires_at",
    [STATE_CLAIM] = "INSERT INTO adapter_state (adapter, key, version, fence, claimed_until, expires_at)"
                    " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (adapter, key) DO UPDATE SET"
                    " fence = excluded.fence, claimed_until = excluded.claimed_until,"
                    " expires_at = excluded.expires_at",
    [STATE_ADD_USE] =
        "INSERT INTO lease_use (period, lease, minute, calls, refused) VALUES (?1, ?2, ?3, ?4, ?5)"
        " ON CONFLICT DO UPDATE SET calls = calls + excluded.calls,"
        " refused = refused + excluded.refused",
};

/* A row as it is, or as one that is not there would be. */
struct found {
    int64_t version, fence, claimed_until_ms, expires_at_s;
    bool exists, has_value;
};

enum fault state_rows_prepare(struct state_rows *rows, struct database *database)
{
    *rows = (struct state_rows){.database = database};
    return database_prepare(database, state_sql, STATE_STATEMENTS, rows->statements);
}

void state_rows_dispose(struct state_rows *rows)
{
    database_finalize(rows->statements, STATE_STATEMENTS);
}

static enum fault find(struct state_rows *rows, const struct store_state *state, struct found *found)
{
    SCOPED_STATEMENT statement = rows->statements[STATE_FIND];
    statement_bind_text(statement, 1, state->adapter);
    statement_bind_text(statement, 2, state->key);
    bool has_row;
    TRY(database_step(rows->database, statement, &has_row));
    int64_t floor = sqlite3_column_int64(statement, 0);
    *found = (struct found){.version = floor, .fence = floor};
    found->exists = sqlite3_column_type(statement, 1) != SQLITE_NULL;
    if (found->exists)
        *found = (struct found){sqlite3_column_int64(statement, 1),
                                sqlite3_column_int64(statement, 2),
                                sqlite3_column_int64(statement, 3),
                                sqlite3_column_int64(statement, 4),
                                true,
                                sqlite3_column_int64(statement, 5) != 0};
    return FAULT_NONE;
}

/* Who names a number of a row that is not there any more comes too late, whatever is there now. */
static bool is_as_expected(const struct found *found, const struct store_state *state)
{
    bool has_fence = found->exists && found->fence == state->fence;
    if (state->change == STORE_STATE_CLAIM)
        return state->fence == 0 ? found->claimed_until_ms <= state->now_ms : has_fence;
    bool has_version = state->expected_version < 0 || (state->expected_version == 0 && !found->has_value) ||
                       (found->exists && found->version == state->expected_version);
    return has_version && (state->fence == 0 || has_fence);
}

/* Of a row without a value: as long as somebody may be under way who knows its numbers. */
static int64_t kept_until_s(const struct found *found, int64_t now_s)
{
    int64_t claimed_until_s = found->claimed_until_ms / MILLISECONDS_PER_SECOND;
    return (claimed_until_s > now_s ? claimed_until_s : now_s) + STORE_STATE_KEPT_S;
}

static void change(struct found *found, const struct store_state *state, int64_t now_s)
{
    if (state->change == STORE_STATE_PUT) {
        found->version++;
        found->has_value = state->value.base != NULL;
        found->expires_at_s = state->expires_at_s;
    } else {
        found->fence += state->fence == 0;
        found->claimed_until_ms = state->claimed_until_ms;
    }
    if (!found->has_value)
        found->expires_at_s = kept_until_s(found, now_s);
}

static enum fault write(struct state_rows *rows, const struct store_state *state, const struct found *found)
{
    bool is_put = state->change == STORE_STATE_PUT;
    SCOPED_STATEMENT statement = rows->statements[is_put ? STATE_PUT : STATE_CLAIM];
    statement_bind_text(statement, 1, state->adapter);
    statement_bind_text(statement, 2, state->key);
    statement_bind_integer(statement, 3, found->version);
    statement_bind_integer(statement, 4, found->fence);
    statement_bind_integer(statement, 5, found->claimed_until_ms);
    statement_bind_integer(statement, 6, found->expires_at_s);
    if (is_put)
        statement_bind_blob(statement, 7, state->value.base, state->value.length);
    return database_run(rows->database, statement);
}

enum fault state_rows_change(struct state_rows *rows, struct store_transaction *transaction,
                             struct store_state *state, int64_t now_s)
{
    struct found found;
    TRY(find(rows, state, &found));
    if (!is_as_expected(&found, state)) {
        transaction->outcome = STORE_STALE;
        transaction->stale_state = state;
        return FAULT_NONE;
    }
    bool changes_nothing = state->change == STORE_STATE_PUT && state->value.base == NULL && !found.has_value;
    if (!changes_nothing) {
        change(&found, state, now_s);
        TRY(write(rows, state, &found));
    }
    state->version = found.version;
    state->new_fence = found.fence;
    return FAULT_NONE;
}

enum fault state_rows_add_use(struct state_rows *rows, const struct store_use *use)
{
    SCOPED_STATEMENT statement = rows->statements[STATE_ADD_USE];
    statement_bind_integer(statement, 1, use->minute / MINUTES_PER_DAY);
    statement_bind_text(statement, 2, use->lease);
    statement_bind_integer(statement, 3, use->minute);
    statement_bind_integer(statement, 4, use->calls);
    statement_bind_integer(statement, 5, use->refused);
    return database_run(rows->database, statement);
}

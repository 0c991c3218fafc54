/* All versions are read before the first holding or tally. Each statement sees what was committed when it
 * began, so what is committed in between can be seen without its version, but no version without what it stands
 * for: who decides on that is told that it is stale. */
#include "sqlite/held_query.h"

#include <limits.h>

#include "held.h"

enum { SECONDS_PER_MINUTE = 60 };

static enum fault read_version(struct query_set *set, struct store_holder *holder)
{
    SCOPED_STATEMENT statement = set->statements[STORE_QUERY_VERSIONS];
    statement_bind_text(statement, 1, holder->name);
    bool exists;
    TRY(database_step(set->database, statement, &exists));
    holder->version = exists ? sqlite3_column_int64(statement, 0) : 0;
    return FAULT_NONE;
}

static enum fault read_tallies(struct query_set *set, struct store_holder *holder, int64_t at_s)
{
    SCOPED_STATEMENT statement = set->statements[QUERY_TALLIES];
    statement_bind_text(statement, 1, holder->name);
    statement_bind_integer(statement, 2, at_s / SECONDS_PER_MINUTE);
    bool has_row;
    TRY(database_step(set->database, statement, &has_row));
    const struct held_tallies tallies = {sqlite3_column_int64(statement, 0), sqlite3_column_int64(statement, 1),
                                         sqlite3_column_int64(statement, 2),
                                         sqlite3_column_int64(statement, 3)};
    held_count(holder, &tallies, at_s);
    return FAULT_NONE;
}

static void read_holding(sqlite3_stmt *row, struct store_query *query, size_t index)
{
    query->holdings =
        query_make_room(query->arena, query->holdings, query->holding_count, sizeof(*query->holdings));
    query->holdings[query->holding_count++] =
        (struct store_holding){.holder = query->holders[index].name,
                               .id = statement_column_text(row, 0, query->arena),
                               .root = statement_column_text(row, 1, query->arena),
                               .agent = statement_column_text(row, 2, query->arena),
                               .domain = statement_column_text(row, 3, query->arena),
                               .target = statement_column_text(row, 4, query->arena),
                               .scopes = statement_column_text(row, 5, query->arena),
                               .issued_at_us = sqlite3_column_int64(row, 6),
                               .expires_at_s = sqlite3_column_int64(row, 7),
                               .kept_until_s = sqlite3_column_int64(row, 8),
                               .holder_index = index};
}

/* One more than may be given, so that it is known whether there are more. */
static enum fault read_holdings(struct query_set *set, struct store_query *query, size_t index)
{
    SCOPED_STATEMENT statement = set->statements[STORE_QUERY_HELD];
    statement_bind_text(statement, 1, query->holders[index].name);
    statement_bind_integer(statement, 2, query->at_s);
    statement_bind_integer(statement, 3, query->limit < INT_MAX ? (int64_t)query->limit + 1 : INT_MAX);
    for (;;) {
        bool has_row;
        TRY(database_step(set->database, statement, &has_row));
        if (!has_row)
            return FAULT_NONE;
        read_holding(statement, query, index);
    }
}

enum fault held_query_run(struct query_set *set, struct store_query *query)
{
    for (size_t i = 0; i < query->holder_count; i++)
        TRY(read_version(set, &query->holders[i]));
    for (size_t i = 0; i < query->holder_count; i++) {
        TRY(read_tallies(set, &query->holders[i], query->at_s));
        TRY(read_holdings(set, query, i));
    }
    held_keep_newest(query);
    return FAULT_NONE;
}

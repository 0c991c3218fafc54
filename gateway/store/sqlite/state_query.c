/* Rows of adapter_state and lease_use into the query's arrays. */
#include "sqlite/state_query.h"

#include <limits.h>

void state_query_bind_page(sqlite3_stmt *statement, const struct store_query *query)
{
    statement_bind_text(statement, 1, query->adapter);
    statement_bind_text(statement, 2, query->id.base != NULL ? query->id : TEXT(""));
    statement_bind_text(statement, 3, query->after.base != NULL ? query->after : TEXT(""));
    statement_bind_text(statement, 4, TEXT("\xff")); /* no byte of UTF-8 (RFC 3629 section 3) */
    statement_bind_integer(statement, 5, query->limit < INT_MAX ? (int64_t)query->limit : INT_MAX);
}

void state_query_read_state(sqlite3_stmt *row, struct store_query *query)
{
    query->states = query_make_room(query->arena, query->states, query->state_count, sizeof(*query->states));
    query->states[query->state_count++] =
        (struct store_state){.adapter = statement_column_text(row, 0, query->arena),
                             .key = statement_column_text(row, 1, query->arena),
                             .value = statement_column_text(row, 2, query->arena),
                             .version = sqlite3_column_int64(row, 3),
                             .fence = sqlite3_column_int64(row, 4),
                             .claimed_until_ms = sqlite3_column_int64(row, 5),
                             .expires_at_s = sqlite3_column_int64(row, 6)};
}

void state_query_read_use(sqlite3_stmt *row, struct store_query *query)
{
    query->uses = query_make_room(query->arena, query->uses, query->use_count, sizeof(*query->uses));
    struct store_use *use = &query->uses[query->use_count++];
    *use = (struct store_use){.lease = statement_column_text(row, 0, query->arena),
                              .minute = sqlite3_column_int64(row, 1),
                              .calls = sqlite3_column_int64(row, 2),
                              .refused = sqlite3_column_int64(row, 3)};
    query->used = (struct store_use){
        .lease = use->lease, .calls = sqlite3_column_int64(row, 4), .refused = sqlite3_column_int64(row, 5)};
}

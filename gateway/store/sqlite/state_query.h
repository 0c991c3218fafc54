/* Reads the state of adapters and the uses of leases. The statements are prepared with the others by query.c,
 * which calls these for each row. */
#ifndef STORE_SQLITE_STATE_QUERY_H
#define STORE_SQLITE_STATE_QUERY_H

#include "sqlite/query.h"

#define STATE_QUERY_COLUMNS "adapter, key, value, version, fence, claimed_until, expires_at"

#define STATE_QUERY_ONE_SQL "SELECT " STATE_QUERY_COLUMNS " FROM adapter_state WHERE adapter = ?1 AND key = ?2"

/* ?4 is behind every key that begins with ?2 when it follows that. One lower bound, so that a page begins where
 * it begins. */
#define STATE_QUERY_PAGE_SQL                                                                                   \
    "SELECT " STATE_QUERY_COLUMNS " FROM adapter_state WHERE adapter = ?1 AND key >= max(?2, ?3)"              \
    " AND key < ?2 || ?4 AND key <> ?3 AND value IS NOT NULL ORDER BY key LIMIT ?5"

/* The days there are, newest first: everything about uses begins with one. Totals are of all rows before the
 * limit. */
#define STATE_QUERY_USES_SQL                                                                                   \
    "WITH RECURSIVE day (period) AS (SELECT max(period) FROM lease_use UNION ALL"                              \
    " SELECT (SELECT max(period) FROM lease_use WHERE period < day.period) FROM day"                           \
    " WHERE day.period IS NOT NULL) SELECT lease_use.lease, lease_use.minute, lease_use.calls,"                \
    " lease_use.refused, sum(lease_use.calls) OVER (), sum(lease_use.refused) OVER () FROM day"                \
    " CROSS JOIN lease_use ON lease_use.period = day.period AND lease_use.lease = ?1"                          \
    " ORDER BY lease_use.minute DESC LIMIT ?2"

void state_query_bind_page(sqlite3_stmt *statement, const struct store_query *query);
void state_query_read_state(sqlite3_stmt *row, struct store_query *query);
void state_query_read_use(sqlite3_stmt *row, struct store_query *query);

#endif

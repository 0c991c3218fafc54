/* What each kind of query asks the server, and how its rows become results. Not a queue: that is
 * query_line.c's. */
#ifndef STORE_POSTGRES_QUERY_STATEMENT_H
#define STORE_POSTGRES_QUERY_STATEMENT_H

#include "postgres/line/server_link.h"
#include "postgres/row_array.h"

/* Beside those of the interface: one bite of forgetting, of at most limit rows of each kind, what is past at_s
 * and of periods before since_us; scanned is not 0 if there is more. */
enum { QUERY_FORGET = STORE_QUERY_STATISTICS + 1, QUERY_KINDS };

/* An answer that comes from one place in an index, or of a bounded number of rows that were just read. */
bool query_is_quick(const struct store_query *query);

bool query_statements_prepare(PGconn *server);
/* Queues it without a sync; array is for the things it asks about. */
bool query_send(struct server_link *connection, const struct store_query *query, struct row_array *array);
void query_read(struct store_query *query, const PGresult *result);

#endif

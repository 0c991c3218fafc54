/* Rows of a query's result, in the columns query_statement.c asks for, into the query's arrays. */
#ifndef STORE_POSTGRES_QUERY_ROWS_H
#define STORE_POSTGRES_QUERY_ROWS_H

#include <libpq-fe.h>

#include "store/store.h"

void query_rows_read(struct store_query *query, const PGresult *result);
bool query_rows_flag(const PGresult *result, int row, int column); /* boolean */

#endif

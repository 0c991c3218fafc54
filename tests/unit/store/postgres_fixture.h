/* For tests that look at PostgreSQL from outside: a connection of their own, apart from the store's. */
#ifndef POSTGRES_FIXTURE_H
#define POSTGRES_FIXTURE_H

#include <libpq-fe.h>

#include "store_fixture.h"

UNUSED_FIXTURE PGconn *postgres_fixture_connect(const struct fixture *fixture)
{
    char sql[128];
    PGconn *connection = PQconnectdb(fixture_postgres);
    assert_int_equal(PQstatus(connection), CONNECTION_OK);
    snprintf(sql, sizeof(sql), "SET search_path = \"%s\"; SET client_min_messages = warning",
             fixture_postgres_options(fixture->path).schema);
    PQclear(PQexec(connection, sql));
    return connection;
}

/* The only value of a statement's only row, as a number; -1 if it gives none. */
UNUSED_FIXTURE int64_t postgres_fixture_number(PGconn *connection, const char *sql)
{
    PGresult *result = PQexec(connection, sql);
    int64_t number = -1;
    if (PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1)
        (void)text_to_int64(text_of(PQgetvalue(result, 0, 0)), &number);
    PQclear(result);
    return number;
}

UNUSED_FIXTURE void postgres_fixture_execute(PGconn *connection, const char *sql)
{
    PGresult *result = PQexec(connection, sql);
    if (PQresultStatus(result) == PGRES_FATAL_ERROR)
        print_error("%s: %s", sql, PQerrorMessage(connection));
    assert_int_not_equal(PQresultStatus(result), PGRES_FATAL_ERROR);
    PQclear(result);
}

#endif

/* Migrates over a connection of its own, which is gone afterwards. Every migration is one transaction with the
 * row that says so, behind a lock: of two gateways that start together one migrates and the other finds it
 * done. */
#include "postgres/schema.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

/* Others may use the pooler meanwhile, and give back just what we look for. */
enum { POOLER_ROUNDS = 5 };

struct migrator {
    const struct postgres_server *server;
    PGconn *connection;
    int64_t deadline_us;
    char *detail;
};

static void clear_result(PGresult **result)
{
    PQclear(*result);
}
#define SCOPED_RESULT __attribute__((cleanup(clear_result))) PGresult *

/* libpq ends its sentences with a line's end. */
static enum fault complain(const struct migrator *migrator, const char *what, const char *message)
{
    int length = (int)strcspn(message, "\n");
    snprintf(migrator->detail, STORE_DETAIL_SIZE, "%.60s: %.*s", what, length < 180 ? length : 180, message);
    return FAULT_STORE_UNAVAILABLE;
}

static enum fault failed(const struct migrator *migrator, const char *what)
{
    return complain(migrator, what, PQerrorMessage(migrator->connection));
}

static enum fault wait_for(const struct migrator *migrator, short events, const char *what)
{
    int64_t left_ms = (migrator->deadline_us - clock_monotonic_us()) / 1000;
    struct pollfd descriptor = {.fd = PQsocket(migrator->connection), .events = events};
    if (left_ms <= 0 || poll(&descriptor, 1, (int)left_ms + 1) == 0)
        return complain(migrator, what, "the server does not answer");
    return FAULT_NONE;
}

static enum fault try_to_connect(struct migrator *migrator, size_t attempt)
{
    migrator->deadline_us = clock_monotonic_us() + migrator->server->options.connect_timeout_ms * 1000;
    migrator->connection = postgres_server_connect(migrator->server, attempt, NULL);
    if (migrator->connection == NULL)
        return complain(migrator, "connecting to PostgreSQL", "the password file cannot be read");
    PostgresPollingStatusType status = PGRES_POLLING_WRITING;
    while (PQstatus(migrator->connection) != CONNECTION_BAD && status != PGRES_POLLING_OK) {
        TRY(wait_for(migrator, status == PGRES_POLLING_READING ? POLLIN : POLLOUT, "connecting to PostgreSQL"));
        status = PQconnectPoll(migrator->connection);
    }
    if (status == PGRES_POLLING_OK)
        return FAULT_NONE;
    postgres_server_explain(migrator->connection, migrator->detail);
    return FAULT_STORE_UNAVAILABLE;
}

/* Once from each server of the list on. */
static enum fault connect_server(struct migrator *migrator)
{
    enum fault fault = try_to_connect(migrator, 0);
    for (size_t attempt = 1; fault != FAULT_NONE && attempt < migrator->server->servers; attempt++) {
        PQfinish(migrator->connection);
        fault = try_to_connect(migrator, attempt);
    }
    return fault;
}

/* The last result of what was sent; NULL with a detail if any of it failed. */
static PGresult *receive(struct migrator *migrator, const char *what)
{
    PGresult *last = NULL;
    for (;;) {
        while (PQisBusy(migrator->connection) != 0)
            if (wait_for(migrator, POLLIN, what) != FAULT_NONE || PQconsumeInput(migrator->connection) != 1) {
                PQclear(last);
                return NULL;
            }
        PGresult *next = PQgetResult(migrator->connection);
        if (next == NULL)
            return last;
        PQclear(last);
        last = next;
        ExecStatusType status = PQresultStatus(last);
        if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
            (void)failed(migrator, what);
            PQclear(last);
            return NULL;
        }
    }
}

static PGresult *ask(struct migrator *migrator, const char *sql, int count, const char *const *values,
                     const char *what)
{
    if (PQsendQueryParams(migrator->connection, sql, count, NULL, values, NULL, NULL, 0) != 1) {
        (void)failed(migrator, what);
        return NULL;
    }
    return receive(migrator, what);
}

/* Several statements, for what takes no parameters. */
static enum fault execute(struct migrator *migrator, const char *sql, const char *what)
{
    if (PQsendQuery(migrator->connection, sql) != 1)
        return failed(migrator, what);
    SCOPED_RESULT result = receive(migrator, what);
    return result != NULL ? FAULT_NONE : FAULT_STORE_UNAVAILABLE;
}

/* The server process that answers on a connection at this moment. */
static enum fault read_process(struct migrator *migrator, int64_t *process)
{
    *process = 0;
    SCOPED_RESULT row = ask(migrator, "SELECT pg_backend_pid()", 0, NULL, "looking for a pooler");
    if (row == NULL)
        return FAULT_STORE_UNAVAILABLE;
    (void)text_to_int64(text_of(PQgetvalue(row, 0, 0)), process);
    return FAULT_NONE;
}

/* Whether a connection keeps its process while another one has a transaction. A pooler by transaction gives
 * away the one that was used last, or the next in turn: either the other connection has ours, or we have
 * another. */
static enum fault compare_processes(struct migrator *migrator, struct migrator *other)
{
    int64_t before, beside, after;
    TRY(read_process(migrator, &before));
    TRY(execute(other, "BEGIN", "looking for a pooler"));
    TRY(read_process(other, &beside));
    bool is_given_away = beside == before;
    if (!is_given_away) { /* or there may be nobody who could answer us now */
        TRY(read_process(migrator, &after));
        is_given_away = after != before;
    }
    TRY(execute(other, "COMMIT", "looking for a pooler"));
    if (!is_given_away)
        return FAULT_NONE;
    snprintf(migrator->detail, STORE_DETAIL_SIZE,
             "a pooler before the server gives our session to others between transactions (PgBouncer's"
             " pool_mode=transaction does): connect to the server itself, or use pool_mode=session");
    return FAULT_STORE_UNAVAILABLE;
}

/* What is prepared, listened to and set holds for a session, so it must be ours for as long as we are
 * connected. A server tells its process when it is connected to; a pooler, which has many, tells a number of
 * its own. */
static enum fault check_pooler(struct migrator *migrator)
{
    int64_t process;
    TRY(read_process(migrator, &process));
    if (process == PQbackendPID(migrator->connection))
        return FAULT_NONE;
    struct migrator other = {.server = migrator->server, .detail = migrator->detail};
    enum fault fault = connect_server(&other);
    for (int i = 0; fault == FAULT_NONE && i < POOLER_ROUNDS; i++)
        fault = compare_processes(migrator, &other);
    PQfinish(other.connection);
    return fault;
}

static enum fault begin_session(struct migrator *migrator)
{
    migrator->deadline_us = clock_monotonic_us() + (int64_t)SCHEMA_WAIT_MS * 1000;
    if (!postgres_server_send_session(migrator->server, migrator->connection))
        return failed(migrator, "beginning a session");
    SCOPED_RESULT session = receive(migrator, "beginning a session");
    if (session == NULL)
        return FAULT_STORE_UNAVAILABLE;
    TRY(postgres_server_check_session(migrator->server, session, migrator->detail));
    /* Another gateway may be migrating, and a migration may have much to do. */
    return execute(migrator,
                   "SET statement_timeout = '60s'; SET lock_timeout = '60s'; SET client_min_messages = warning",
                   "beginning a session");
}

static int read_number(const PGresult *rows, int row, int column)
{
    int64_t number = 0;
    (void)text_to_int64(text_of(PQgetvalue(rows, row, column)), &number);
    return (int)number;
}

/* How many of the list are applied, all of them as they stand in the list. */
static enum fault verify(struct migrator *migrator, const struct migration *list, size_t count, size_t *applied)
{
    static const char *const what = "reading the schema";
    *applied = 0;
    SCOPED_RESULT tables =
        ask(migrator,
            "SELECT count(*), count(*) FILTER (WHERE relname = 'schema_migration') FROM pg_class"
            " WHERE relnamespace = to_regnamespace(quote_ident($1)) AND relkind IN ('r', 'p')",
            1, &migrator->server->options.schema, what);
    if (tables == NULL)
        return FAULT_STORE_UNAVAILABLE;
    bool is_empty = strcmp(PQgetvalue(tables, 0, 0), "0") == 0,
         is_ours = strcmp(PQgetvalue(tables, 0, 1), "1") == 0;
    if (!is_ours && !is_empty) {
        snprintf(migrator->detail, STORE_DETAIL_SIZE,
                 "the schema \"%s\" has tables of another program; name another one as store.postgres.schema",
                 migrator->server->options.schema);
        return FAULT_FILE_UNREADABLE;
    }
    if (is_empty)
        return FAULT_NONE;
    /* Databases of before have no column "needs", and a table without it says NULL this way. */
    SCOPED_RESULT rows = ask(migrator,
                             "SELECT number, sha256, coalesce((to_jsonb(m) ->> 'needs')::int4, number)"
                             " FROM schema_migration m ORDER BY number",
                             0, NULL, what);
    if (rows == NULL)
        return FAULT_STORE_UNAVAILABLE;
    for (int row = 0; row < PQntuples(rows); row++) {
        const struct applied_migration found = {.number = read_number(rows, row, 0),
                                                .checksum = text_of(PQgetvalue(rows, row, 1)),
                                                .needs = read_number(rows, row, 2)};
        TRY(migration_check_applied(list, count, *applied, &found, migrator->detail));
        (*applied)++;
    }
    return FAULT_NONE;
}

/* Only where it is missing: who may use a schema need not be allowed to make one. */
static enum fault make_schema(struct migrator *migrator)
{
    const char *schema = migrator->server->options.schema;
    char sql[160];
    SCOPED_RESULT exists =
        ask(migrator, "SELECT to_regnamespace(quote_ident($1)) IS NOT NULL", 1, &schema, "migrating");
    if (exists == NULL)
        return FAULT_STORE_UNAVAILABLE;
    snprintf(sql, sizeof(sql), "CREATE SCHEMA \"%s\"", schema);
    if (strcmp(PQgetvalue(exists, 0, 0), "t") != 0)
        TRY(execute(migrator, sql, "making the schema"));
    return execute(
        migrator,
        "CREATE TABLE IF NOT EXISTS schema_migration (number integer PRIMARY KEY, name text NOT NULL,"
        " sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now());"
        "ALTER TABLE schema_migration ADD COLUMN IF NOT EXISTS needs integer",
        "migrating");
}

static enum fault note_applied(struct migrator *migrator, const struct migration *migration)
{
    char number[16], needs[16], checksum[2 * DIGEST_SIZE + 1];
    snprintf(number, sizeof(number), "%d", migration->number);
    snprintf(needs, sizeof(needs), "%d", migration_needs(migration));
    migration_checksum(migration, checksum);
    const char *const values[] = {number, migration->name, checksum, needs};
    SCOPED_RESULT result =
        ask(migrator,
            "INSERT INTO schema_migration (number, name, sha256, needs) VALUES ($1::int4, $2, $3, $4::int4)", 4,
            values, migration->name);
    return result != NULL ? FAULT_NONE : FAULT_STORE_UNAVAILABLE;
}

/* Inside a transaction that holds the lock: what is missing is looked up again, as another gateway may have
 * migrated meanwhile. */
static enum fault apply_next(struct migrator *migrator, const struct migration *list, size_t count,
                             size_t *applied)
{
    const char *schema = migrator->server->options.schema;
    SCOPED_RESULT lock =
        ask(migrator, "SELECT pg_advisory_xact_lock(hashtext('dragoman ' || $1))", 1, &schema, "migrating");
    if (lock == NULL)
        return FAULT_STORE_UNAVAILABLE;
    TRY(verify(migrator, list, count, applied));
    if (*applied >= count)
        return FAULT_NONE;
    const struct migration *next = &list[*applied];
    TRY(make_schema(migrator));
    TRY(execute(migrator, next->sql, next->name));
    TRY(note_applied(migrator, next));
    (*applied)++;
    return FAULT_NONE;
}

static enum fault migrate_once(struct migrator *migrator, const struct migration *list, size_t count,
                               size_t *applied)
{
    TRY(execute(migrator, "BEGIN", "migrating"));
    TRY(apply_next(migrator, list, count,
                   applied)); /* otherwise the connection ends, and with it the transaction */
    return execute(migrator, "COMMIT", "migrating");
}

static enum fault run(struct migrator *migrator, const struct migration *list, size_t count, bool migrate)
{
    size_t applied;
    TRY(connect_server(migrator));
    TRY(check_pooler(migrator));
    TRY(begin_session(migrator));
    TRY(verify(migrator, list, count, &applied));
    if (applied < count && !migrate)
        return migration_report_older(applied, count, migrator->detail);
    while (applied < count) {
        TRY(migrate_once(migrator, list, count, &applied));
        LOG(LOG_INFO, "schema_migrated", log_text("migration", text_of(list[applied - 1].name)));
    }
    return FAULT_NONE;
}

enum fault schema_run(const struct postgres_server *server, const struct migration *list, size_t count,
                      bool migrate, char *detail)
{
    struct migrator migrator = {.server = server, .detail = detail};
    enum fault fault = run(&migrator, list, count, migrate);
    PQfinish(migrator.connection);
    return fault;
}

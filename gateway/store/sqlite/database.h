/* One SQLite connection, used by one thread at a time, and the few calls through which this folder speaks to
 * it. What a failure means for the transaction under way is judged here and nowhere else. */
#ifndef STORE_SQLITE_DATABASE_H
#define STORE_SQLITE_DATABASE_H

#include <sqlite3.h>

#include "base/arena.h"
#include "base/fault.h"
#include "store/store.h"

struct database {
    sqlite3 *handle;
    int code; /* SQLite's extended result of the last call that failed */
};

enum database_role {
    DATABASE_WRITER,   /* makes the file if there is none */
    DATABASE_VERIFIER, /* a writer's settings, but the file must be there */
    DATABASE_READER,   /* cannot write */
};

/* FILE_UNREADABLE or STORE_UNAVAILABLE with a detail (STORE_DETAIL_SIZE bytes); on failure nothing is open. */
MUST_USE enum fault database_open(struct database *database, const char *path, enum database_role role,
                                  char *detail);
void database_close(struct database *database);

/* All of these: STORE_UNAVAILABLE and database->code. */
MUST_USE enum fault database_execute(struct database *database, const char *sql);
/* Prepares count statements that are kept; database_finalize takes NULLs. */
MUST_USE enum fault database_prepare(struct database *database, const char *const *sql, size_t count,
                                     sqlite3_stmt **statements);
void database_finalize(sqlite3_stmt **statements, size_t count);
MUST_USE enum fault database_step(struct database *database, sqlite3_stmt *statement, bool *has_row);
/* A statement without rows. */
MUST_USE enum fault database_run(struct database *database, sqlite3_stmt *statement);

/* After a failure: the row was at fault (too big, doubled, a check); the transaction can go on without it. */
bool database_refused_row(const struct database *database);
/* After a failure: the disk did not keep what it was given, or gave back something else. Whether earlier
 * promises hold is for recovery to find out, so this connection must not make new ones. */
bool database_is_broken(const struct database *database);
/* For logs and details. */
const char *database_message(const struct database *database);

/* Parameters count from 1, columns from 0. Bound bytes are borrowed until the statement is reset; a base of
 * NULL is SQL's NULL and comes back as such. */
void statement_bind_text(sqlite3_stmt *statement, int parameter, struct text text);
void statement_bind_blob(sqlite3_stmt *statement, int parameter, const void *bytes, size_t length);
void statement_bind_integer(sqlite3_stmt *statement, int parameter, int64_t integer);
struct text statement_column_text(sqlite3_stmt *statement, int column, struct arena *arena);
/* A counter is two of them: its number and, next to it, its mark. */
void statement_bind_counter(sqlite3_stmt *statement, int parameter, struct store_counter counter);
struct store_counter statement_column_counter(sqlite3_stmt *statement, int column);

/* A kept statement in use: reset and unbound at the end of the scope. */
void statement_reset(sqlite3_stmt **statement);
#define SCOPED_STATEMENT __attribute__((cleanup(statement_reset))) sqlite3_stmt *

#endif

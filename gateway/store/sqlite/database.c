/* Opens SQLite the way this store needs it: a write-ahead log synced at every commit, owner-only files, nothing
 * that a database file could use against us. Called by the writer, the reader and the migrations. */
#include "sqlite/database.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/store.h"

/* How long another process (a backup, a second gateway) may hold the write lock before a batch is given up. */
enum { BUSY_TIMEOUT_MS = 2000 };

/* Pages of 8 KiB: a record with its ladder fits into one, and a commit does not write more than it must
 * (docs/records.md has the measurements). A commit changes a dozen of them, near the end of their trees, so a
 * small cache serves as well as a large one, which would only stay full. The checkpoint is the writer's, after
 * the answers have left. */
static const char writer_settings[] = "PRAGMA page_size = 8192;"
                                      "PRAGMA journal_mode = WAL;"
                                      "PRAGMA synchronous = FULL;"
                                      "PRAGMA foreign_keys = ON;"
                                      "PRAGMA secure_delete = FAST;"
                                      "PRAGMA wal_autocheckpoint = 0;"
                                      "PRAGMA journal_size_limit = 67108864;"
                                      "PRAGMA cache_size = -1024;"
                                      "PRAGMA temp_store = MEMORY;";
static const char reader_settings[] = "PRAGMA query_only = ON;"
                                      "PRAGMA cache_size = -2048;"
                                      "PRAGMA temp_store = MEMORY;";

static enum fault refuse_file(char *detail, const char *path, const char *what)
{
    snprintf(detail, STORE_DETAIL_SIZE, "%.150s: %s", path, what);
    return FAULT_FILE_UNREADABLE;
}

/* The database file is made here, before SQLite would, because SQLite gives the log beside it the same mode. It
 * is never opened here once it exists: closing a second descriptor would drop SQLite's locks (POSIX). */
static enum fault prepare_file(const char *path, bool may_create, char *detail)
{
    /* SQLite takes these for databases in memory, which nothing makes durable, or for URIs. */
    if (path == NULL || path[0] == '\0' || path[0] == ':' || strncmp(path, "file:", 5) == 0)
        return refuse_file(detail, path == NULL ? "" : path, "not the path of a file");
    struct stat status;
    if (stat(path, &status) == 0) {
        if (!S_ISREG(status.st_mode))
            return refuse_file(detail, path, "not a regular file");
        if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
            return refuse_file(detail, path, "others may access the database; set its mode to 0600");
        return FAULT_NONE;
    }
    if (errno != ENOENT)
        return refuse_file(detail, path, strerror(errno));
    if (!may_create)
        return refuse_file(detail, path, "there is no database; run the migration to make one");
    int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (file < 0 && errno != EEXIST)
        return refuse_file(detail, path, strerror(errno));
    if (file >= 0)
        close(file);
    return FAULT_NONE;
}

static enum fault note(struct database *database, int code)
{
    if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE)
        return FAULT_NONE;
    database->code = code;
    return FAULT_STORE_UNAVAILABLE;
}

static enum fault open_handle(struct database *database, const char *path, enum database_role role)
{
    int mode = role == DATABASE_READER ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    TRY(note(database, sqlite3_open_v2(path, &database->handle,
                                       mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL)));
    sqlite3_busy_timeout(database->handle, BUSY_TIMEOUT_MS);
    /* A crafted database file may hold triggers and views, but they run nothing, and no SQL of ours is
     * rewritten. */
    sqlite3_db_config(database->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(database->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    return database_execute(database, role == DATABASE_READER ? reader_settings : writer_settings);
}

enum fault database_open(struct database *database, const char *path, enum database_role role, char *detail)
{
    *database = (struct database){0};
    TRY(prepare_file(path, role == DATABASE_WRITER, detail));
    enum fault fault = open_handle(database, path, role);
    if (fault == FAULT_NONE)
        return FAULT_NONE;
    int primary = database->code & 0xff;
    if (primary == SQLITE_BUSY || primary == SQLITE_LOCKED)
        snprintf(detail, STORE_DETAIL_SIZE, "%.150s: locked by another process; stop it or wait for it", path);
    else if (primary == SQLITE_NOTADB)
        fault = refuse_file(detail, path, "not a database of this gateway");
    else
        snprintf(detail, STORE_DETAIL_SIZE, "%.150s: %s", path, database_message(database));
    database_close(database);
    return fault;
}

void database_close(struct database *database)
{
    sqlite3_close(database->handle);
    database->handle = NULL;
}

enum fault database_execute(struct database *database, const char *sql)
{
    return note(database, sqlite3_exec(database->handle, sql, NULL, NULL, NULL));
}

enum fault database_prepare(struct database *database, const char *const *sql, size_t count,
                            sqlite3_stmt **statements)
{
    for (size_t i = 0; i < count; i++)
        TRY(note(database, sqlite3_prepare_v3(database->handle, sql[i], -1, SQLITE_PREPARE_PERSISTENT,
                                              &statements[i], NULL)));
    return FAULT_NONE;
}

void database_finalize(sqlite3_stmt **statements, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        sqlite3_finalize(statements[i]);
        statements[i] = NULL;
    }
}

enum fault database_step(struct database *database, sqlite3_stmt *statement, bool *has_row)
{
    int code = sqlite3_step(statement);
    *has_row = code == SQLITE_ROW;
    return note(database, code);
}

enum fault database_run(struct database *database, sqlite3_stmt *statement)
{
    enum fault fault = note(database, sqlite3_step(statement));
    sqlite3_reset(statement);
    return fault;
}

bool database_refused_row(const struct database *database)
{
    int primary = database->code & 0xff;
    bool is_the_rows = primary == SQLITE_CONSTRAINT || primary == SQLITE_TOOBIG || primary == SQLITE_MISMATCH;
    return is_the_rows && sqlite3_get_autocommit(database->handle) == 0;
}

bool database_is_broken(const struct database *database)
{
    switch (database->code) {
    case SQLITE_IOERR_FSYNC:
    case SQLITE_IOERR_DIR_FSYNC:
    case SQLITE_IOERR_CLOSE:
    case SQLITE_IOERR_DATA:
    case SQLITE_IOERR_CORRUPTFS:
        return true;
    default:
        return (database->code & 0xff) == SQLITE_CORRUPT || (database->code & 0xff) == SQLITE_NOTADB;
    }
}

const char *database_message(const struct database *database)
{
    return sqlite3_errstr(database->code);
}

/* Binding borrowed bytes allocates nothing and cannot fail but by a programmer's error. */
void statement_bind_text(sqlite3_stmt *statement, int parameter, struct text text)
{
    INVARIANT(sqlite3_bind_text64(statement, parameter, text.base, text.length, SQLITE_STATIC, SQLITE_UTF8) ==
              SQLITE_OK);
}

void statement_bind_blob(sqlite3_stmt *statement, int parameter, const void *bytes, size_t length)
{
    INVARIANT(sqlite3_bind_blob64(statement, parameter, bytes, length, SQLITE_STATIC) == SQLITE_OK);
}

void statement_bind_integer(sqlite3_stmt *statement, int parameter, int64_t integer)
{
    INVARIANT(sqlite3_bind_int64(statement, parameter, integer) == SQLITE_OK);
}

struct text statement_column_text(sqlite3_stmt *statement, int column, struct arena *arena)
{
    if (sqlite3_column_type(statement, column) == SQLITE_NULL)
        return TEXT_NONE;
    const char *base = sqlite3_column_blob(statement, column);
    return arena_copy(arena, (struct text){base, (size_t)sqlite3_column_bytes(statement, column)});
}

void statement_bind_counter(sqlite3_stmt *statement, int parameter, struct store_counter counter)
{
    statement_bind_integer(statement, parameter, counter.number);
    statement_bind_integer(statement, parameter + 1, counter.mark);
}

struct store_counter statement_column_counter(sqlite3_stmt *statement, int column)
{
    return (struct store_counter){sqlite3_column_int64(statement, column),
                                  sqlite3_column_int64(statement, column + 1)};
}

void statement_reset(sqlite3_stmt **statement)
{
    sqlite3_reset(*statement);
    sqlite3_clear_bindings(*statement);
}

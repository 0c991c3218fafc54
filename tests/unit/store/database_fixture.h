/* For tests below the store's threads: a migrated database on one connection. */
#ifndef DATABASE_FIXTURE_H
#define DATABASE_FIXTURE_H

#include "sqlite/database.h"
#include "sqlite/migration.h"
#include "store_fixture.h"

UNUSED_FIXTURE void database_fixture_open(struct fixture *fixture, struct database *database)
{
    char detail[STORE_DETAIL_SIZE] = "";
    assert_int_equal(database_open(database, fixture->path, DATABASE_WRITER, detail), FAULT_NONE);
    assert_int_equal(migration_run(database, sqlite_migrations, sqlite_migration_count, true, detail),
                     FAULT_NONE);
}

/* The only number of a query's only row. */
UNUSED_FIXTURE int64_t database_fixture_number(struct database *database, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_prepare_v2(database->handle, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return number;
}

#endif

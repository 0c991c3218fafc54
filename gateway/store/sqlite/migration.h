/* The schema's history: numbered, checksummed, forward only. Each migration is applied once, in one transaction
 * with the row that says so; a database that knows more than this program, or something else, is refused. */
#ifndef STORE_SQLITE_MIGRATION_H
#define STORE_SQLITE_MIGRATION_H

#include "migration_history.h"
#include "sqlite/database.h"

/* Brings the database to the last of the list, or with migrate = false only checks that it is there.
 * SCHEMA_NEWER, SCHEMA_CHANGED, SCHEMA_OLDER, FILE_UNREADABLE (somebody else's database) or STORE_UNAVAILABLE,
 * with a detail (STORE_DETAIL_SIZE bytes) that says what to do. */
MUST_USE enum fault migration_run(struct database *database, const struct migration *list, size_t count,
                                  bool migrate, char *detail);

#endif

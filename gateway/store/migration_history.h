/* What the engines' migrations have in common: numbered, checksummed, forward only. The text of a migration and
 * how it is applied are the engine's. */
#ifndef STORE_MIGRATION_HISTORY_H
#define STORE_MIGRATION_HISTORY_H

#include "base/digest.h"
#include "store/store.h"

struct migration {
    int number; /* 1, 2, ... without gaps */
    const char *name;
    const char *sql;
};

/* Those of this program, embedded from schema/. */
extern const struct migration sqlite_migrations[];
extern const size_t sqlite_migration_count;
extern const struct migration postgres_migrations[];
extern const size_t postgres_migration_count;

/* SHA-256 of its text, hexadecimal. */
void migration_checksum(const struct migration *migration, char hex[2 * DIGEST_SIZE + 1]);
/* Whether the one that a database names at this position (from 0) of its history is that of the list:
 * SCHEMA_NEWER, SCHEMA_CHANGED, with a detail (STORE_DETAIL_SIZE bytes). */
MUST_USE enum fault migration_check_applied(const struct migration *list, size_t count, size_t position,
                                            int number, struct text checksum, char *detail);
/* SCHEMA_OLDER with a detail. */
MUST_USE enum fault migration_report_older(size_t applied, size_t count, char *detail);

#endif

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

/* What a database says was applied to it. */
struct applied_migration {
    int number;
    int needs; /* programs that know at least this many work with it; its own number where nothing else is said
                */
    struct text checksum;
};

/* SHA-256 of its text, hexadecimal. */
void migration_checksum(const struct migration *migration, char hex[2 * DIGEST_SIZE + 1]);
/* How many migrations a program must know to work with this one: as its first line says, "-- beside 0004" for
 * programs that know four; all up to itself where it says nothing. */
int migration_needs(const struct migration *migration);
/* Whether the one at this position (from 0) of a database's history is that of the list, or a later one beside
 * which this program works: SCHEMA_NEWER, SCHEMA_CHANGED, with a detail (STORE_DETAIL_SIZE bytes). */
MUST_USE enum fault migration_check_applied(const struct migration *list, size_t count, size_t position,
                                            const struct applied_migration *applied, char *detail);
/* SCHEMA_OLDER with a detail. */
MUST_USE enum fault migration_report_older(size_t applied, size_t count, char *detail);

#endif

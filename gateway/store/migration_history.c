/* Compares what a database says was applied to it with what this program carries. */
#include "migration_history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void migration_checksum(const struct migration *migration, char hex[2 * DIGEST_SIZE + 1])
{
    unsigned char digest[DIGEST_SIZE];
    digest_sha256(text_of(migration->sql), digest);
    digest_hex(digest, hex);
}

int migration_needs(const struct migration *migration)
{
    static const char mark[] = "-- beside ";
    if (strncmp(migration->sql, mark, sizeof(mark) - 1) != 0)
        return migration->number;
    int known = (int)strtol(migration->sql + sizeof(mark) - 1, NULL, 10);
    return known > 0 && known < migration->number ? known : migration->number;
}

enum fault migration_check_applied(const struct migration *list, size_t count, size_t position,
                                   const struct applied_migration *applied, char *detail)
{
    if (applied->number > (int)count && applied->needs <= (int)count)
        return FAULT_NONE;
    if (applied->number > (int)count) {
        snprintf(
            detail, STORE_DETAIL_SIZE,
            "the database has migration %04d, this program knows %zu; run a newer program or restore a backup",
            applied->number, count);
        return FAULT_SCHEMA_NEWER;
    }
    char expected[2 * DIGEST_SIZE + 1];
    migration_checksum(&list[position], expected);
    if (applied->number == list[position].number && text_is(applied->checksum, expected))
        return FAULT_NONE;
    snprintf(detail, STORE_DETAIL_SIZE,
             "migration %s was applied with another content than this program carries; run the program that "
             "made the database or restore a backup",
             list[position].name);
    return FAULT_SCHEMA_CHANGED;
}

enum fault migration_report_older(size_t applied, size_t count, char *detail)
{
    snprintf(detail, STORE_DETAIL_SIZE, "the database has %zu of %zu migrations; run the migration", applied,
             count);
    return FAULT_SCHEMA_OLDER;
}

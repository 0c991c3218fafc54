/* Compares what a database says was applied to it with what this program carries. */
#include "migration_history.h"

#include <stdio.h>

void migration_checksum(const struct migration *migration, char hex[2 * DIGEST_SIZE + 1])
{
    unsigned char digest[DIGEST_SIZE];
    digest_sha256(text_of(migration->sql), digest);
    digest_hex(digest, hex);
}

enum fault migration_check_applied(const struct migration *list, size_t count, size_t position, int number,
                                   struct text checksum, char *detail)
{
    if (number > (int)count) {
        snprintf(
            detail, STORE_DETAIL_SIZE,
            "the database has migration %04d, this program knows %zu; run a newer program or restore a backup",
            number, count);
        return FAULT_SCHEMA_NEWER;
    }
    char expected[2 * DIGEST_SIZE + 1];
    migration_checksum(&list[position], expected);
    if (number == list[position].number && text_is(checksum, expected))
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

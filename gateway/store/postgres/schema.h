/* The schema's history on the server: numbered, checksummed, forward only, and one gateway at a time. */
#ifndef STORE_POSTGRES_SCHEMA_H
#define STORE_POSTGRES_SCHEMA_H

#include "migration_history.h"
#include "postgres/postgres_server.h"

/* Brings the store's schema to the last of the list, or with migrate = false only checks that it is there.
 * SCHEMA_NEWER, SCHEMA_CHANGED, SCHEMA_OLDER, FILE_UNREADABLE (somebody else's tables) or STORE_UNAVAILABLE,
 * with a detail (STORE_DETAIL_SIZE bytes) that says what to do. Blocking, for the start of a program; not
 * longer than connecting may take and SCHEMA_WAIT_MS. */
MUST_USE enum fault schema_run(const struct postgres_server *server, const struct migration *list, size_t count,
                               bool migrate, char *detail);

enum { SCHEMA_WAIT_MS = 60 * 1000 };

#endif

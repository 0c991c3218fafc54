/* The one thread that reads, on a connection that cannot write. */
#ifndef STORE_SQLITE_READER_H
#define STORE_SQLITE_READER_H

#include "store/store.h"

struct reader;

/* After the writer: the database must be there and migrated. */
MUST_USE enum fault reader_start(const struct store_options *options, struct reader **reader, char *detail);
/* Answers what is queued, then ends; its memory is gone. */
void reader_stop(struct reader *reader);
void reader_find(struct reader *reader, struct store_query *query);

#endif

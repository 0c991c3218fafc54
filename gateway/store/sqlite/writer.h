/* The one thread that writes. */
#ifndef STORE_SQLITE_WRITER_H
#define STORE_SQLITE_WRITER_H

#include "store/store.h"

struct writer;

/* Opens, migrates (or checks) and starts the thread; detail as in store_open. The store is told of counters
 * that moved. */
MUST_USE enum fault writer_start(struct store *store, const struct store_options *options, bool migrate,
                                 struct writer **writer, char *detail);
/* Commits what is queued, then ends; its memory is gone. */
void writer_stop(struct writer *writer);
void writer_submit(struct writer *writer, struct store_transaction *transaction);
void writer_drop_before(struct writer *writer, int64_t period);

#endif

/* Puts the engine together: one writer, one reader, one file. */
#include "sqlite/sqlite_store.h"

#include <stdlib.h>

#include "engine.h"
#include "sqlite/reader.h"
#include "sqlite/writer.h"

struct sqlite_store {
    struct store store; /* first: the engine's functions get this back */
    struct writer *writer;
    struct reader *reader;
};

static void submit(struct store *store, struct store_transaction *transaction)
{
    writer_submit(((struct sqlite_store *)store)->writer, transaction);
}

static void find(struct store *store, struct store_query *query)
{
    reader_find(((struct sqlite_store *)store)->reader, query);
}

static void drop_before(struct store *store, int64_t period)
{
    writer_drop_before(((struct sqlite_store *)store)->writer, period);
}

static void close_store(struct store *store)
{
    struct sqlite_store *sqlite = (struct sqlite_store *)store;
    reader_stop(sqlite->reader);
    writer_stop(sqlite->writer);
    free(sqlite);
}

static const struct store_engine sqlite_engine = {submit, find, drop_before, close_store};

enum fault sqlite_store_open(const struct store_options *options, bool migrate, struct store **store,
                             char *detail)
{
    struct sqlite_store *sqlite = calloc(1, sizeof(*sqlite));
    INVARIANT(sqlite != NULL);
    sqlite->store.engine = &sqlite_engine;
    enum fault fault = writer_start(&sqlite->store, options, migrate, &sqlite->writer, detail);
    if (fault == FAULT_NONE) {
        fault = reader_start(options, &sqlite->reader, detail);
        if (fault != FAULT_NONE)
            writer_stop(sqlite->writer);
    }
    if (fault == FAULT_NONE)
        *store = &sqlite->store;
    else
        free(sqlite);
    return fault;
}

/* bench_gateway is dragomand with this in it: a store that keeps no records, to see what keeping them costs.
 * The linker puts __wrap_sqlite_store_open in the place of the real one (tests/bench/CMakeLists.txt); the
 * product is linked without it and has no such engine. Whatever is not only records goes to SQLite as ever:
 * keys, documents, kills. */
#include <stdlib.h>

#include "base/fault.h"
#include "engine.h"
#include "sqlite/sqlite_store.h"

enum fault __real_sqlite_store_open(const struct store_options *options, bool migrate, struct store **store,
                                    char *detail);
enum fault __wrap_sqlite_store_open(const struct store_options *options, bool migrate, struct store **store,
                                    char *detail);

static const struct store_engine *real;
static struct store_engine null_engine;

static void submit(struct store *store, struct store_transaction *transaction)
{
    size_t others = transaction->single_use_count + transaction->version_count + transaction->lease_count +
                    transaction->cutoff_count + transaction->document_count + transaction->key_count +
                    transaction->holding_count + transaction->tally_count;
    if (others != 0 || transaction->record_count == 0 || transaction->loop == NULL)
        real->submit(store, transaction);
    else
        store_transaction_complete(transaction); /* guards find nothing: nothing is ever cut off here */
}

enum fault __wrap_sqlite_store_open(const struct store_options *options, bool migrate, struct store **store,
                                    char *detail)
{
    TRY(__real_sqlite_store_open(options, migrate, store, detail));
    real = (*store)->engine;
    null_engine = *real;
    null_engine.submit = submit;
    (*store)->engine = &null_engine;
    return FAULT_NONE;
}

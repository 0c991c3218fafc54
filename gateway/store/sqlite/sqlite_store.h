/* The SQLite engine, as store.c opens it. */
#ifndef STORE_SQLITE_SQLITE_STORE_H
#define STORE_SQLITE_SQLITE_STORE_H

#include "store/store.h"

MUST_USE enum fault sqlite_store_open(const struct store_options *options, bool migrate, struct store **store,
                                      char *detail);

#endif

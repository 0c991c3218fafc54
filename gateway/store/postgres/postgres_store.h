/* The PostgreSQL engine, as store.c opens it. */
#ifndef STORE_POSTGRES_POSTGRES_STORE_H
#define STORE_POSTGRES_POSTGRES_STORE_H

#include "store/store.h"

MUST_USE enum fault postgres_store_open(const struct store_options *options, bool migrate, struct store **store,
                                        char *detail);

#endif

/* Files that reaching the store takes, beyond those that documents name one by one. For whoever takes a
 * worker's files away. */
#ifndef WORKER_STORE_FILES_H
#define WORKER_STORE_FILES_H

#include "base/arena.h"
#include "config/document.h"

/* Certificates, keys and lists of PostgreSQL's connection string, which are read again at each connection; none
 * for another store. */
struct text_list store_files(const struct gateway_document *gateway, struct arena *arena);

#endif

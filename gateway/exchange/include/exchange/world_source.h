/* Where a world comes from: the documents the worker was started with plus those in the store, read, checked
 * and compiled together. Used at start (blocking) and by propagation after every change (on its loop). */
#ifndef EXCHANGE_WORLD_SOURCE_H
#define EXCHANGE_WORLD_SOURCE_H

#include "exchange/gateway.h"

/* Adds the file documents, by reference, and the stored ones to documents. */
void world_source_gather(const struct documents *file_documents, const struct store_document *stored,
                         size_t count, struct documents *documents);
/* Checks and compiles. mistakes gets a line per mistake. On success the world owns the arena of documents. */
MUST_USE enum fault world_source_compile(struct documents *documents, const struct world_services *services,
                                         int64_t generation, struct world **world, struct buffer *mistakes);
/* Reads the stored documents again, compiles and swaps; done runs on the calling loop, once every loop has
 * them. */
void world_source_reload(struct gateway *gateway,
                         void (*done)(enum fault fault, struct store_counter generation, void *context),
                         void *context);

#endif

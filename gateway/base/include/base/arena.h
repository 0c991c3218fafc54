/* Memory that is freed all at once: one arena per exchange, per document set, per command. Running out of
 * memory aborts (inputs are bounded first), so no allocation has a failure branch. Not thread-safe: an arena
 * has one user at a time. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/text.h"

struct arena;

struct arena *arena_create(void);
/* Frees everything, wiped first: tokens pass through arenas. NULL is fine. */
void arena_destroy(struct arena *arena);
/* The same, but for the arena, which can be used again: by a thread that makes arenas which others are done
 * with, as what a thread keeps for its next one is of no use to another. */
void arena_empty(struct arena *arena);
/* Zeroed, aligned for anything, lives until arena_destroy. */
void *arena_allocate(struct arena *arena, size_t size);
/* Copies are zero-terminated behind their last byte. */
struct text arena_copy(struct arena *arena, struct text text);
/* The parts one behind the other. */
struct text arena_join(struct arena *arena, const struct text *parts, size_t count);
struct text arena_print(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define ARENA_NEW(arena, type)          ((type *)arena_allocate((arena), sizeof(type)))
#define ARENA_ARRAY(arena, type, count) ((type *)arena_allocate((arena), sizeof(type) * (count)))

void arena_cleanup(struct arena **arena);
#define SCOPED_ARENA __attribute__((cleanup(arena_cleanup))) struct arena *

#endif

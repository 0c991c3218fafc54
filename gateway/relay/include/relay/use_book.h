/* How often each lease was used in each minute, as far as this gateway saw and has not written down: what
 * limits of calls are counted by, and what becomes rows of the store. Shared by its threads, bounded. */
#ifndef RELAY_USE_BOOK_H
#define RELAY_USE_BOOK_H

#include "base/arena.h"
#include "store/row.h"

struct use_book;

/* limit: leases and minutes at a time. */
struct use_book *use_book_create(size_t limit);
void use_book_destroy(struct use_book *book);

/* Begins a call: false if so many were begun in this minute already (per_minute; 0 = no limit), which counts as
 * a refused one, or if there is no room for counting what has a limit. lease: an identifier. */
bool use_book_begin(struct use_book *book, struct text lease, int64_t minute, int64_t per_minute);
/* What became of one that was begun. */
void use_book_end(struct use_book *book, struct text lease, int64_t minute, bool is_refused);

/* Uses that are not written down yet, at most so many; they count as written from here on, and what is of a
 * minute before this one is forgotten. Texts in the arena. */
size_t use_book_take(struct use_book *book, struct arena *arena, int64_t minute, struct store_use *uses,
                     size_t most);
/* Could not be written down after all. */
void use_book_put_back(struct use_book *book, const struct store_use *uses, size_t count);

#endif

/* The cutoffs of the store in memory, for one thread: asked for everything a credential stands on, at the cost
 * of a hash each, and of nothing while there are none. Not the truth but its copy as of one epoch; the commit
 * compares that epoch and asks the store where it has moved. */
#ifndef LEDGER_CUTOFF_BOOK_H
#define LEDGER_CUTOFF_BOOK_H

#include "store/store.h"

struct cutoff_book;

/* limit: more cutoffs than that are not held in memory. */
struct cutoff_book *cutoff_book_create(size_t limit);
void cutoff_book_destroy(struct cutoff_book *book);

/* Adds kills, or puts in place those that were lifted since; is_whole: in place of all there are. Texts are
 * copied. The book then stands at this epoch. */
void cutoff_book_update(struct cutoff_book *book, const struct store_cutoff *cutoffs, size_t count,
                        struct store_counter epoch, bool is_whole);
/* The epoch it stands at; its number is 0 if it does not hold all there is: then only the store knows. */
struct store_counter cutoff_book_epoch(const struct cutoff_book *book);
/* Whether it has doubled since it was last whole: what the store has dropped meanwhile is still in it. */
bool cutoff_book_is_grown(const struct cutoff_book *book);
/* The first of guards that a cutoff ends, or NULL. */
const struct store_guard *cutoff_book_find(const struct cutoff_book *book, const struct store_guard *guards,
                                           size_t count);

/* Which kill ended something first. */
struct cutoff_death {
    const struct store_guard *thing; /* one of guards; NULL: none did */
    struct text record;              /* of that kill, whose id tells when it was; the book's, or empty */
};
/* Among all guards and all kills of each. A bar that stands is taken to have ended what is newer than it, too.
 */
struct cutoff_death cutoff_book_find_death(const struct cutoff_book *book, const struct store_guard *guards,
                                           size_t count);
/* Whether anything that is issued with a thing from now on is dead. */
bool cutoff_book_is_barred(const struct cutoff_book *book, struct text kind, struct text id);
/* Until when what is issued with a thing is dead, bars aside: microseconds, or 0 where nothing ended it. */
int64_t cutoff_book_reach(const struct cutoff_book *book, struct text kind, struct text id);

#endif

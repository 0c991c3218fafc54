/* The current cutoffs of every loop: a book each, changed and asked by that loop alone, so that neither needs a
 * lock. What has changed in the store is handed to all of them. */
#ifndef LEDGER_CUTOFF_KEEPER_H
#define LEDGER_CUTOFF_KEEPER_H

#include "ledger/cutoff_book.h"
#include "runtime/loop.h"

struct cutoff_keeper;

enum { CUTOFFS_FRESH_MS = 2000 };

/* limit: as a book's. Nothing is known before the first update. */
struct cutoff_keeper *cutoff_keeper_create(struct loop *const *loops, size_t count, size_t limit);
/* When no loop runs any more: nobody is told of anything from here on. */
void cutoff_keeper_close(struct cutoff_keeper *keeper);
/* After the loops, whose last messages may still bring changes. */
void cutoff_keeper_destroy(struct cutoff_keeper *keeper);
/* Before any loop runs: all of them at once. */
void cutoff_keeper_fill(struct cutoff_keeper *keeper, const struct store_cutoff *cutoffs, size_t count,
                        struct store_counter epoch);
/* From a loop: hands the change to every loop; when each has it, done runs on the calling one. Texts are copied
 * before it returns. */
void cutoff_keeper_update(struct cutoff_keeper *keeper, const struct store_cutoff *cutoffs, size_t count,
                          struct store_counter epoch, bool is_whole, void (*done)(void *context),
                          void *context);
/* Says that at this moment (monotonic) the store had nothing that the books have not. From any thread. */
void cutoff_keeper_confirm(struct cutoff_keeper *keeper, int64_t at_us);
/* Whether that was said within CUTOFFS_FRESH_MS: then the book's word counts where no commit follows. */
bool cutoff_keeper_is_fresh(const struct cutoff_keeper *keeper);
/* Of the calling loop. */
const struct cutoff_book *cutoff_keeper_book(const struct cutoff_keeper *keeper);

#endif

/* Which servers were of the older generation when they were asked last, so that the next session with one
 * begins without asking. A guess: who finds it wrong asks. Bounded; from any thread. */
#ifndef MCP_GENERATION_BOOK_H
#define MCP_GENERATION_BOOK_H

#include "base/text.h"

enum { GENERATION_BOOK_SERVERS = 1024, GENERATION_BOOK_S = 600 };

struct generation_book;

struct generation_book *generation_book_create(void);
void generation_book_destroy(struct generation_book *book); /* NULL is fine */

/* url: of the server. */
bool generation_book_is_old(struct generation_book *book, struct text url, int64_t now_s);
void generation_book_note(struct generation_book *book, struct text url, bool is_old, int64_t now_s);

#endif

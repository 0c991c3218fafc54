/* How many calls and streams each credential has open on this gateway, on all of its loops. Holds what is open
 * and nothing else. */
#ifndef MCP_OPEN_BOOK_H
#define MCP_OPEN_BOOK_H

#include "base/fault.h"
#include "base/text.h"

struct open_book;

enum open_kind { OPEN_CALL, OPEN_STREAM, OPEN_KINDS };

struct open_book *open_book_create(void);
void open_book_destroy(struct open_book *book); /* NULL is fine */

/* From any thread. lease: an identifier. false: as many are open already. */
bool open_book_enter(struct open_book *book, struct text lease, enum open_kind kind, int64_t limit);
void open_book_leave(struct open_book *book, struct text lease, enum open_kind kind);

#endif

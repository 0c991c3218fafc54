/* Sessions that were used lately on this gateway, on whichever loop: what their rows in the store say, opened,
 * and when each was used last. Whether one was ended is for whoever asks to find out, every time. Bounded. */
#ifndef MCP_SESSION_BOOK_H
#define MCP_SESSION_BOOK_H

#include "session_facts.h"

struct session_book;

/* limit: sessions, a power of two of at least 8. */
struct session_book *session_book_create(size_t limit);
void session_book_destroy(struct session_book *book); /* NULL is fine */

/* From any thread, as all of these. key: of session_key. false: it is not remembered. */
bool session_book_find(struct session_book *book, struct text key, struct arena *arena,
                       struct session_facts *facts, int64_t *used_at_s);
/* In place of what was used longest ago, where there is no room. */
void session_book_keep(struct session_book *book, struct text key, const struct session_facts *facts,
                       int64_t used_at_s);
/* It is used now. */
void session_book_touch(struct session_book *book, struct text key, int64_t now_s);
/* About how many of one owner live, and exactly where those are many: what has run out, or was idle for longer
 * than idle_s, is none. */
size_t session_book_count(struct session_book *book, const unsigned char owner[DIGEST_SIZE], int64_t now_s,
                          int64_t idle_s);
void session_book_forget(struct session_book *book, struct text key);

#endif

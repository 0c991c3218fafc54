/* Records of credentials that were shown lately, for one loop: so that a credential in use costs no look into
 * the store. Only what never changes is in it: which record belongs to which credential, and its bytes. Whether
 * the credential is alive is for whoever asks to find out, every time. Bounded. */
#ifndef RELAY_RECORD_BOOK_H
#define RELAY_RECORD_BOOK_H

#include "base/arena.h"
#include "base/digest.h"

struct record_book;

/* limit: records, a power of two of at least 8. */
struct record_book *record_book_create(size_t limit);
void record_book_destroy(struct record_book *book);

/* digest: SHA-256 of the credential. The record's bytes, copied into the arena, or TEXT_NONE. */
struct text record_book_find(struct record_book *book, struct arena *arena,
                             const unsigned char digest[DIGEST_SIZE]);
/* In place of what was looked for longest ago, where there is no room. Longer ones than RECORD_BOOK_BYTES_MAX
 * are not kept. */
enum { RECORD_BOOK_BYTES_MAX = 16 * 1024 };
void record_book_keep(struct record_book *book, const unsigned char digest[DIGEST_SIZE], struct text record);

#endif

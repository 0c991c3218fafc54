/* One place for each digest; servers that share a place take it from each other. See generation_book.h. */
#include "generation_book.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/fault.h"

struct entry {
    unsigned char digest[DIGEST_SIZE];
    int64_t until_s; /* 0: free, or not known to be of the older one */
};

struct generation_book {
    pthread_mutex_t mutex;
    struct entry entries[GENERATION_BOOK_SERVERS];
};

struct generation_book *generation_book_create(void)
{
    struct generation_book *book = calloc(1, sizeof(*book));
    INVARIANT(book != NULL);
    INVARIANT(pthread_mutex_init(&book->mutex, NULL) == 0);
    return book;
}

void generation_book_destroy(struct generation_book *book)
{
    if (book == NULL)
        return;
    pthread_mutex_destroy(&book->mutex);
    free(book);
}

static struct entry *place_of(struct generation_book *book, const unsigned char digest[DIGEST_SIZE])
{
    size_t number = (size_t)digest[0] << 8 | digest[1];
    return &book->entries[number % GENERATION_BOOK_SERVERS];
}

bool generation_book_is_old(struct generation_book *book, struct text url, int64_t now_s)
{
    unsigned char digest[DIGEST_SIZE];
    digest_sha256(url, digest);
    pthread_mutex_lock(&book->mutex);
    const struct entry *entry = place_of(book, digest);
    bool is_old = entry->until_s > now_s && memcmp(entry->digest, digest, DIGEST_SIZE) == 0;
    pthread_mutex_unlock(&book->mutex);
    return is_old;
}

void generation_book_note(struct generation_book *book, struct text url, bool is_old, int64_t now_s)
{
    unsigned char digest[DIGEST_SIZE];
    digest_sha256(url, digest);
    pthread_mutex_lock(&book->mutex);
    struct entry *entry = place_of(book, digest);
    bool is_same = memcmp(entry->digest, digest, DIGEST_SIZE) == 0;
    if (is_old || is_same) {
        memcpy(entry->digest, digest, DIGEST_SIZE);
        entry->until_s = is_old ? now_s + GENERATION_BOOK_S : 0;
    }
    pthread_mutex_unlock(&book->mutex);
}

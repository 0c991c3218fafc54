/* A table of sets: a digest belongs into one set of eight places, where the one that was looked for longest ago
 * gives way. Digests are as good as random, so sets fill evenly, and whoever fills one drives out others'
 * records and nothing else. */
#include "relay/record_book.h"

#include <stdlib.h>
#include <string.h>

#include "base/fault.h"

enum { PLACES = 8 };

struct place {
    unsigned char digest[DIGEST_SIZE];
    char *record; /* NULL: free */
    size_t length;
    uint64_t used_at;
};

struct record_book {
    uint64_t clock;
    size_t set_count;
    struct place places[];
};

struct record_book *record_book_create(size_t limit)
{
    INVARIANT(limit >= PLACES && (limit & (limit - 1)) == 0);
    struct record_book *book = calloc(1, sizeof(*book) + limit * sizeof(book->places[0]));
    INVARIANT(book != NULL);
    book->set_count = limit / PLACES;
    return book;
}

void record_book_destroy(struct record_book *book)
{
    if (book == NULL)
        return;
    for (size_t i = 0; i < book->set_count * PLACES; i++)
        free(book->places[i].record);
    free(book);
}

static struct place *set_of(struct record_book *book, const unsigned char *digest)
{
    uint64_t number;
    memcpy(&number, digest, sizeof(number));
    return &book->places[(number & (book->set_count - 1)) * PLACES];
}

static struct place *find(struct place *set, const unsigned char *digest)
{
    for (size_t i = 0; i < PLACES; i++)
        if (set[i].record != NULL && memcmp(set[i].digest, digest, DIGEST_SIZE) == 0)
            return &set[i];
    return NULL;
}

struct text record_book_find(struct record_book *book, struct arena *arena,
                             const unsigned char digest[DIGEST_SIZE])
{
    struct place *place = find(set_of(book, digest), digest);
    if (place == NULL)
        return TEXT_NONE;
    place->used_at = ++book->clock;
    return arena_copy(arena, (struct text){place->record, place->length});
}

static struct place *choose(struct place *set, const unsigned char *digest)
{
    struct place *chosen = find(set, digest);
    for (size_t i = 0; i < PLACES && chosen == NULL; i++)
        if (set[i].record == NULL)
            return &set[i];
    if (chosen != NULL)
        return chosen;
    chosen = set;
    for (size_t i = 1; i < PLACES; i++)
        if (set[i].used_at < chosen->used_at)
            chosen = &set[i];
    return chosen;
}

void record_book_keep(struct record_book *book, const unsigned char digest[DIGEST_SIZE], struct text record)
{
    if (record.length == 0 || record.length > RECORD_BOOK_BYTES_MAX)
        return;
    struct place *place = choose(set_of(book, digest), digest);
    free(place->record);
    place->record = malloc(record.length);
    INVARIANT(place->record != NULL);
    memcpy(place->record, record.base, record.length);
    memcpy(place->digest, digest, DIGEST_SIZE);
    place->length = record.length;
    place->used_at = ++book->clock;
}

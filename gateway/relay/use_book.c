/* A hash table under one lock, held for a look-up: what is counted comes after everything that costs more. */
#include "relay/use_book.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/random.h"

enum { CHAINS = 4096 };

struct entry {
    struct entry *next;
    char lease[IDENTIFIER_SIZE];
    int64_t minute;
    int64_t begun;
    int64_t calls, refused; /* not written down yet */
};

struct use_book {
    pthread_mutex_t mutex;
    size_t count, limit;
    size_t next_chain; /* where use_book_take goes on, so that none waits for ever */
    struct entry *chains[CHAINS];
};

struct use_book *use_book_create(size_t limit)
{
    struct use_book *book = calloc(1, sizeof(*book));
    INVARIANT(book != NULL && pthread_mutex_init(&book->mutex, NULL) == 0);
    book->limit = limit;
    return book;
}

void use_book_destroy(struct use_book *book)
{
    if (book == NULL)
        return;
    for (size_t i = 0; i < CHAINS; i++)
        for (struct entry *entry = book->chains[i], *next; entry != NULL; entry = next) {
            next = entry->next;
            free(entry);
        }
    pthread_mutex_destroy(&book->mutex);
    free(book);
}

/* FNV-1a; identifiers are ours, so it needs no key. */
static size_t chain_of(struct text lease)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < lease.length; i++)
        hash = (hash ^ (unsigned char)lease.base[i]) * UINT64_C(1099511628211);
    return (size_t)(hash % CHAINS);
}

static struct entry *find(struct use_book *book, struct text lease, int64_t minute)
{
    struct entry *entry = book->chains[chain_of(lease)];
    while (entry != NULL && !(entry->minute == minute && text_is(lease, entry->lease)))
        entry = entry->next;
    return entry;
}

/* NULL where there is no room. */
static struct entry *open_entry(struct use_book *book, struct text lease, int64_t minute)
{
    struct entry *entry = find(book, lease, minute);
    if (entry != NULL || book->count == book->limit || lease.length != IDENTIFIER_LENGTH)
        return entry;
    entry = calloc(1, sizeof(*entry));
    INVARIANT(entry != NULL);
    memcpy(entry->lease, lease.base, lease.length);
    entry->minute = minute;
    struct entry **chain = &book->chains[chain_of(lease)];
    entry->next = *chain;
    *chain = entry;
    book->count++;
    return entry;
}

static bool begin(struct entry *entry, int64_t per_minute)
{
    if (entry == NULL)
        return per_minute == 0;
    if (per_minute != 0 && entry->begun >= per_minute) {
        entry->refused++;
        return false;
    }
    entry->begun++;
    return true;
}

bool use_book_begin(struct use_book *book, struct text lease, int64_t minute, int64_t per_minute)
{
    pthread_mutex_lock(&book->mutex);
    bool has_begun = begin(open_entry(book, lease, minute), per_minute);
    pthread_mutex_unlock(&book->mutex);
    return has_begun;
}

void use_book_end(struct use_book *book, struct text lease, int64_t minute, bool is_refused)
{
    pthread_mutex_lock(&book->mutex);
    struct entry *entry = open_entry(book, lease, minute); /* a wait may have gone on beyond its minute */
    if (entry != NULL && is_refused)
        entry->refused++;
    else if (entry != NULL)
        entry->calls++;
    pthread_mutex_unlock(&book->mutex);
}

static void take_chain(struct use_book *book, struct entry **link, struct arena *arena, int64_t minute,
                       struct store_use *uses, size_t *count)
{
    while (*link != NULL) {
        struct entry *entry = *link;
        if (entry->calls != 0 || entry->refused != 0)
            uses[(*count)++] = (struct store_use){arena_copy(arena, text_of(entry->lease)), entry->minute,
                                                  entry->calls, entry->refused};
        entry->calls = entry->refused = 0;
        if (entry->minute >= minute) {
            link = &entry->next;
            continue;
        }
        *link = entry->next;
        free(entry);
        book->count--;
    }
}

static size_t length_of(const struct entry *entry)
{
    size_t length = 0;
    for (; entry != NULL; entry = entry->next)
        length++;
    return length;
}

size_t use_book_take(struct use_book *book, struct arena *arena, int64_t minute, struct store_use *uses,
                     size_t most)
{
    size_t count = 0;
    pthread_mutex_lock(&book->mutex);
    for (size_t looked = 0; looked < CHAINS; looked++) {
        struct entry **chain = &book->chains[book->next_chain];
        if (length_of(*chain) > most - count)
            break;
        take_chain(book, chain, arena, minute, uses, &count);
        book->next_chain = (book->next_chain + 1) % CHAINS;
    }
    pthread_mutex_unlock(&book->mutex);
    return count;
}

void use_book_put_back(struct use_book *book, const struct store_use *uses, size_t count)
{
    pthread_mutex_lock(&book->mutex);
    for (size_t i = 0; i < count; i++) {
        struct entry *entry = open_entry(book, uses[i].lease, uses[i].minute);
        if (entry == NULL)
            continue;
        entry->calls += uses[i].calls;
        entry->refused += uses[i].refused;
    }
    pthread_mutex_unlock(&book->mutex);
}

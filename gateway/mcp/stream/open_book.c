/* A hash table under one lock, held for a look-up. */
#include "open_book.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"

enum { CHAINS = 4096 };

struct entry {
    struct entry *next;
    char lease[IDENTIFIER_SIZE];
    int64_t open[OPEN_KINDS];
};

struct open_book {
    pthread_mutex_t mutex;
    struct entry *chains[CHAINS];
};

struct open_book *open_book_create(void)
{
    struct open_book *book = calloc(1, sizeof(*book));
    INVARIANT(book != NULL && pthread_mutex_init(&book->mutex, NULL) == 0);
    return book;
}

void open_book_destroy(struct open_book *book)
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
static struct entry **find(struct open_book *book, struct text lease)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < lease.length; i++)
        hash = (hash ^ (unsigned char)lease.base[i]) * UINT64_C(1099511628211);
    struct entry **link = &book->chains[hash % CHAINS];
    while (*link != NULL && !text_is(lease, (*link)->lease))
        link = &(*link)->next;
    return link;
}

static struct entry *open_entry(struct open_book *book, struct text lease)
{
    struct entry **link = find(book, lease);
    if (*link != NULL)
        return *link;
    INVARIANT(lease.length == IDENTIFIER_LENGTH);
    struct entry *entry = calloc(1, sizeof(*entry));
    INVARIANT(entry != NULL);
    memcpy(entry->lease, lease.base, lease.length);
    *link = entry;
    return entry;
}

bool open_book_enter(struct open_book *book, struct text lease, enum open_kind kind, int64_t limit)
{
    pthread_mutex_lock(&book->mutex);
    struct entry *entry = open_entry(book, lease);
    bool has_room = entry->open[kind] < limit;
    if (has_room)
        entry->open[kind]++;
    pthread_mutex_unlock(&book->mutex);
    return has_room;
}

static void close_entry(struct entry **link, enum open_kind kind)
{
    struct entry *entry = *link;
    entry->open[kind]--;
    for (size_t i = 0; i < OPEN_KINDS; i++)
        if (entry->open[i] != 0)
            return;
    *link = entry->next;
    free(entry);
}

void open_book_leave(struct open_book *book, struct text lease, enum open_kind kind)
{
    pthread_mutex_lock(&book->mutex);
    struct entry **link = find(book, lease);
    INVARIANT(*link != NULL && (*link)->open[kind] > 0);
    close_entry(link, kind);
    pthread_mutex_unlock(&book->mutex);
}

/* An open-addressed table of the things that cutoffs name, each in an allocation of its own. A thing knows at
 * once whether it ends something, and keeps the kills it is made of for whoever asks which it was. Nothing is
 * ever taken out of it one by one: what has expired goes when the book is read whole again. */
#include "ledger/cutoff_book.h"

#include <stdlib.h>
#include <string.h>

#include "base/fault.h"

enum { SLOTS_MIN = 64, GROWN_AT_LEAST = 1024 };

struct kill {
    struct kill *next;
    int64_t killed_epoch;
    int64_t at_us;
    bool stands;
    size_t record_length;
    char record[];
};

struct entry {
    uint64_t hash;
    struct kill *kills;         /* newest first */
    int64_t at_us;              /* the latest of them */
    size_t standing;            /* how many of them stand */
    size_t kind_length, length; /* of the name: kind, then id */
    char name[];
};

struct cutoff_book {
    struct entry **slots;
    size_t slot_count;   /* a power of two */
    size_t used;         /* slots */
    size_t count, limit; /* cutoffs */
    size_t whole_count;  /* how many there were when it was last whole */
    struct store_counter epoch;
    bool is_complete;
};

struct cutoff_book *cutoff_book_create(size_t limit)
{
    struct cutoff_book *book = calloc(1, sizeof(*book));
    INVARIANT(book != NULL);
    book->limit = limit;
    return book;
}

static void free_entry(struct entry *entry)
{
    struct kill *next;
    for (struct kill *kill = entry == NULL ? NULL : entry->kills; kill != NULL; kill = next) {
        next = kill->next;
        free(kill);
    }
    free(entry);
}

static void empty(struct cutoff_book *book)
{
    for (size_t i = 0; i < book->slot_count; i++)
        free_entry(book->slots[i]);
    free(book->slots);
    book->slots = NULL;
    book->slot_count = book->used = book->count = 0;
}

void cutoff_book_destroy(struct cutoff_book *book)
{
    if (book == NULL)
        return;
    empty(book);
    free(book);
}

/* FNV-1a. Who asks chooses names but puts none in here, so there is nothing to attack by collisions. */
static uint64_t hash_bytes(uint64_t hash, struct text text)
{
    for (size_t i = 0; i < text.length; i++)
        hash = (hash ^ (unsigned char)text.base[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static uint64_t hash_name(struct text kind, struct text id)
{
    uint64_t hash = hash_bytes(hash_bytes(UINT64_C(0xcbf29ce484222325), kind), TEXT("/"));
    hash = hash_bytes(hash, id);
    return hash ^ hash >> 29;
}

static bool is_named(const struct entry *entry, uint64_t hash, struct text kind, struct text id)
{
    return entry->hash == hash && entry->kind_length == kind.length &&
           entry->length == kind.length + id.length && memcmp(entry->name, kind.base, kind.length) == 0 &&
           (id.length == 0 || memcmp(entry->name + kind.length, id.base, id.length) == 0);
}

/* The slot of that name, or the empty one where it would stand. */
static struct entry **slot_of(const struct cutoff_book *book, uint64_t hash, struct text kind, struct text id)
{
    size_t at = (size_t)hash & (book->slot_count - 1);
    while (book->slots[at] != NULL && !is_named(book->slots[at], hash, kind, id))
        at = (at + 1) & (book->slot_count - 1);
    return &book->slots[at];
}

static void make_room(struct cutoff_book *book)
{
    if (2 * (book->used + 1) <= book->slot_count)
        return;
    size_t slot_count = book->slot_count == 0 ? SLOTS_MIN : 2 * book->slot_count;
    struct entry **slots = calloc(slot_count, sizeof(struct entry *));
    INVARIANT(slots != NULL);
    for (size_t i = 0; i < book->slot_count; i++) {
        if (book->slots[i] == NULL)
            continue;
        size_t at = (size_t)book->slots[i]->hash & (slot_count - 1);
        while (slots[at] != NULL)
            at = (at + 1) & (slot_count - 1);
        slots[at] = book->slots[i];
    }
    free(book->slots);
    book->slots = slots;
    book->slot_count = slot_count;
}

static struct entry *entry_of(struct cutoff_book *book, const struct store_cutoff *cutoff)
{
    uint64_t hash = hash_name(cutoff->kind, cutoff->id);
    make_room(book);
    struct entry **slot = slot_of(book, hash, cutoff->kind, cutoff->id);
    if (*slot == NULL) {
        size_t length = cutoff->kind.length + cutoff->id.length;
        struct entry *entry = malloc(sizeof(*entry) + length);
        INVARIANT(entry != NULL);
        *entry = (struct entry){.hash = hash, .kind_length = cutoff->kind.length, .length = length};
        memcpy(entry->name, cutoff->kind.base, cutoff->kind.length);
        if (cutoff->id.length != 0)
            memcpy(entry->name + cutoff->kind.length, cutoff->id.base, cutoff->id.length);
        *slot = entry;
        book->used++;
    }
    return *slot;
}

/* A kill that is known, which has been lifted since, or a new one, as all are when the book is read whole. */
static void put(struct cutoff_book *book, const struct store_cutoff *cutoff, bool is_new)
{
    struct entry *entry = entry_of(book, cutoff);
    struct kill *kill = is_new ? NULL : entry->kills;
    while (kill != NULL && kill->killed_epoch != cutoff->killed_epoch)
        kill = kill->next;
    if (kill == NULL) {
        kill = malloc(sizeof(*kill) + cutoff->record.length);
        INVARIANT(kill != NULL);
        *kill = (struct kill){
            .next = entry->kills, .killed_epoch = cutoff->killed_epoch, .record_length = cutoff->record.length};
        if (cutoff->record.length != 0)
            memcpy(kill->record, cutoff->record.base, cutoff->record.length);
        entry->kills = kill;
        book->count++;
    }
    entry->standing += (size_t)cutoff->stands - (size_t)kill->stands;
    kill->stands = cutoff->stands;
    kill->at_us = cutoff->at_us;
    if (cutoff->at_us > entry->at_us)
        entry->at_us = cutoff->at_us;
}

void cutoff_book_update(struct cutoff_book *book, const struct store_cutoff *cutoffs, size_t count,
                        struct store_counter epoch, bool is_whole)
{
    if (is_whole) {
        empty(book);
        book->is_complete = true;
    }
    if (count > book->limit || book->count + count > 2 * book->limit)
        book->is_complete = false;
    if (!book->is_complete) {
        empty(book);
        return;
    }
    for (size_t i = 0; i < count; i++)
        put(book, &cutoffs[i], is_whole);
    if (is_whole)
        book->whole_count = book->count;
    book->epoch = epoch;
}

struct store_counter cutoff_book_epoch(const struct cutoff_book *book)
{
    return book->is_complete ? book->epoch : (struct store_counter){0};
}

bool cutoff_book_is_grown(const struct cutoff_book *book)
{
    return !book->is_complete || book->count > 2 * book->whole_count + GROWN_AT_LEAST;
}

static const struct entry *entry_named(const struct cutoff_book *book, const struct store_guard *thing)
{
    if (book->used == 0)
        return NULL;
    return *slot_of(book, hash_name(thing->kind, thing->id), thing->kind, thing->id);
}

const struct store_guard *cutoff_book_find(const struct cutoff_book *book, const struct store_guard *guards,
                                           size_t count)
{
    for (size_t i = 0; book->used != 0 && i < count; i++) {
        const struct entry *entry = entry_named(book, &guards[i]);
        if (entry != NULL && (entry->standing != 0 || entry->at_us >= guards[i].issued_at_us))
            return &guards[i];
    }
    return NULL;
}

struct cutoff_death cutoff_book_find_death(const struct cutoff_book *book, const struct store_guard *guards,
                                           size_t count)
{
    struct cutoff_death death = {0};
    int64_t first_epoch = INT64_MAX;
    for (size_t i = 0; i < count; i++) {
        const struct entry *entry = entry_named(book, &guards[i]);
        for (const struct kill *kill = entry == NULL ? NULL : entry->kills; kill != NULL; kill = kill->next) {
            if ((!kill->stands && kill->at_us < guards[i].issued_at_us) || kill->killed_epoch >= first_epoch)
                continue;
            first_epoch = kill->killed_epoch;
            death = (struct cutoff_death){.thing = &guards[i], .record = {kill->record, kill->record_length}};
        }
    }
    return death;
}

bool cutoff_book_is_barred(const struct cutoff_book *book, struct text kind, struct text id)
{
    const struct entry *entry = entry_named(book, &(struct store_guard){kind, id, 0});
    return entry != NULL && entry->standing != 0;
}

int64_t cutoff_book_reach(const struct cutoff_book *book, struct text kind, struct text id)
{
    const struct entry *entry = entry_named(book, &(struct store_guard){kind, id, 0});
    return entry == NULL ? 0 : entry->at_us;
}

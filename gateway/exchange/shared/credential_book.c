/* A table under one lock: what it guards is short. A place whose credential has ended is taken by the next;
 * where all are in use, there is no room: what nobody remembers could not be shared. */
#include "exchange/credential_book.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

enum { LOOKED_AT = 8, BUSY_MS = 10, BUSY_LOOKS = 3000, TEXTS = 10 };

/* In one piece, with its texts behind it. */
struct entry {
    struct secret *credential; /* NULL: made anew for each use */
    struct kept_credential kept;
    char bytes[];
};

struct place {
    unsigned char key[DIGEST_SIZE];
    bool is_used, is_being_made;
    int64_t replaced_at_s; /* by one that took the place of what was refused; 0: it is none */
    struct entry *entry;   /* NULL: nothing is there yet */
};

struct credential_book {
    pthread_mutex_t mutex;
    size_t count;
    struct place places[]; /* zeroed pages that the system provides as they are used */
};

struct credential_book *credential_book_create(size_t limit)
{
    struct credential_book *book = calloc(1, sizeof(*book) + limit * sizeof(book->places[0]));
    INVARIANT(book != NULL && limit >= LOOKED_AT);
    pthread_mutex_init(&book->mutex, NULL);
    book->count = limit;
    return book;
}

/* --- one entry --- */

static void list_texts(struct kept_credential *kept, struct text *texts[TEXTS])
{
    struct text *const all[TEXTS] = {&kept->presentation.header,
                                     &kept->presentation.scheme,
                                     &kept->issued_type,
                                     &kept->token_type,
                                     &kept->scope,
                                     &kept->fingerprint,
                                     &kept->account,
                                     &kept->lease,
                                     &kept->shares,
                                     &kept->public_reason};
    memcpy(texts, all, sizeof(all));
}

static struct entry *make_entry(const struct kept_credential *from)
{
    struct kept_credential kept = *from;
    struct text *texts[TEXTS];
    list_texts(&kept, texts);
    size_t length = 0;
    for (size_t i = 0; i < TEXTS; i++)
        length += texts[i]->length;
    struct entry *entry = calloc(1, sizeof(*entry) + length);
    INVARIANT(entry != NULL);
    char *at = entry->bytes;
    for (size_t i = 0; i < TEXTS; i++) {
        if (texts[i]->length != 0)
            memcpy(at, texts[i]->base, texts[i]->length);
        if (texts[i]->base != NULL)
            texts[i]->base = at;
        at += texts[i]->length;
    }
    if (kept.credential.length != 0)
        entry->credential = secret_create(kept.credential.base, kept.credential.length);
    kept.credential = TEXT_NONE;
    entry->kept = kept;
    return entry;
}

static void free_entry(struct entry *entry)
{
    if (entry != NULL)
        secret_destroy(entry->credential);
    free(entry);
}

static void copy_out(const struct entry *entry, struct arena *arena, struct kept_credential *kept)
{
    struct text *texts[TEXTS];
    *kept = entry->kept;
    list_texts(kept, texts);
    for (size_t i = 0; i < TEXTS; i++)
        if (texts[i]->base != NULL)
            *texts[i] = arena_copy(arena, *texts[i]);
    if (entry->credential != NULL)
        kept->credential = arena_copy(arena, (struct text){(const char *)secret_bytes(entry->credential),
                                                           secret_length(entry->credential)});
}

/* --- places --- */

static void drop_entry(struct place *place)
{
    free_entry(place->entry);
    place->entry = NULL;
}

static void empty(struct place *place)
{
    drop_entry(place);
    *place = (struct place){0};
}

void credential_book_destroy(struct credential_book *book)
{
    if (book == NULL)
        return;
    for (size_t i = 0; i < book->count; i++)
        if (book->places[i].is_used)
            empty(&book->places[i]);
    pthread_mutex_destroy(&book->mutex);
    free(book);
}

/* The nth place where this key may be: a few beside each other. */
static struct place *place_at(struct credential_book *book, const unsigned char key[DIGEST_SIZE], size_t nth)
{
    uint64_t first;
    memcpy(&first, key, sizeof(first));
    return &book->places[(first + nth) % book->count];
}

static struct place *find(struct credential_book *book, const unsigned char key[DIGEST_SIZE])
{
    for (size_t i = 0; i < LOOKED_AT; i++) {
        struct place *place = place_at(book, key, i);
        if (place->is_used && memcmp(place->key, key, DIGEST_SIZE) == 0)
            return place;
    }
    return NULL;
}

/* A refusal is good to its last second; a credential has to last until it was used. */
static bool is_good(const struct place *place, int64_t now_s, int64_t until_s)
{
    if (place->entry == NULL)
        return false;
    const struct kept_credential *kept = &place->entry->kept;
    return kept->fault != FAULT_NONE ? kept->expires_at_s > now_s : kept->expires_at_s >= until_s;
}

/* One that is free, or whose credential has ended. */
static struct place *take_place(struct credential_book *book, const struct credential_search *search)
{
    for (size_t i = 0; i < LOOKED_AT; i++) {
        struct place *place = place_at(book, search->key, i);
        if (place->is_used && (place->is_being_made || is_good(place, search->now_s, search->until_s)))
            continue;
        empty(place);
        memcpy(place->key, search->key, DIGEST_SIZE);
        place->is_used = true;
        return place;
    }
    return NULL;
}

static bool is_refused(const struct place *place, const struct credential_search *search)
{
    return search->refused.length != 0 && text_equal(place->entry->kept.lease, search->refused) &&
           (place->replaced_at_s == 0 || search->now_s - place->replaced_at_s >= CREDENTIAL_REPLACED_FOR_S);
}

static enum credential_turn enter(struct credential_book *book, const struct credential_search *search,
                                  struct arena *arena, struct kept_credential *kept)
{
    struct place *place = find(book, search->key);
    if (place == NULL)
        place = take_place(book, search);
    if (place == NULL)
        return CREDENTIAL_FULL;
    bool is_there = is_good(place, search->now_s, search->until_s);
    *kept = (struct kept_credential){.is_replacement = is_there && is_refused(place, search)};
    if (!is_there || kept->is_replacement) {
        drop_entry(place);
        if (place->is_being_made)
            return CREDENTIAL_BUSY;
        place->is_being_made = true;
        return CREDENTIAL_TURN;
    }
    copy_out(place->entry, arena, kept);
    bool is_due = kept->refresh_from_s != 0 && search->now_s >= kept->refresh_from_s;
    if (!is_due || place->is_being_made)
        return CREDENTIAL_FOUND;
    place->is_being_made = true;
    return CREDENTIAL_TURN;
}

enum credential_turn credential_book_enter(struct credential_book *book, const struct credential_search *search,
                                           struct arena *arena, struct kept_credential *kept)
{
    pthread_mutex_lock(&book->mutex);
    enum credential_turn turn = enter(book, search, arena, kept);
    pthread_mutex_unlock(&book->mutex);
    return turn;
}

/* --- what becomes of a turn --- */

void credential_book_keep(struct credential_book *book, const unsigned char key[DIGEST_SIZE],
                          const struct kept_credential *kept)
{
    struct entry *entry = make_entry(kept);
    pthread_mutex_lock(&book->mutex);
    struct place *place = find(book, key);
    INVARIANT(place != NULL && place->is_being_made);
    place->is_being_made = false;
    drop_entry(place);
    place->entry = entry;
    place->replaced_at_s = kept->is_replacement ? kept->issued_at_us / 1000000 : 0;
    pthread_mutex_unlock(&book->mutex);
}

void credential_book_give_up(struct credential_book *book, const unsigned char key[DIGEST_SIZE],
                             int64_t again_from_s)
{
    pthread_mutex_lock(&book->mutex);
    struct place *place = find(book, key);
    INVARIANT(place != NULL && place->is_being_made);
    place->is_being_made = false;
    if (place->entry != NULL)
        place->entry->kept.refresh_from_s = again_from_s;
    else
        empty(place);
    pthread_mutex_unlock(&book->mutex);
}

static struct place *find_of_lease(struct credential_book *book, const unsigned char key[DIGEST_SIZE],
                                   struct text lease)
{
    struct place *place = find(book, key);
    bool is_it = place != NULL && place->entry != NULL && text_equal(place->entry->kept.lease, lease);
    return is_it ? place : NULL;
}

void credential_book_forget(struct credential_book *book, const unsigned char key[DIGEST_SIZE],
                            struct text lease)
{
    pthread_mutex_lock(&book->mutex);
    struct place *place = find_of_lease(book, key, lease);
    if (place != NULL && place->is_being_made)
        drop_entry(place);
    else if (place != NULL)
        empty(place);
    pthread_mutex_unlock(&book->mutex);
}

void credential_book_extend(struct credential_book *book, const unsigned char key[DIGEST_SIZE],
                            struct text lease, int64_t due_s)
{
    pthread_mutex_lock(&book->mutex);
    struct place *place = find_of_lease(book, key, lease);
    if (place != NULL && place->entry->kept.due_s < due_s)
        place->entry->kept.due_s = due_s;
    pthread_mutex_unlock(&book->mutex);
}

/* --- waiting --- */

static void look(struct credential_question *question)
{
    question->turn = credential_book_enter(question->book, &question->search, question->arena, question->kept);
    if (question->turn == CREDENTIAL_BUSY && ++question->looked < BUSY_LOOKS) {
        loop_timer_start(loop_current(), &question->timer, BUSY_MS);
        return;
    }
    if (question->turn == CREDENTIAL_BUSY)
        question->turn = CREDENTIAL_FULL;
    flow_wait_done(&question->wait);
}

static void look_again(struct loop_timer *timer)
{
    look((struct credential_question *)((char *)timer - offsetof(struct credential_question, timer)));
}

void credential_book_ask(struct credential_question *question)
{
    question->timer.run = look_again;
    look(question);
}

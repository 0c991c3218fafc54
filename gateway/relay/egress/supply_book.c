/* A table under one lock: what it guards is short, and credentials of programs are few. A place whose supply
 * has ended is taken by the next; where all are in use, nothing is made: what nobody remembers could not be
 * shared. */
#include "supply_book.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

enum { LOOKED_AT = 8, BUSY_MS = 10, BUSY_LOOKS = 3000 };

struct place {
    unsigned char key[DIGEST_SIZE];
    bool is_used, is_being_made;
    struct secret *credential; /* NULL: made anew for each call */
    struct arena *arena;       /* of the rest */
    struct supply supply;
};

struct supply_book {
    pthread_mutex_t mutex;
    size_t count;
    struct place places[];
};

struct supply_book *supply_book_create(size_t limit)
{
    struct supply_book *book = calloc(1, sizeof(*book) + limit * sizeof(book->places[0]));
    INVARIANT(book != NULL && limit >= LOOKED_AT);
    pthread_mutex_init(&book->mutex, NULL);
    book->count = limit;
    return book;
}

static void empty(struct place *place)
{
    secret_destroy(place->credential);
    arena_destroy(place->arena);
    *place = (struct place){0};
}

void supply_book_destroy(struct supply_book *book)
{
    if (book == NULL)
        return;
    for (size_t i = 0; i < book->count; i++)
        empty(&book->places[i]);
    pthread_mutex_destroy(&book->mutex);
    free(book);
}

/* The nth place where this key may be: a few beside each other. */
static struct place *place_at(struct supply_book *book, const unsigned char key[DIGEST_SIZE], size_t nth)
{
    uint64_t first;
    memcpy(&first, key, sizeof(first));
    return &book->places[(first + nth) % book->count];
}

static struct place *find(struct supply_book *book, const unsigned char key[DIGEST_SIZE])
{
    for (size_t i = 0; i < LOOKED_AT; i++) {
        struct place *place = place_at(book, key, i);
        if (place->is_used && memcmp(place->key, key, DIGEST_SIZE) == 0)
            return place;
    }
    return NULL;
}

/* One that is free, or whose supply has ended. */
static struct place *take_place(struct supply_book *book, const unsigned char key[DIGEST_SIZE], int64_t until_s)
{
    for (size_t i = 0; i < LOOKED_AT; i++) {
        struct place *place = place_at(book, key, i);
        if (place->is_being_made || (place->is_used && place->supply.expires_at_s >= until_s))
            continue;
        empty(place);
        return place;
    }
    return NULL;
}

static void copy_out(const struct place *place, struct arena *arena, struct supply *supply)
{
    const struct supply *kept = &place->supply;
    *supply = *kept;
    if (place->credential != NULL)
        supply->credential = arena_copy(arena, (struct text){(const char *)secret_bytes(place->credential),
                                                             secret_length(place->credential)});
    supply->presentation.header = arena_copy(arena, kept->presentation.header);
    supply->presentation.scheme = arena_copy(arena, kept->presentation.scheme);
    supply->fingerprint = arena_copy(arena, kept->fingerprint);
    supply->lease = arena_copy(arena, kept->lease);
}

enum supply_turn supply_book_enter(struct supply_book *book, const unsigned char key[DIGEST_SIZE],
                                   int64_t until_s, struct text refused, struct arena *arena,
                                   struct supply *supply)
{
    enum supply_turn turn = SUPPLY_TURN;
    pthread_mutex_lock(&book->mutex);
    struct place *place = find(book, key);
    if (place != NULL && place->is_being_made) {
        turn = SUPPLY_BUSY;
    } else if (place != NULL && place->supply.expires_at_s >= until_s &&
               !text_equal(place->supply.lease, refused)) {
        copy_out(place, arena, supply);
        turn = SUPPLY_FOUND;
    } else {
        if (place == NULL)
            place = take_place(book, key, until_s);
        else
            empty(place);
        if (place != NULL) {
            memcpy(place->key, key, DIGEST_SIZE);
            place->is_used = place->is_being_made = true;
        } else {
            turn = SUPPLY_FULL;
        }
    }
    pthread_mutex_unlock(&book->mutex);
    return turn;
}

void supply_book_keep(struct supply_book *book, const unsigned char key[DIGEST_SIZE],
                      const struct supply *supply)
{
    pthread_mutex_lock(&book->mutex);
    struct place *place = find(book, key);
    INVARIANT(place != NULL && place->is_being_made);
    place->is_being_made = false;
    place->arena = arena_create();
    if (supply->credential.length != 0)
        place->credential = secret_create(supply->credential.base, supply->credential.length);
    place->supply = (struct supply){
        .presentation = {arena_copy(place->arena, supply->presentation.header),
                         arena_copy(place->arena, supply->presentation.scheme)},
        .fingerprint = arena_copy(place->arena, supply->fingerprint),
        .lease = arena_copy(place->arena, supply->lease),
        .expires_at_s = supply->expires_at_s,
        .is_replacement = supply->is_replacement,
    };
    pthread_mutex_unlock(&book->mutex);
}

void supply_book_give_up(struct supply_book *book, const unsigned char key[DIGEST_SIZE])
{
    pthread_mutex_lock(&book->mutex);
    struct place *place = find(book, key);
    INVARIANT(place != NULL && place->is_being_made);
    empty(place);
    pthread_mutex_unlock(&book->mutex);
}

static void look(struct supply_question *question)
{
    question->turn = supply_book_enter(question->book, question->key, question->until_s, question->refused,
                                       question->arena, question->supply);
    if (question->turn == SUPPLY_BUSY && ++question->looked < BUSY_LOOKS) {
        loop_timer_start(loop_current(), &question->timer, BUSY_MS);
        return;
    }
    if (question->turn == SUPPLY_BUSY)
        question->turn = SUPPLY_FULL;
    flow_wait_done(&question->wait);
}

static void look_again(struct loop_timer *timer)
{
    look((struct supply_question *)((char *)timer - offsetof(struct supply_question, timer)));
}

void supply_book_ask(struct supply_question *question)
{
    question->timer.run = look_again;
    look(question);
}

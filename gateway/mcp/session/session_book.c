/* Sets of eight places under one lock, held for a look-up and a copy; a key is as good as random, so sets fill
 * evenly, and whoever fills one drives out what the store still has. */
#include "session_book.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { PLACES = 8, KEY_LENGTH = SESSION_KEY_SIZE - 1 };

struct place {
    char key[KEY_LENGTH];
    char *texts; /* lease and upstream id, one behind the other; NULL: free */
    size_t lease, upstream_id;
    unsigned char owner[DIGEST_SIZE];
    int64_t opened_at_s, expires_at_s, used_at_s;
};

/* How many sessions there are of owners whose digests begin alike: few mean that there are few of each. */
enum { BEGINNINGS = 65536 };

struct session_book {
    pthread_mutex_t mutex;
    size_t set_count;
    unsigned alike[BEGINNINGS];
    struct place places[];
};

struct session_book *session_book_create(size_t limit)
{
    INVARIANT(limit >= PLACES && (limit & (limit - 1)) == 0);
    struct session_book *book = calloc(1, sizeof(*book) + limit * sizeof(book->places[0]));
    INVARIANT(book != NULL && pthread_mutex_init(&book->mutex, NULL) == 0);
    book->set_count = limit / PLACES;
    return book;
}

static unsigned *alike(struct session_book *book, const unsigned char owner[DIGEST_SIZE])
{
    return &book->alike[owner[0] * 256 + owner[1]];
}

static void empty(struct session_book *book, struct place *place)
{
    if (place->texts != NULL) {
        secret_wipe(place->texts, place->lease + place->upstream_id);
        --*alike(book, place->owner);
    }
    free(place->texts);
    *place = (struct place){0};
}

void session_book_destroy(struct session_book *book)
{
    if (book == NULL)
        return;
    for (size_t i = 0; i < book->set_count * PLACES; i++)
        empty(book, &book->places[i]);
    pthread_mutex_destroy(&book->mutex);
    free(book);
}

/* A key is hexadecimal: its first eight digits choose the set. */
static struct place *set_of(struct session_book *book, struct text key)
{
    INVARIANT(key.length == KEY_LENGTH);
    size_t number = 0;
    for (size_t i = 0; i < 8; i++)
        number = number * 16 + (size_t)text_hexadecimal_value(key.base[i]);
    return &book->places[(number & (book->set_count - 1)) * PLACES];
}

static struct place *find(struct session_book *book, struct text key)
{
    struct place *set = set_of(book, key);
    for (size_t i = 0; i < PLACES; i++)
        if (set[i].texts != NULL && memcmp(set[i].key, key.base, KEY_LENGTH) == 0)
            return &set[i];
    return NULL;
}

static struct text copy(struct arena *arena, const char *base, size_t length)
{
    return length == 0 ? TEXT_NONE : arena_copy(arena, (struct text){base, length});
}

static void read_place(const struct place *place, struct arena *arena, struct session_facts *facts)
{
    const char *texts = place->texts;
    *facts = (struct session_facts){.lease = copy(arena, texts, place->lease),
                                    .upstream_id = copy(arena, texts + place->lease, place->upstream_id),
                                    .opened_at_s = place->opened_at_s,
                                    .expires_at_s = place->expires_at_s};
    memcpy(facts->owner, place->owner, DIGEST_SIZE);
}

bool session_book_find(struct session_book *book, struct text key, struct arena *arena,
                       struct session_facts *facts, int64_t *used_at_s)
{
    pthread_mutex_lock(&book->mutex);
    const struct place *place = find(book, key);
    if (place != NULL) {
        read_place(place, arena, facts);
        *used_at_s = place->used_at_s;
    }
    pthread_mutex_unlock(&book->mutex);
    return place != NULL;
}

static struct place *choose(struct session_book *book, struct text key)
{
    struct place *chosen = find(book, key), *set = set_of(book, key);
    for (size_t i = 0; i < PLACES && chosen == NULL; i++)
        if (set[i].texts == NULL)
            return &set[i];
    if (chosen != NULL)
        return chosen;
    chosen = set;
    for (size_t i = 1; i < PLACES; i++)
        if (set[i].used_at_s < chosen->used_at_s)
            chosen = &set[i];
    return chosen;
}

static char *append(char *end, struct text text)
{
    if (text.length != 0)
        memcpy(end, text.base, text.length);
    return end + text.length;
}

void session_book_keep(struct session_book *book, struct text key, const struct session_facts *facts,
                       int64_t used_at_s)
{
    pthread_mutex_lock(&book->mutex);
    struct place *place = choose(book, key);
    empty(book, place);
    memcpy(place->key, key.base, KEY_LENGTH);
    place->lease = facts->lease.length;
    place->upstream_id = facts->upstream_id.length;
    place->texts = malloc(place->lease + place->upstream_id + 1);
    INVARIANT(place->texts != NULL);
    append(append(place->texts, facts->lease), facts->upstream_id);
    memcpy(place->owner, facts->owner, DIGEST_SIZE);
    ++*alike(book, place->owner);
    place->opened_at_s = facts->opened_at_s;
    place->expires_at_s = facts->expires_at_s;
    place->used_at_s = used_at_s;
    pthread_mutex_unlock(&book->mutex);
}

void session_book_touch(struct session_book *book, struct text key, int64_t now_s)
{
    pthread_mutex_lock(&book->mutex);
    struct place *place = find(book, key);
    if (place != NULL && place->used_at_s < now_s)
        place->used_at_s = now_s;
    pthread_mutex_unlock(&book->mutex);
}

static bool is_live(const struct place *place, int64_t now_s, int64_t idle_s)
{
    return place->texts != NULL && place->expires_at_s > now_s && now_s - place->used_at_s <= idle_s;
}

/* All places are looked at only for who may have many. */
size_t session_book_count(struct session_book *book, const unsigned char owner[DIGEST_SIZE], int64_t now_s,
                          int64_t idle_s)
{
    enum { FEW = 64 };
    pthread_mutex_lock(&book->mutex);
    size_t count = *alike(book, owner);
    if (count > FEW) {
        count = 0;
        for (size_t i = 0; i < book->set_count * PLACES; i++)
            if (is_live(&book->places[i], now_s, idle_s) &&
                memcmp(book->places[i].owner, owner, DIGEST_SIZE) == 0)
                count++;
    }
    pthread_mutex_unlock(&book->mutex);
    return count;
}

void session_book_forget(struct session_book *book, struct text key)
{
    pthread_mutex_lock(&book->mutex);
    struct place *place = find(book, key);
    if (place != NULL)
        empty(book, place);
    pthread_mutex_unlock(&book->mutex);
}

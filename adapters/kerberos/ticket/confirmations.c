/* A name cannot be guessed and is not used again, so that no context is taken for another. An account that has
 * its share of the places gives up its own oldest: whoever calls for one, and whatever the service answers,
 * takes no answer from another. */
#include "confirmations.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "account_name.h"
#include "base/digest.h"
#include "base/random.h"

enum { NAME_LENGTH = 2 * DIGEST_SIZE };

struct place {
    char name[NAME_LENGTH + 1]; /* empty: free */
    struct text account;        /* its bytes follow */
    char account_bytes[ACCOUNT_NAME_MAX];
    uint64_t number; /* the lower, the longer it waits */
    struct delegation_context context;
};

struct confirmations {
    pthread_mutex_t mutex;
    size_t limit, share;
    uint64_t added;
    struct place places[];
};

struct confirmations *confirmations_open(size_t limit, size_t share)
{
    struct confirmations *confirmations = calloc(1, sizeof(*confirmations) + limit * sizeof(struct place));
    INVARIANT(confirmations != NULL && limit != 0 && share != 0);
    confirmations->limit = limit;
    confirmations->share = share;
    INVARIANT(pthread_mutex_init(&confirmations->mutex, NULL) == 0);
    return confirmations;
}

void confirmations_close(struct confirmations *confirmations)
{
    if (confirmations == NULL)
        return;
    for (size_t i = 0; i < confirmations->limit; i++)
        delegation_abandon(&confirmations->places[i].context);
    pthread_mutex_destroy(&confirmations->mutex);
    free(confirmations);
}

static bool is_free(const struct place *place)
{
    return place->name[0] == '\0';
}

static struct place *older(struct place *one, struct place *other)
{
    return one == NULL || other->number < one->number ? other : one;
}

/* A free one, but for who has its share already; else the one that has waited longest. */
static struct place *choose(struct confirmations *confirmations, struct text account)
{
    struct place *free_one = NULL, *oldest = NULL, *own = NULL;
    size_t own_count = 0;
    for (size_t i = 0; i < confirmations->limit; i++) {
        struct place *place = &confirmations->places[i];
        if (is_free(place)) {
            free_one = place;
            continue;
        }
        oldest = older(oldest, place);
        if (!text_equal(place->account, account))
            continue;
        own = older(own, place);
        own_count++;
    }
    if (own_count >= confirmations->share)
        return own;
    return free_one != NULL ? free_one : oldest;
}

static void put(struct place *place, struct text account, const struct delegation_context *context)
{
    unsigned char bytes[DIGEST_SIZE];
    random_bytes(bytes, sizeof(bytes));
    digest_hex(bytes, place->name);
    INVARIANT(account.length <= sizeof(place->account_bytes));
    memcpy(place->account_bytes, account.base, account.length);
    place->account = (struct text){place->account_bytes, account.length};
    place->context = *context;
}

struct text confirmations_add(struct confirmations *confirmations, struct arena *arena, struct text account,
                              const struct delegation_context *context)
{
    pthread_mutex_lock(&confirmations->mutex);
    struct place *place = choose(confirmations, account);
    struct delegation_context given_up = place->context;
    put(place, account, context);
    place->number = confirmations->added++;
    struct text name = arena_copy(arena, text_of(place->name));
    pthread_mutex_unlock(&confirmations->mutex);
    delegation_abandon(&given_up);
    return name;
}

bool confirmations_take(struct confirmations *confirmations, struct text name,
                        struct delegation_context *context)
{
    bool is_found = false;
    pthread_mutex_lock(&confirmations->mutex);
    for (size_t i = 0; i < confirmations->limit && !is_found; i++) {
        struct place *place = &confirmations->places[i];
        is_found = !is_free(place) && text_is(name, place->name);
        if (!is_found)
            continue;
        *context = place->context;
        *place = (struct place){.number = 0};
    }
    pthread_mutex_unlock(&confirmations->mutex);
    return is_found;
}

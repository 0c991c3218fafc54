/* A ring of places. A name cannot be guessed and is not used again, so that no context is taken for another. */
#include "confirmations.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/random.h"

enum { NAME_LENGTH = 2 * DIGEST_SIZE };

struct place {
    char name[NAME_LENGTH + 1];
    struct delegation_context context; /* all zero: free */
};

struct confirmations {
    pthread_mutex_t mutex;
    size_t limit, next;
    struct place places[];
};

struct confirmations *confirmations_open(size_t limit)
{
    struct confirmations *confirmations = calloc(1, sizeof(*confirmations) + limit * sizeof(struct place));
    INVARIANT(confirmations != NULL && limit != 0);
    confirmations->limit = limit;
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

struct text confirmations_add(struct confirmations *confirmations, struct arena *arena,
                              const struct delegation_context *context)
{
    unsigned char bytes[DIGEST_SIZE];
    random_bytes(bytes, sizeof(bytes));
    pthread_mutex_lock(&confirmations->mutex);
    struct place *place = &confirmations->places[confirmations->next];
    confirmations->next = (confirmations->next + 1) % confirmations->limit;
    struct delegation_context given_up = place->context;
    digest_hex(bytes, place->name);
    place->context = *context;
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
        is_found = place->context.context != GSS_C_NO_CONTEXT && text_is(name, place->name);
        if (!is_found)
            continue;
        *context = place->context;
        place->context = (struct delegation_context){0};
    }
    pthread_mutex_unlock(&confirmations->mutex);
    return is_found;
}

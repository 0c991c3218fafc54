/* A ring of places. A name cannot be guessed and is not used again, so that no context is taken for another. */
#include "confirmations.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/random.h"
#include "delegation.h"

enum { NAME_LENGTH = 2 * DIGEST_SIZE };

struct place {
    char name[NAME_LENGTH + 1];
    gss_ctx_id_t context; /* GSS_C_NO_CONTEXT: free */
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
        delegation_abandon(confirmations->places[i].context);
    pthread_mutex_destroy(&confirmations->mutex);
    free(confirmations);
}

struct text confirmations_add(struct confirmations *confirmations, struct arena *arena, gss_ctx_id_t context)
{
    unsigned char bytes[DIGEST_SIZE];
    random_bytes(bytes, sizeof(bytes));
    pthread_mutex_lock(&confirmations->mutex);
    struct place *place = &confirmations->places[confirmations->next];
    confirmations->next = (confirmations->next + 1) % confirmations->limit;
    gss_ctx_id_t given_up = place->context;
    digest_hex(bytes, place->name);
    place->context = context;
    struct text name = arena_copy(arena, text_of(place->name));
    pthread_mutex_unlock(&confirmations->mutex);
    delegation_abandon(given_up);
    return name;
}

gss_ctx_id_t confirmations_take(struct confirmations *confirmations, struct text name)
{
    gss_ctx_id_t context = GSS_C_NO_CONTEXT;
    pthread_mutex_lock(&confirmations->mutex);
    for (size_t i = 0; i < confirmations->limit && context == GSS_C_NO_CONTEXT; i++) {
        struct place *place = &confirmations->places[i];
        if (place->context == GSS_C_NO_CONTEXT || !text_is(name, place->name))
            continue;
        context = place->context;
        place->context = GSS_C_NO_CONTEXT;
    }
    pthread_mutex_unlock(&confirmations->mutex);
    return context;
}

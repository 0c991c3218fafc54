/* What a person is told of a fault. The sentences of the fault list are for whoever calls an API, but for those
 * about pages; where another fault can reach a person, it has a row here. Not what is recorded, which is the
 * fault itself. Used by person_call.c for every page that refuses. */
#ifndef AUTHORIZATION_REFUSAL_WORDS_H
#define AUTHORIZATION_REFUSAL_WORDS_H

#include "base/arena.h"
#include "base/fault.h"

/* The first: the person can do something about it, or nobody has to. */
enum refusal_help { HELP_NONE, HELP_IF_AGAIN, HELP_NEEDED };

struct refusal_words {
    struct text sentence;
    enum refusal_help help; /* of whoever runs the gateway, or set the service up */
};
struct refusal_words refusal_words_of(enum fault fault);

/* Whom to tell, and with what; TEXT_NONE where nobody is to be told. team: whose the service's document is, or
 * TEXT_NONE. */
struct text refusal_advice(struct arena *arena, enum refusal_help help, struct text team, bool has_reference);

#endif

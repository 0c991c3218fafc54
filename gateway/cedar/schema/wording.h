/* Names in sentences for people: in quotes, safe on a terminal, not too long; and what somebody meant who wrote
 * one that there is not. */
#ifndef CEDAR_SCHEMA_WORDING_H
#define CEDAR_SCHEMA_WORDING_H

#include "base/buffer.h"

/* With quotes around it, escaped as Cedar does. A name of more than 100 bytes is cut short. */
struct text schema_quote(struct arena *arena, struct text name);
/* The same, but an identifier stands for itself. */
void schema_name_print(struct text name, struct buffer *out);

/* Offer everything that could be meant, then take the sentence's end: "; did you mean \"x\"?" or nothing. */
struct schema_guess {
    struct text wanted, best;
    unsigned distance;
};
struct schema_guess schema_guess_start(struct text wanted);
void schema_guess_offer(struct schema_guess *guess, struct text candidate);
struct text schema_guess_text(struct arena *arena, const struct schema_guess *guess);

#endif

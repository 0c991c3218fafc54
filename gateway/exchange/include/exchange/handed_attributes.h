/* Which of a subject's attributes an adapter is handed: those that the Target's document names, and no others.
 * For exchanges, of the token that is shown, and for calls through egress, of the record of the exchange that
 * they stand on. Pure. */
#ifndef EXCHANGE_HANDED_ATTRIBUTES_H
#define EXCHANGE_HANDED_ATTRIBUTES_H

#include "config/text_list.h"
#include "trust/verification.h"

/* An object of texts and arrays of texts, in the order of the names, without those that the subject does not
 * have; NULL where nothing is named. */
const struct json_value *handed_attributes_of(struct arena *arena, const struct text_list *names,
                                              const struct verified_token *subject);
/* The same of an object as above, which may be NULL. */
const struct json_value *handed_attributes_again(struct arena *arena, const struct text_list *names,
                                                 const struct json_value *before);
/* As JSON; TEXT_NONE where there are none. */
struct text handed_attributes_json(struct arena *arena, const struct json_value *attributes);

#endif

/* Somebody as a question names them: {"type", "id", "properties"}. Called by evaluation.c alone. */
#ifndef POLICY_EVALUATION_PARTY_H
#define POLICY_EVALUATION_PARTY_H

#include "policy/facts.h"

/* type and id of an entity of a question; place is "subject" or the like. */
MUST_USE enum fault evaluation_read_name(struct arena *arena, const char *place, const struct json_value *json,
                                         struct text *type, struct text *id, struct text *mistake);
/* proof: of an agent, TEXT_NONE if nothing says it. EVALUATION_MALFORMED and a sentence. */
MUST_USE enum fault evaluation_read_party(struct arena *arena, const char *place, const struct json_value *json,
                                          struct policy_party *party, struct text *proof, struct text *mistake);

#endif

/* Authorization details (RFC 9396): an array of objects, each with the type of what it asks for. What the
 * fields of a type mean is for the target; here an element is taken as a whole or not at all. Pure. */
#ifndef POLICY_AUTHORIZATION_DETAILS_H
#define POLICY_AUTHORIZATION_DETAILS_H

#include "base/arena.h"
#include "json/json_value.h"

enum {
    AUTHORIZATION_DETAILS_BYTES_MAX = 8192,
    AUTHORIZATION_DETAILS_MAX = 64,
    AUTHORIZATION_TYPE_BYTES_MAX = 512
};

/* A parameter's value: strict JSON, at least one element, each well formed (see below).
 * AUTHORIZATION_DETAILS_INVALID. */
MUST_USE enum fault authorization_details_read(struct arena *arena, struct text text,
                                               const struct json_value **details);
/* The same of what is parsed already, a claim, which may be empty. */
bool authorization_details_are_well_formed(const struct json_value *details);

/* The type of the first element that is none of these; TEXT_NONE where all are. */
struct text authorization_details_not_offered(const struct json_value *details, const struct text *types,
                                              size_t count);
/* The type of the first element that equals none of those held (NULL: nothing); TEXT_NONE where all do. Nothing
 * but equality is known to be no wider. */
struct text authorization_details_not_held(const struct json_value *details, const struct json_value *held);
/* Those of these types, in their order; NULL if there are none. */
const struct json_value *authorization_details_of_types(struct arena *arena, const struct json_value *details,
                                                        const struct text *types, size_t count);

#endif

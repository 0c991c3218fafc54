/* An immutable JWK Set, read once, shared by all threads, counted. Keys that are not for verifying signatures
 * here (unknown kty, use "enc", symmetric) are left out; a doubled kid or more than 100 keys refuses the set; a
 * set in which nothing is usable is refused too, so that garbage never replaces a good set. */
#ifndef JOSE_KEY_SET_H
#define JOSE_KEY_SET_H

#include "jose/jwk.h"

struct key_set;

MUST_USE enum fault key_set_read(struct text document, enum algorithm rsa_algorithm, struct key_set **set);
MUST_USE enum fault key_set_from_value(const struct json_value *jwks, enum algorithm rsa_algorithm,
                                       struct key_set **set);
struct key_set *key_set_share(struct key_set *set); /* one more owner */
void key_set_release(struct key_set *set);
size_t key_set_count(const struct key_set *set);
const struct public_key *key_set_at(const struct key_set *set, size_t index);
/* By kid; without a kid in the token, the only key of that algorithm (two are ambiguous: NULL). */
const struct public_key *key_set_find(const struct key_set *set, struct text id, enum algorithm algorithm);

#endif

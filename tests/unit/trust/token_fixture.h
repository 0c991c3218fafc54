/* Keys and tokens of fixture issuers. Tokens are put together here by hand, not by the code under test, so that
 * a header may say anything. */
#ifndef TOKEN_FIXTURE_H
#define TOKEN_FIXTURE_H

#include <openssl/types.h>

#include "base/arena.h"
#include "json/json_value.h"

struct test_key {
    const char *id;
    EVP_PKEY *key; /* P-256 */
};

struct test_key test_key_make(const char *id);
void test_key_dispose(struct test_key *key);
/* {"keys":[...]} of public keys for ES256. */
struct text test_jwks(struct arena *arena, const struct test_key *const *keys, size_t count);

/* Signed with ES256, whatever the header says. */
struct text test_token(struct arena *arena, const struct test_key *key, const char *header,
                       const char *payload);

/* The claim's value as JSON; NULL leaves the claim out. */
struct test_claim {
    const char *name, *value;
};
/* A JSON object of base, with those in changes replaced, added or left out. Both end with a NULL name. */
const char *test_claims(struct arena *arena, const struct test_claim *base, const struct test_claim *changes);

const struct json_value *test_json(struct arena *arena, const char *document);

#endif

/* The key or keys a person verifies with: a JWK or a JWK Set in a file. A file with a private key in it is
 * refused with a sentence: whoever verifies does not need it, and it should not be lying around. */
#ifndef CLI_COMMANDS_PUBLIC_KEYS_H
#define CLI_COMMANDS_PUBLIC_KEYS_H

#include "command.h"
#include "jose/jws.h"
#include "jose/key_set.h"

struct public_keys {
    struct public_key one;
    struct key_set *set;
};

/* From --jwk or --jwks. EXIT_CODE_REFUSED after a complaint. */
enum exit_code public_keys_read(const struct invocation *invocation, enum algorithm algorithm,
                                struct public_keys *keys);
/* The key for this token; NULL when the set has none. A single key is used whatever kid the token names. */
const struct public_key *public_keys_find(const struct public_keys *keys, const struct jws *jws,
                                          enum algorithm algorithm);
void public_keys_dispose(struct public_keys *keys);

#endif

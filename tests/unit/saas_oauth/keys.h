/* Keys for tests of what is signed. */
#ifndef SAAS_OAUTH_TEST_KEYS_H
#define SAAS_OAUTH_TEST_KEYS_H

#include <openssl/evp.h>

#include "base/arena.h"
#include "json/json_value.h"

/* A new P-256 key; *pem: as JSON has it, with its line ends escaped. */
EVP_PKEY *keys_make(struct arena *arena, struct text *pem);
/* A new RSA key of 2048 bits; the same. */
EVP_PKEY *keys_make_rsa(struct arena *arena, struct text *pem);
/* Whether this key signed the token with ES256, or RS256; then header and claims. */
bool keys_verify(struct arena *arena, EVP_PKEY *key, struct text token, const struct json_value **header,
                 const struct json_value **claims);

#endif

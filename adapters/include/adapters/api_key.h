/* What our own API keys look like: "drg_", random digits, and a checksum of both, all of base 62, so that
 * secret scanners find them and a typo is told from a guess without asking anybody. docs/api-keys.md has the
 * regular expression. The key itself is nowhere kept: only its keyed hash is, by which its lease is found. */
#ifndef ADAPTERS_API_KEY_H
#define ADAPTERS_API_KEY_H

#include "keys/seal.h"

/* 32 digits of base 62 are 190 bits; six hold a CRC-32. */
enum { API_KEY_RANDOM_DIGITS = 32, API_KEY_CHECK_DIGITS = 6, API_KEY_LENGTH = 42, API_KEY_SIZE = 43 };
enum { API_KEY_FINGERPRINT_SIZE = 2 * DIGEST_SIZE + 1 };

#define API_KEY_PREFIX     "drg_"
#define API_KEY_TOKEN_TYPE "urn:dragoman:token-type:api-key"

/* A new one, zero-terminated. */
void api_key_make(char key[API_KEY_SIZE]);
/* Whether it says that it is one of ours. */
bool api_key_is_meant(struct text text);
/* Whether it can be one: shape and checksum. */
bool api_key_is_whole(struct text text);
/* Its keyed hash in hexadecimal, zero-terminated. */
void api_key_fingerprint(const struct sealer *sealer, struct text key, char out[API_KEY_FINGERPRINT_SIZE]);

#endif

/* What our own API keys look like: "drg_", the millisecond of issue, random digits, and a checksum of all that,
 * in base 62, so that secret scanners find them and a typo is told from a guess without asking anybody.
 * docs/api-keys.md has the regular expression. The key itself is nowhere kept: only its fingerprint is, by
 * which its lease is found: the millisecond, and a keyed hash. So leases of keys issued one after the other lie
 * side by side in the store, and a commit changes a few pages, not one for each of them. */
#ifndef ADAPTERS_API_KEY_H
#define ADAPTERS_API_KEY_H

#include "keys/seal.h"

/* Eight digits of base 62 hold 47 bits; 32 digits are 190 bits; six hold a CRC-32. */
enum { API_KEY_TIME_DIGITS = 8, API_KEY_RANDOM_DIGITS = 32, API_KEY_CHECK_DIGITS = 6 };
enum { API_KEY_LENGTH = 50, API_KEY_SIZE };
enum { API_KEY_FINGERPRINT_SIZE = 2 * DIGEST_SIZE + 1 };

#define API_KEY_PREFIX     "drg_"
#define API_KEY_TOKEN_TYPE "urn:dragoman:token-type:api-key"

/* A new one, zero-terminated. When it was issued is no secret. */
void api_key_make(int64_t issued_at_ms, char key[API_KEY_SIZE]);
/* Whether it says that it is one of ours. */
bool api_key_is_meant(struct text text);
/* Whether it can be one: shape and checksum. */
bool api_key_is_whole(struct text text);
/* Of a whole one, 64 hexadecimal digits, zero-terminated: twelve of when it was issued, then its keyed hash cut
 * to 208 bits. */
void api_key_fingerprint(const struct sealer *sealer, struct text key, char out[API_KEY_FINGERPRINT_SIZE]);

#endif

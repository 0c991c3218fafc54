/* Signature algorithms by their JOSE names (RFC 7518 section 3.1, RFC 8037, RFC 9864), case-sensitive, nothing
 * symmetric and no "none": what is not in this list does not exist here. */
#ifndef KEYS_ALGORITHM_H
#define KEYS_ALGORITHM_H

#include <openssl/types.h>

#include "base/text.h"

enum algorithm {
    ALGORITHM_NONE_KNOWN = 0,
    ALGORITHM_RS256,
    ALGORITHM_RS384,
    ALGORITHM_RS512,
    ALGORITHM_PS256,
    ALGORITHM_PS384,
    ALGORITHM_PS512,
    ALGORITHM_ES256,
    ALGORITHM_ES384,
    ALGORITHM_ES512,
    ALGORITHM_EDDSA,   /* legacy polymorphic name; with an Ed25519 key only */
    ALGORITHM_ED25519, /* RFC 9864 */
    ALGORITHM_COUNT
};

enum { SIGNATURE_SIZE_MAX = 1024 }; /* RSA-8192 */

enum algorithm algorithm_parse(struct text name); /* ALGORITHM_NONE_KNOWN for anything else */
struct text algorithm_name(enum algorithm algorithm);
/* The same, or the two names of Ed25519, which are one computation (RFC 9864 section 2.2). Nothing is the same
 * as none. */
bool algorithm_is_same(enum algorithm a, enum algorithm b);
/* Whether a key of this kind and size may do this algorithm: curve, key type, RSA 2048 to 8192 bits. */
bool algorithm_fits_key(enum algorithm algorithm, const EVP_PKEY *key);

/* Signature in JOSE form (ECDSA as R||S of exact length, RFC 7518 section 3.4). Per-thread reused contexts
 * inside. False if the algorithm does not fit the key, too. signature has room for SIGNATURE_SIZE_MAX bytes;
 * key is borrowed. */
bool algorithm_sign(enum algorithm algorithm, EVP_PKEY *key, struct text input, unsigned char *signature,
                    size_t *length);
bool algorithm_verify(enum algorithm algorithm, EVP_PKEY *key, struct text input, struct text signature);

#endif

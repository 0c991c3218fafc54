/* The public half of a key as a JSON Web Key (RFC 7517, RFC 7518 section 6, RFC 8037 section 2). Only writing:
 * reading is jose/'s business. Our own JWKS and everything else that shows a key of ours go through here. */
#ifndef KEYS_PUBLIC_JWK_H
#define KEYS_PUBLIC_JWK_H

#include "keys/algorithm.h"
#include "json/json_writer.h"

/* kty and the public members in the order of RFC 7638 section 3.3, then kid, alg, use where given (TEXT_NONE,
 * ALGORITHM_NONE_KNOWN: left out, use with alg). The key is RSA, on a NIST curve or Ed25519. */
void public_jwk_write(struct json_writer *writer, const EVP_PKEY *key, struct text id,
                      enum algorithm algorithm);

#endif

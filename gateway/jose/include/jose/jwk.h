/* JSON Web Keys, both ways (RFC 7517, 7518 section 6, 8037), and their thumbprints (RFC 7638). A key has
 * exactly one algorithm from the moment it is read: the one in "alg", or the only one its kind can do, or for
 * RSA without "alg" the one its owner is configured for. Tokens never choose. The two names of Ed25519 are one
 * algorithm here. */
#ifndef JOSE_JWK_H
#define JOSE_JWK_H

#include "keys/algorithm.h"
#include "json/json_value.h"
#include "json/json_writer.h"

struct public_key {
    struct text id; /* kid; TEXT_NONE if the JWK has none */
    enum algorithm algorithm;
    EVP_PKEY *key; /* owned by whoever owns the struct: public_key_dispose */
    /* Of a key in a key set: no two that this process ever read have the same, not even one key read twice, so
     * that what was found out with one is never believed of another. 0 elsewhere. */
    uint64_t serial;
};

/* Reads one public JWK for verifying. KEY_INVALID for: private members, symmetric keys, a point that is not on
 * its curve, padded or short coordinates, RSA under 2048 bits or with a bad exponent, use other than "sig",
 * key_ops without "verify", alg that does not fit. Texts point into jwk's arena. */
MUST_USE enum fault jwk_read(const struct json_value *jwk, enum algorithm rsa_algorithm,
                             struct public_key *key);
void public_key_dispose(struct public_key *key);

/* A public JWK object: kty and the public members in RFC 7638 order, then kid, alg, use where given. */
void jwk_write(struct json_writer *writer, const EVP_PKEY *key, struct text id, enum algorithm algorithm);
/* base64url(SHA-256(required members in lexical order)); into the arena. KEY_INVALID for a malformed JWK. */
MUST_USE enum fault jwk_thumbprint(struct arena *arena, const struct json_value *jwk, struct text *thumbprint);

#endif

/* What the tests of tokens share: keys, JWKs, and tokens with any header at all, signed or not. */
#ifndef TOKEN_FIXTURE_H
#define TOKEN_FIXTURE_H

#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "jose/jws.h"

/* A key pair for each algorithm, made once per program; RSA algorithms share one, both names of Ed25519 too. */
EVP_PKEY *fixture_key(enum algorithm algorithm);
EVP_PKEY *fixture_other_key(enum algorithm algorithm); /* of the same kind */

/* An arena as *state, and its end. */
int fixture_begin(void **state);
int fixture_end(void **state);
struct arena *fixture_arena(void **state);

const struct json_value *fixture_json(struct arena *arena, const char *text);
/* The public JWK of a key as text, zero-terminated. */
struct text fixture_jwk(struct arena *arena, const EVP_PKEY *key, const char *id, enum algorithm algorithm);
/* Read from its JWK, as a verifier has it. */
struct public_key fixture_public_key(struct arena *arena, enum algorithm algorithm);

/* base64url(header) "." base64url(payload), and that with a signature by the key of this algorithm. */
struct text fixture_input(struct arena *arena, const char *header, const char *payload);
struct text fixture_signed(struct arena *arena, enum algorithm algorithm, const char *header,
                           const char *payload);
struct text fixture_with_signature(struct arena *arena, struct text input, const void *signature,
                                   size_t length);

/* Parses and, where that works, verifies: what a verifier with this key says to this token. */
enum fault fixture_judge(struct arena *arena, struct text token, const struct public_key *key);

#endif

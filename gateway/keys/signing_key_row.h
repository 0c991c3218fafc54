/* One signing key of ours between its row in the store and its place in the ring: made, sealed, opened,
 * checked. Private to keys/; the ring and the rotation call it. */
#ifndef KEYS_SIGNING_KEY_ROW_H
#define KEYS_SIGNING_KEY_ROW_H

#include "keys/key_ring.h"

/* A new key (RSA: 2048 bits, which takes about 100 ms) as a row, all in the arena. KEY_UNAVAILABLE if OpenSSL
 * fails. */
MUST_USE enum fault signing_key_row_make(const struct sealer *sealer, struct arena *arena,
                                         enum algorithm algorithm, int64_t now_s, int64_t activate_at_s,
                                         struct store_key *row);
/* Into the arena; the EVP_PKEY becomes the caller's. opened: the same key opened before, shared instead of
 * opening it again, or NULL. SEAL_BROKEN; KEY_INVALID if what opens is not the key its id and algorithm say. */
MUST_USE enum fault signing_key_row_open(const struct sealer *sealer, struct arena *arena,
                                         const struct store_key *row, EVP_PKEY *opened, int64_t now_s,
                                         struct signing_key *key);
/* In the arena: base64url SHA-256 of the SubjectPublicKeyInfo; the public half, as it is published. */
struct text signing_key_id(struct arena *arena, const EVP_PKEY *key);
struct text signing_key_public_jwk(struct arena *arena, const EVP_PKEY *key, struct text id,
                                   enum algorithm algorithm);
/* A copy whose texts live in the arena. */
struct store_key signing_key_row_copy(struct arena *arena, const struct store_key *row);
bool signing_key_row_is_revoked(const struct store_key *row);
/* Past remove_at: nothing of it is alive any more. */
bool signing_key_row_is_gone(const struct store_key *row, int64_t now_s);
enum signing_key_state signing_key_row_state(const struct store_key *row, int64_t now_s);

#endif

/* Our signing keys. Each has one algorithm and one life: published (in the JWKS, not yet used) -> active (signs) ->
 * retired (verifies until the last thing it signed has expired) -> gone; or revoked (out at once). Loops read an
 * immutable snapshot; a change makes a new one. */
#ifndef KEYS_KEY_RING_H
#define KEYS_KEY_RING_H

#include "base/fault.h"
#include "keys/algorithm.h"
#include "keys/seal.h"
#include "store/store.h"

struct key_ring;

enum signing_key_state { SIGNING_KEY_PUBLISHED, SIGNING_KEY_ACTIVE, SIGNING_KEY_RETIRED, SIGNING_KEY_REVOKED };

struct signing_key {
    struct text id; /* kid: base64url SHA-256 of the SubjectPublicKeyInfo */
    enum algorithm algorithm;
    enum signing_key_state state;
    EVP_PKEY *key;
    struct text public_jwk; /* JSON object with kty, the public members, kid, alg, use */
    int64_t created_at_s, activate_at_s, retire_at_s, remove_at_s, revoked_at_s;
};

struct key_snapshot {
    const struct signing_key *keys;
    size_t count;
};

/* Loads from the store; makes missing keys for each algorithm asked for (the first start). Blocking. */
MUST_USE enum fault key_ring_open(struct store *store, const struct sealer *sealer, const enum algorithm *algorithms,
                                  size_t count, int64_t now_s, struct key_ring **ring, char *detail);
void key_ring_close(struct key_ring *ring);

/* Borrow for one turn of the loop: acquire ... release, from any thread, without waiting. */
const struct key_snapshot *key_ring_acquire(struct key_ring *ring);
void key_ring_release(struct key_ring *ring, const struct key_snapshot *snapshot);
/* In a snapshot: the key that signs this algorithm now, or NULL; the key of this id that may still verify, or NULL. */
const struct signing_key *key_snapshot_signer(const struct key_snapshot *snapshot, enum algorithm algorithm, int64_t now_s);
const struct signing_key *key_snapshot_verifier(const struct key_snapshot *snapshot, struct text id, int64_t now_s);

/* Rotation, as rows to store together with the record of the change; after the commit call key_ring_reload.
 * publish_s: how long a new key is published before it signs; live_s: the longest life of what it signs. */
MUST_USE enum fault key_ring_plan_rotation(struct key_ring *ring, enum algorithm algorithm, int64_t now_s, int64_t publish_s,
                                           int64_t live_s, struct arena *arena, struct store_key **rows, size_t *count);
MUST_USE enum fault key_ring_plan_revocation(struct key_ring *ring, struct text id, int64_t now_s, int64_t publish_s,
                                             struct arena *arena, struct store_key **rows, size_t *count);
/* Takes rows from a STORE_QUERY_KEYS (on any thread) and swaps the snapshot. */
MUST_USE enum fault key_ring_reload(struct key_ring *ring, const struct store_key *rows, size_t count, int64_t now_s);

#endif

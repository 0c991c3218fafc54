/* Our signing keys. Each has one algorithm and one life: published (in the JWKS, not yet used) -> active
 * (signs) -> retired (verifies until the last thing it signed has expired) -> gone; or revoked (out at once).
 * Loops read an immutable snapshot; a change makes a new one. */
#ifndef KEYS_KEY_RING_H
#define KEYS_KEY_RING_H

#include "base/fault.h"
#include "keys/key_files.h"
#include "keys/key_snapshot.h"
#include "keys/key_token.h"
#include "keys/seal.h"
#include "store/store.h"

struct key_ring;

/* Where keys are, besides the store. */
struct key_places {
    struct key_files files;  /* become the ring's in any case */
    struct key_token *token; /* keys are made there; NULL: here. Must outlive the ring */
};

/* Loads from the store and takes those in files (places may be NULL); makes missing keys for each algorithm
 * asked for (the first start), which sign at once. Blocking. detail: STORE_DETAIL_SIZE bytes. The sealer must
 * outlive the ring. */
MUST_USE enum fault key_ring_open(struct store *store, const struct sealer *sealer, struct key_places *places,
                                  const enum algorithm *algorithms, size_t count, int64_t now_s,
                                  struct key_ring **ring, char *detail);
void key_ring_close(struct key_ring *ring);

/* Borrow as long as needed: acquire ... release, from any thread, without waiting. Every snapshot must have
 * been given back before key_ring_close. */
const struct key_snapshot *key_ring_acquire(struct key_ring *ring);
void key_ring_release(struct key_ring *ring, const struct key_snapshot *snapshot);
/* A change of the ring as rows (in the arena), to store together with its turn and the record of the change.
 * Each state of the keys has one turn and so one successor, whoever on whichever gateway planned it: who comes
 * second is told STORE_REPLAYED, and plans anew on what the first one stored. */
struct key_plan {
    struct store_key *rows;
    size_t count;
    struct store_single_use turn;
};

/* Where keys are made in a token, has one of this algorithm made there for a plan; else completes at once and
 * makes none, as a plan makes its own. */
void key_ring_make(struct key_ring *ring, struct key_making *making);
/* After the plan, whatever became of it; also of one that has not begun. */
void key_making_end(struct key_making *making);
/* The algorithm of a key that may still verify; NONE_KNOWN if there is none. */
enum algorithm key_ring_algorithm_of(struct key_ring *ring, struct text id, int64_t now_s);

/* A rotation, with the key of made; after the commit call key_ring_reload. publish_s: how long a new key is
 * published before it signs; live_s: the longest life of what it signs, verifiers' leeway included. Makes a
 * key, which takes a while for RSA. KEY_TOO_MANY, KEY_UNAVAILABLE; KEY_IN_FILE: an operator rotates those. */
MUST_USE enum fault key_ring_plan_rotation(struct key_ring *ring, enum algorithm algorithm, int64_t now_s,
                                           int64_t publish_s, int64_t live_s, const struct key_making *made,
                                           struct arena *arena, struct key_plan *plan);
/* Where files have an algorithm's keys now: what the store has of it retires at once. */
MUST_USE enum fault key_ring_plan_retirement(struct key_ring *ring, enum algorithm algorithm, int64_t now_s,
                                             int64_t live_s, struct arena *arena, struct key_plan *plan);
/* KEY_UNKNOWN for a key that is not there, gone or revoked already. The revoked row loses its private half.
 * Where nothing would sign any more, the next key signs at once, or a new one; where a rotation loses its
 * successor, another one takes its place, published for publish_s first. A key in a file stays out for good. */
MUST_USE enum fault key_ring_plan_revocation(struct key_ring *ring, struct text id, int64_t now_s,
                                             int64_t publish_s, const struct key_making *made,
                                             struct arena *arena, struct key_plan *plan);
/* Takes rows from a STORE_QUERY_KEYS with their revision (on any thread) and swaps the snapshot; keys that were
 * open already are not opened again. SEAL_BROKEN or KEY_INVALID leave the old snapshot. */
MUST_USE enum fault key_ring_reload(struct key_ring *ring, const struct store_key *rows, size_t count,
                                    struct store_counter revision, int64_t now_s);

#endif

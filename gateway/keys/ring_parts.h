/* What the ring and the planning of its rotation share: the ring itself and the slots its snapshots live in.
 * Private to keys/. */
#ifndef KEYS_RING_PARTS_H
#define KEYS_RING_PARTS_H

#include <pthread.h>
#include <stdatomic.h>

#include "keys/key_ring.h"

/* Slots are made at need and freed only with the ring, so that a reader may count himself in on one that has
 * just been replaced; what a slot holds changes only while it is not current and has no readers. */
struct ring_slot {
    struct key_snapshot snapshot;
    const struct store_key *rows; /* as stored, in the order of snapshot.keys; zeroed for those in files */
    struct store_counter revision;
    struct arena *arena; /* NULL: empty */
    atomic_uint readers;
    struct ring_slot *next;
};

struct key_ring {
    const struct sealer *sealer;
    struct key_files files;
    _Atomic(struct ring_slot *) current;
    pthread_mutex_t writing; /* guards slots, never taken by readers */
    struct ring_slot *slots;
};

/* A ring with an empty snapshot. */
struct key_ring *key_ring_create(const struct sealer *sealer);
/* The slot that a snapshot lies in. */
const struct ring_slot *key_ring_slot(const struct key_snapshot *snapshot);
/* The turn of what follows on a revision, to be stored once. */
struct store_single_use key_ring_turn(struct store_counter revision);

#endif

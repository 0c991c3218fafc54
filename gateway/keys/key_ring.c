/* The ring: an immutable snapshot that readers borrow by counting themselves in, and writers that build the
 * next one aside and swap. No reader ever waits. What a rotation is, is key_rotation.c's; what a row is,
 * signing_key_row.c's. */
#include "keys/key_ring.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/digest.h"
#include "ring_parts.h"
#include "signing_key_row.h"

enum { FIRST_TRIES = 8 /* each was lost to another gateway */ };

/* There are a few changes a year, so a turn is kept for good: the end of the year 9999. */
static const int64_t turn_expires_at_s = 253402300799;

static void empty_slot(struct ring_slot *slot)
{
    for (size_t i = 0; i < slot->snapshot.count; i++)
        EVP_PKEY_free(slot->snapshot.keys[i].key);
    arena_destroy(slot->arena);
    slot->arena = NULL;
    slot->rows = NULL;
    slot->revision = (struct store_counter){0};
    slot->snapshot = (struct key_snapshot){0};
}

static struct ring_slot *add_slot(struct key_ring *ring)
{
    struct ring_slot *slot = calloc(1, sizeof(*slot));
    INVARIANT(slot != NULL);
    atomic_init(&slot->readers, 0);
    slot->next = ring->slots;
    ring->slots = slot;
    return slot;
}

struct key_ring *key_ring_create(const struct sealer *sealer)
{
    struct key_ring *ring = calloc(1, sizeof(*ring));
    INVARIANT(ring != NULL && pthread_mutex_init(&ring->writing, NULL) == 0);
    ring->sealer = sealer;
    atomic_init(&ring->current, add_slot(ring));
    return ring;
}

static const struct signing_key *find_key(const struct key_snapshot *snapshot, struct text id)
{
    for (size_t i = 0; i < snapshot->count; i++)
        if (text_equal(snapshot->keys[i].id, id))
            return &snapshot->keys[i];
    return NULL;
}

/* Each key in a file that nobody revoked; the first one of its algorithm signs. */
static void add_files(struct key_ring *ring, struct ring_slot *slot, struct signing_key *keys)
{
    for (size_t i = 0; i < ring->files.count; i++) {
        const struct key_file *file = &ring->files.items[i];
        if (find_key(&slot->snapshot, file->id) != NULL)
            continue;
        bool is_first = !key_snapshot_is_in_files(&slot->snapshot, file->algorithm);
        struct signing_key *key = &keys[slot->snapshot.count++];
        *key = (struct signing_key){.id = arena_copy(slot->arena, file->id),
                                    .algorithm = file->algorithm,
                                    .home = SIGNING_KEY_IN_FILE,
                                    .state = is_first ? SIGNING_KEY_ACTIVE : SIGNING_KEY_PUBLISHED,
                                    .activate_at_s = is_first ? 0 : SIGNING_KEY_WAITS,
                                    .key = file->key};
        INVARIANT(EVP_PKEY_up_ref(file->key) == 1);
        key->public_jwk = signing_key_public_jwk(slot->arena, key->key, key->id, key->algorithm);
    }
}

void key_ring_close(struct key_ring *ring)
{
    if (ring == NULL)
        return;
    for (struct ring_slot *slot = ring->slots, *next; slot != NULL; slot = next) {
        next = slot->next;
        empty_slot(slot);
        free(slot);
    }
    pthread_mutex_destroy(&ring->writing);
    key_files_close(&ring->files);
    free(ring);
}

const struct key_snapshot *key_ring_acquire(struct key_ring *ring)
{
    for (;;) {
        struct ring_slot *slot = atomic_load(&ring->current);
        atomic_fetch_add(&slot->readers, 1);
        /* Still current after counting in: the writer, who looks at the count after swapping, has seen us. */
        if (atomic_load(&ring->current) == slot)
            return &slot->snapshot;
        atomic_fetch_sub(&slot->readers, 1);
    }
}

void key_ring_release(struct key_ring *ring, const struct key_snapshot *snapshot)
{
    (void)ring;
    if (snapshot == NULL)
        return;
    struct ring_slot *slot = (struct ring_slot *)((uintptr_t)snapshot - offsetof(struct ring_slot, snapshot));
    INVARIANT(atomic_fetch_sub(&slot->readers, 1) != 0);
}

const struct ring_slot *key_ring_slot(const struct key_snapshot *snapshot)
{
    return (const struct ring_slot *)((uintptr_t)snapshot - offsetof(struct ring_slot, snapshot));
}

struct store_single_use key_ring_turn(struct store_counter revision)
{
    struct store_single_use turn = {.expires_at_s = turn_expires_at_s};
    char from[64];
    snprintf(from, sizeof(from), "%" PRId64 "/%" PRId64, revision.number, revision.mark);
    const struct text parts[] = {TEXT("signing-keys"), TEXT("after"), text_of(from)};
    digest_parts(parts, sizeof(parts) / sizeof(parts[0]), turn.digest);
    return turn;
}

static enum fault fill_slot(struct key_ring *ring, struct ring_slot *slot, const struct store_key *rows,
                            size_t count, int64_t now_s)
{
    const struct key_snapshot *known = &atomic_load(&ring->current)->snapshot;
    slot->arena = arena_create();
    struct signing_key *keys = ARENA_ARRAY(slot->arena, struct signing_key, count + KEY_FILES_MAX);
    struct store_key *copies = ARENA_ARRAY(slot->arena, struct store_key, count + KEY_FILES_MAX);
    slot->snapshot.keys = keys;
    slot->rows = copies;
    for (size_t i = 0; i < count; i++) {
        if (signing_key_row_is_gone(&rows[i], now_s))
            continue;
        const struct signing_key *before = find_key(known, rows[i].id);
        size_t at = slot->snapshot.count;
        TRY(signing_key_row_open(ring->sealer, slot->arena, &rows[i], before == NULL ? NULL : before->key,
                                 now_s, &keys[at]));
        copies[at] = signing_key_row_copy(slot->arena, &rows[i]);
        slot->snapshot.count++;
    }
    add_files(ring, slot, keys);
    return FAULT_NONE;
}

static struct ring_slot *free_slot(struct key_ring *ring)
{
    struct ring_slot *current = atomic_load(&ring->current);
    for (struct ring_slot *slot = ring->slots; slot != NULL; slot = slot->next)
        if (slot != current && atomic_load(&slot->readers) == 0)
            return slot;
    return add_slot(ring);
}

enum fault key_ring_reload(struct key_ring *ring, const struct store_key *rows, size_t count,
                           struct store_counter revision, int64_t now_s)
{
    pthread_mutex_lock(&ring->writing);
    struct ring_slot *slot = free_slot(ring);
    empty_slot(slot);
    enum fault fault = fill_slot(ring, slot, rows, count, now_s);
    slot->revision = revision;
    if (fault == FAULT_NONE)
        atomic_store(&ring->current, slot);
    /* Keys that nobody reads any more do not wait in memory for the next reload. */
    struct ring_slot *current = atomic_load(&ring->current);
    for (struct ring_slot *old = ring->slots; old != NULL; old = old->next)
        if (old != current && atomic_load(&old->readers) == 0)
            empty_slot(old);
    pthread_mutex_unlock(&ring->writing);
    return fault;
}

static enum fault read_store(struct key_ring *ring, struct store *store, int64_t now_s, char *detail)
{
    SCOPED_ARENA arena = arena_create();
    struct store_query query = {.kind = STORE_QUERY_KEYS, .arena = arena};
    store_find_and_wait(store, &query);
    enum fault fault = query.fault;
    if (fault == FAULT_NONE)
        fault = key_ring_reload(ring, query.keys, query.key_count, query.counters.key_revision, now_s);
    if (fault == FAULT_SEAL_BROKEN)
        snprintf(detail, STORE_DETAIL_SIZE,
                 "the signing keys in the store do not open with this sealing key; use the file they were "
                 "sealed with");
    else if (fault != FAULT_NONE)
        snprintf(detail, STORE_DETAIL_SIZE, "the signing keys cannot be loaded: %s",
                 fault_row(fault)->sentence);
    return fault;
}

/* Each algorithm once, however often it is asked for. */
static bool is_missing(const struct key_snapshot *snapshot, const enum algorithm *algorithms, size_t at,
                       int64_t now_s)
{
    for (size_t i = 0; i < at; i++)
        if (algorithms[i] == algorithms[at])
            return false;
    return key_snapshot_signer(snapshot, algorithms[at], now_s) == NULL;
}

static bool has_all(struct key_ring *ring, const enum algorithm *algorithms, size_t count, int64_t now_s)
{
    const struct key_snapshot *snapshot = &atomic_load(&ring->current)->snapshot;
    for (size_t i = 0; i < count; i++)
        if (is_missing(snapshot, algorithms, i, now_s))
            return false;
    return true;
}

/* Of several gateways that find some missing, one makes them, and the others read them. */
static enum fault make_missing(struct key_ring *ring, struct store *store, const enum algorithm *algorithms,
                               size_t count, int64_t now_s, char *detail)
{
    SCOPED_ARENA arena = arena_create();
    struct store_key *rows = ARENA_ARRAY(arena, struct store_key, count);
    const struct ring_slot *current = atomic_load(&ring->current);
    const struct store_single_use turn = key_ring_turn(current->revision);
    struct store_transaction transaction = {.keys = rows, .single_uses = &turn, .single_use_count = 1};
    for (size_t i = 0; i < count; i++) {
        if (!is_missing(&current->snapshot, algorithms, i, now_s))
            continue;
        struct store_key *row = &rows[transaction.key_count++];
        if (signing_key_row_make(ring->sealer, arena, algorithms[i], now_s, now_s, row) != FAULT_NONE) {
            snprintf(detail, STORE_DETAIL_SIZE, "no signing key could be made for the algorithm \"%.*s\"",
                     TEXT_ARGUMENTS(algorithm_name(algorithms[i])));
            return FAULT_KEY_UNAVAILABLE;
        }
    }
    store_submit_and_wait(store, &transaction);
    if (transaction.fault != FAULT_NONE) {
        snprintf(detail, STORE_DETAIL_SIZE, "new signing keys could not be stored");
        return transaction.fault;
    }
    return read_store(ring, store, now_s, detail);
}

enum fault key_ring_open(struct store *store, const struct sealer *sealer, struct key_files *files,
                         const enum algorithm *algorithms, size_t count, int64_t now_s, struct key_ring **ring,
                         char *detail)
{
    struct key_ring *opened = key_ring_create(sealer);
    if (files != NULL) {
        opened->files = *files;
        *files = (struct key_files){0};
    }
    enum fault fault = read_store(opened, store, now_s, detail);
    for (int i = 0; i < FIRST_TRIES && fault == FAULT_NONE && !has_all(opened, algorithms, count, now_s); i++)
        fault = make_missing(opened, store, algorithms, count, now_s, detail);
    if (fault == FAULT_NONE && !has_all(opened, algorithms, count, now_s)) {
        snprintf(detail, STORE_DETAIL_SIZE, "other gateways keep changing the signing keys; start it again");
        fault = FAULT_STORE_CONFLICT;
    }
    if (fault != FAULT_NONE)
        key_ring_close(opened);
    else
        *ring = opened;
    return fault;
}

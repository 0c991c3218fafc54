/* Plans changes of the ring as rows to store. The rule behind all of them: from now on there is at every moment
 * a key that signs, it was published before it signs where time allows, and a key that signed stays until the
 * last thing it signed has expired. Nothing here writes; nothing happens when a time comes but that the time
 * has come. */
#include <string.h>

#include "ring_parts.h"
#include "signing_key_row.h"

enum {
    LIVE_KEYS_MAX = 16,               /* of one algorithm: every verifier loads them all */
    REVOKED_LISTED_S = 30 * 24 * 3600 /* how long the list of keys still shows a revoked one */
};

struct plan {
    const struct sealer *sealer;
    struct arena *arena;
    int64_t now_s;
    enum algorithm algorithm;
    struct store_counter revision;            /* what it is planned on */
    struct store_key keys[LIVE_KEYS_MAX + 1]; /* of this algorithm, not revoked, not gone */
    bool is_changed[LIVE_KEYS_MAX + 1];
    size_t count;
};

static enum fault plan_begin(struct plan *plan, const struct key_ring *ring,
                             const struct key_snapshot *snapshot)
{
    const struct ring_slot *slot = key_ring_slot(snapshot);
    const struct store_key *rows = slot->rows;
    plan->sealer = ring->sealer;
    plan->revision = slot->revision;
    for (size_t i = 0; i < snapshot->count; i++) {
        const struct signing_key *key = &snapshot->keys[i];
        if (key->algorithm != plan->algorithm || key->home != SIGNING_KEY_IN_STORE ||
            !signing_key_is_listed(key, plan->now_s))
            continue;
        if (plan->count == LIVE_KEYS_MAX)
            return FAULT_KEY_TOO_MANY;
        plan->keys[plan->count++] = signing_key_row_copy(plan->arena, &rows[i]);
    }
    return FAULT_NONE;
}

static enum fault plan_add(struct plan *plan, int64_t activate_at_s)
{
    if (plan->count > LIVE_KEYS_MAX)
        return FAULT_KEY_TOO_MANY;
    TRY(signing_key_row_make(plan->sealer, plan->arena, plan->algorithm, plan->now_s, activate_at_s,
                             &plan->keys[plan->count]));
    plan->is_changed[plan->count++] = true;
    return FAULT_NONE;
}

/* first: a row that goes before those of the plan, or NULL. */
static void plan_end(struct plan *plan, const struct store_key *first, struct key_plan *out)
{
    *out = (struct key_plan){.rows = ARENA_ARRAY(plan->arena, struct store_key, plan->count + 1),
                             .turn = key_ring_turn(plan->revision)};
    if (first != NULL)
        out->rows[out->count++] = *first;
    for (size_t i = 0; i < plan->count; i++) {
        if (!plan->is_changed[i])
            continue;
        plan->keys[i].state = signing_key_state_name(signing_key_row_state(&plan->keys[i], plan->now_s));
        out->rows[out->count++] = plan->keys[i];
    }
}

static bool signs_at(const struct store_key *key, int64_t at_s)
{
    return signing_key_row_state(key, at_s) == SIGNING_KEY_ACTIVE;
}

/* The first moment from now on at which no key signs; INT64_MAX if that never comes. */
static int64_t first_gap(const struct plan *plan)
{
    int64_t at_s = plan->now_s;
    for (bool moved = true; moved;) {
        moved = false;
        for (size_t i = 0; i < plan->count; i++) {
            if (!signs_at(&plan->keys[i], at_s))
                continue;
            if (plan->keys[i].retire_at_s == 0)
                return INT64_MAX;
            at_s = plan->keys[i].retire_at_s;
            moved = true;
        }
    }
    return at_s;
}

/* The key that is published and comes next, or NULL. */
static struct store_key *next_key(struct plan *plan)
{
    struct store_key *next = NULL;
    for (size_t i = 0; i < plan->count; i++) {
        struct store_key *key = &plan->keys[i];
        if (signing_key_row_state(key, plan->now_s) == SIGNING_KEY_PUBLISHED &&
            (next == NULL || key->activate_at_s < next->activate_at_s))
            next = key;
    }
    return next;
}

/* Nobody signs now: the next key at once, however short it was published, or else a new one. */
static enum fault close_gap_now(struct plan *plan)
{
    struct store_key *next = next_key(plan);
    if (next == NULL)
        return plan_add(plan, plan->now_s);
    next->activate_at_s = plan->now_s;
    plan->is_changed[next - plan->keys] = true;
    return FAULT_NONE;
}

/* Whoever was to take over at this moment will not come: another one does, published first, and who would have
 * retired then signs until it can. */
static enum fault close_gap_later(struct plan *plan, int64_t gap_s, int64_t publish_s)
{
    int64_t activate_at_s = gap_s > plan->now_s + publish_s ? gap_s : plan->now_s + publish_s;
    for (size_t i = 0; i < plan->count; i++) {
        if (plan->keys[i].retire_at_s != gap_s)
            continue;
        plan->keys[i].retire_at_s = activate_at_s;
        plan->keys[i].remove_at_s += activate_at_s - gap_s;
        plan->is_changed[i] = true;
    }
    return plan_add(plan, activate_at_s);
}

static enum fault close_gaps(struct plan *plan, int64_t publish_s)
{
    for (int64_t gap_s; (gap_s = first_gap(plan)) != INT64_MAX;) {
        if (gap_s == plan->now_s)
            TRY(close_gap_now(plan));
        else
            TRY(close_gap_later(plan, gap_s, publish_s));
    }
    return FAULT_NONE;
}

static void retire(struct plan *plan, int64_t at_s, int64_t live_s)
{
    for (size_t i = 0; i < plan->count; i++) {
        struct store_key *key = &plan->keys[i];
        if (key->retire_at_s != 0 && key->retire_at_s <= at_s)
            continue;
        key->retire_at_s = at_s;
        key->remove_at_s = at_s + live_s;
        plan->is_changed[i] = true;
    }
}

static enum fault rotate(struct plan *plan, int64_t publish_s, int64_t live_s)
{
    int64_t activate_at_s = first_gap(plan) == plan->now_s ? plan->now_s : plan->now_s + publish_s;
    if (plan->count == LIVE_KEYS_MAX)
        return FAULT_KEY_TOO_MANY;
    retire(plan, activate_at_s, live_s);
    return plan_add(plan, activate_at_s);
}

enum fault key_ring_plan_rotation(struct key_ring *ring, enum algorithm algorithm, int64_t now_s,
                                  int64_t publish_s, int64_t live_s, struct arena *arena, struct key_plan *out)
{
    struct plan plan = {.arena = arena, .now_s = now_s, .algorithm = algorithm};
    const struct key_snapshot *snapshot = key_ring_acquire(ring);
    enum fault fault =
        key_snapshot_is_in_files(snapshot, algorithm) ? FAULT_KEY_IN_FILE : plan_begin(&plan, ring, snapshot);
    key_ring_release(ring, snapshot);
    TRY(fault);
    TRY(rotate(&plan, publish_s, live_s));
    plan_end(&plan, NULL, out);
    return FAULT_NONE;
}

enum fault key_ring_plan_retirement(struct key_ring *ring, enum algorithm algorithm, int64_t now_s,
                                    int64_t live_s, struct arena *arena, struct key_plan *out)
{
    struct plan plan = {.arena = arena, .now_s = now_s, .algorithm = algorithm};
    const struct key_snapshot *snapshot = key_ring_acquire(ring);
    enum fault fault = plan_begin(&plan, ring, snapshot);
    key_ring_release(ring, snapshot);
    TRY(fault);
    retire(&plan, now_s, live_s);
    plan_end(&plan, NULL, out);
    return FAULT_NONE;
}

/* Takes the key out of the plan and makes its last row: the private half goes with it. */
static struct store_key revoke(struct plan *plan, struct text id)
{
    size_t at = 0;
    while (!text_equal(plan->keys[at].id, id))
        at++;
    struct store_key row = plan->keys[at];
    row.state = signing_key_state_name(SIGNING_KEY_REVOKED);
    row.sealed = TEXT_NONE;
    row.retire_at_s = plan->now_s;
    row.remove_at_s = plan->now_s + REVOKED_LISTED_S;
    plan->count--;
    memmove(&plan->keys[at], &plan->keys[at + 1], (plan->count - at) * sizeof(plan->keys[0]));
    return row;
}

/* A file outlives every row but one that is never removed. */
static struct store_key revoke_file(const struct plan *plan, const struct signing_key *key)
{
    return (struct store_key){.id = arena_copy(plan->arena, key->id),
                              .algorithm = algorithm_name(key->algorithm),
                              .state = signing_key_state_name(SIGNING_KEY_REVOKED),
                              .public_jwk = arena_copy(plan->arena, key->public_jwk),
                              .created_at_s = plan->now_s,
                              .retire_at_s = plan->now_s};
}

/* The others in files take over by themselves. */
static bool has_other_file(const struct key_snapshot *snapshot, const struct signing_key *than)
{
    for (size_t i = 0; i < snapshot->count; i++) {
        const struct signing_key *key = &snapshot->keys[i];
        if (key != than && key->home == SIGNING_KEY_IN_FILE && key->algorithm == than->algorithm)
            return true;
    }
    return false;
}

static enum fault plan_revocation(struct plan *plan, const struct key_ring *ring,
                                  const struct key_snapshot *snapshot, struct text id, int64_t publish_s,
                                  struct key_plan *out)
{
    const struct signing_key *key = key_snapshot_verifier(snapshot, id, plan->now_s);
    if (key == NULL)
        return FAULT_KEY_UNKNOWN;
    plan->algorithm = key->algorithm;
    TRY(plan_begin(plan, ring, snapshot));
    bool is_in_file = key->home == SIGNING_KEY_IN_FILE;
    struct store_key revoked = is_in_file ? revoke_file(plan, key) : revoke(plan, id);
    if (is_in_file ? !has_other_file(snapshot, key) : !key_snapshot_is_in_files(snapshot, key->algorithm))
        TRY(close_gaps(plan, publish_s));
    plan_end(plan, &revoked, out);
    return FAULT_NONE;
}

enum fault key_ring_plan_revocation(struct key_ring *ring, struct text id, int64_t now_s, int64_t publish_s,
                                    struct arena *arena, struct key_plan *out)
{
    struct plan plan = {.arena = arena, .now_s = now_s};
    const struct key_snapshot *snapshot = key_ring_acquire(ring);
    enum fault fault = plan_revocation(&plan, ring, snapshot, id, publish_s, out);
    key_ring_release(ring, snapshot);
    return fault;
}

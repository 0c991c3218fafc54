/* Questions about the keys of a snapshot at a time: who signs, who verifies, in which state of its life a key
 * is. The times decide; only a revocation is written into the state. Asked by everything that signs, verifies
 * or lists. */
#include "keys/key_snapshot.h"

enum signing_key_state signing_key_state_at(const struct signing_key *key, int64_t now_s)
{
    if (key->state == SIGNING_KEY_REVOKED)
        return SIGNING_KEY_REVOKED;
    if (key->retire_at_s != 0 && now_s >= key->retire_at_s)
        return SIGNING_KEY_RETIRED;
    return now_s >= key->activate_at_s ? SIGNING_KEY_ACTIVE : SIGNING_KEY_PUBLISHED;
}

bool signing_key_is_listed(const struct signing_key *key, int64_t now_s)
{
    return key->state != SIGNING_KEY_REVOKED && (key->remove_at_s == 0 || now_s < key->remove_at_s);
}

struct text signing_key_state_name(enum signing_key_state state)
{
    static const char *const names[] = {[SIGNING_KEY_PUBLISHED] = "published",
                                        [SIGNING_KEY_ACTIVE] = "active",
                                        [SIGNING_KEY_RETIRED] = "retired",
                                        [SIGNING_KEY_REVOKED] = "revoked"};
    return text_of(names[state]);
}

/* What an operator has put into a file signs, whatever the store has. */
static bool is_newer(const struct signing_key *key, const struct signing_key *than)
{
    if (key->home != than->home)
        return key->home == SIGNING_KEY_IN_FILE;
    if (key->activate_at_s != than->activate_at_s)
        return key->activate_at_s > than->activate_at_s;
    if (key->created_at_s != than->created_at_s)
        return key->created_at_s > than->created_at_s;
    return text_compare(key->id, than->id) > 0;
}

const struct signing_key *key_snapshot_signer(const struct key_snapshot *snapshot, enum algorithm algorithm,
                                              int64_t now_s)
{
    const struct signing_key *newest = NULL, *first = NULL;
    for (size_t i = 0; i < snapshot->count; i++) {
        const struct signing_key *key = &snapshot->keys[i];
        if (key->algorithm != algorithm)
            continue;
        enum signing_key_state state = signing_key_state_at(key, now_s);
        if (state == SIGNING_KEY_ACTIVE && (newest == NULL || is_newer(key, newest)))
            newest = key;
        else if (state == SIGNING_KEY_PUBLISHED && (first == NULL || is_newer(first, key)))
            first = key;
    }
    /* The first key of all is active from the moment it is made. If none is yet, the clock was set back behind
     * them, and the one whose turn it was first is what verifiers have known the longest. */
    return newest != NULL ? newest : first;
}

const struct signing_key *key_snapshot_verifier(const struct key_snapshot *snapshot, struct text id,
                                                int64_t now_s)
{
    for (size_t i = 0; i < snapshot->count; i++)
        if (text_equal(snapshot->keys[i].id, id))
            return signing_key_is_listed(&snapshot->keys[i], now_s) ? &snapshot->keys[i] : NULL;
    return NULL;
}

const struct signing_key *key_snapshot_last(const struct key_snapshot *snapshot, enum algorithm algorithm)
{
    const struct signing_key *last = NULL;
    for (size_t i = 0; i < snapshot->count; i++) {
        const struct signing_key *key = &snapshot->keys[i];
        bool has_successor = key->algorithm != algorithm || key->state == SIGNING_KEY_REVOKED ||
                             key->retire_at_s != 0 || key->home != SIGNING_KEY_IN_STORE;
        if (!has_successor && (last == NULL || is_newer(key, last)))
            last = key;
    }
    return last;
}

bool key_snapshot_is_in_files(const struct key_snapshot *snapshot, enum algorithm algorithm)
{
    for (size_t i = 0; i < snapshot->count; i++)
        if (snapshot->keys[i].home == SIGNING_KEY_IN_FILE && snapshot->keys[i].algorithm == algorithm)
            return true;
    return false;
}

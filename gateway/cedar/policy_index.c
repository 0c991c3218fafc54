/* Policies by what their heads pin. Everything a head can ask of a request is a key: "the principal is this
 * one", "the resource is in that one", "the action is of this type". A policy stands in the bucket of the key
 * that fewest policies share; a request looks up the keys it meets and reads those buckets only, and what else
 * a head asks is then a bit per key. So a decision costs what applies, not what exists. */
#include "policy_index.h"

#include "uid_hash.h"

enum role { PRINCIPAL, ACTION, RESOURCE, ROLE_COUNT };
enum demand { EQUAL, IN, IS, DEMAND_COUNT };
enum { KIND_COUNT = ROLE_COUNT * DEMAND_COUNT, KEY_ALWAYS = 0 };

struct key {
    unsigned kind; /* role and demand */
    uint64_t hash;
    struct cedar_uid uid; /* IS: the type alone */
    size_t policy_count;  /* how many ask for it */
    uint32_t bucket_from, bucket_count;
};

/* What a policy asks: all of required, and one of its actions. KEY_ALWAYS asks nothing. */
struct head {
    uint32_t number; /* of the policy */
    uint32_t required[4];
    uint32_t action_from, action_count; /* in actions */
};

struct cedar_policy_index {
    uint64_t seed;
    struct key *keys;
    size_t key_count;
    uint32_t *slots; /* numbers of keys; a power of two, at most half of them taken; 0: free */
    size_t slot_count;
    size_t kind_counts[KIND_COUNT];
    const struct cedar_policy **policies; /* by number */
    size_t policy_count;
    uint32_t *actions; /* keys */
    /* Bucket by bucket, in the order of the policies: a decision reads a few runs of memory, however many
     * policies there are. */
    struct head *heads;
};

static unsigned kind_of(enum role role, enum demand demand)
{
    return (unsigned)role * DEMAND_COUNT + (unsigned)demand;
}

static uint32_t *slot_of(const struct cedar_policy_index *index, unsigned kind, uint64_t hash,
                         const struct cedar_uid *uid)
{
    size_t mask = index->slot_count - 1;
    for (size_t at = (hash + kind) & mask;; at = (at + 1) & mask) {
        uint32_t *slot = &index->slots[at];
        const struct key *key = &index->keys[*slot];
        if (*slot == 0 || (key->hash == hash && key->kind == kind && cedar_uid_equal(&key->uid, uid)))
            return slot;
    }
}

/* --- making one --- */

static uint32_t intern(struct cedar_policy_index *index, enum role role, enum demand demand,
                       struct cedar_uid uid)
{
    unsigned kind = kind_of(role, demand);
    uint64_t hash = hash_uid(index->seed, &uid);
    uint32_t *slot = slot_of(index, kind, hash, &uid);
    if (*slot == 0) {
        *slot = (uint32_t)index->key_count;
        index->keys[index->key_count++] = (struct key){.kind = kind, .hash = hash, .uid = uid};
        index->kind_counts[kind]++;
    }
    index->keys[*slot].policy_count++;
    return *slot;
}

static void intern_scope(struct cedar_policy_index *index, enum role role, const struct cedar_scope *scope,
                         uint32_t *required)
{
    if (scope->kind == CEDAR_SCOPE_IS || scope->kind == CEDAR_SCOPE_IS_IN)
        *required++ = intern(index, role, IS, (struct cedar_uid){scope->type, TEXT_NONE});
    if (scope->kind == CEDAR_SCOPE_EQUAL)
        *required = intern(index, role, EQUAL, scope->uids[0]);
    if (scope->kind == CEDAR_SCOPE_IN || scope->kind == CEDAR_SCOPE_IS_IN)
        *required = intern(index, role, IN, scope->uids[0]);
}

/* Returns how many there are. */
static uint32_t intern_actions(struct cedar_policy_index *index, const struct cedar_scope *scope,
                               uint32_t *actions)
{
    if (scope->kind == CEDAR_SCOPE_ANY) {
        actions[0] = KEY_ALWAYS;
        return 1;
    }
    for (size_t i = 0; i < scope->uid_count; i++)
        actions[i] = intern(index, ACTION, scope->kind == CEDAR_SCOPE_EQUAL ? EQUAL : IN, scope->uids[i]);
    return (uint32_t)scope->uid_count;
}

static void intern_heads(struct cedar_policy_index *index, struct head *heads)
{
    uint32_t action_count = 0;
    for (size_t i = 0; i < index->policy_count; i++) {
        const struct cedar_policy *policy = index->policies[i];
        struct head *head = &heads[i];
        head->number = (uint32_t)i;
        head->action_from = action_count;
        head->action_count = intern_actions(index, &policy->action, &index->actions[action_count]);
        action_count += head->action_count;
        intern_scope(index, PRINCIPAL, &policy->principal, &head->required[0]);
        intern_scope(index, RESOURCE, &policy->resource, &head->required[2]);
    }
}

/* The keys in whose buckets a policy stands: one, or all of its actions. */
struct place {
    const uint32_t *keys;
    uint32_t count;
};

static struct place place_of(const struct cedar_policy_index *index, const struct head *head)
{
    struct place place = {&index->actions[head->action_from], head->action_count};
    size_t fewest = 0;
    for (uint32_t i = 0; i < place.count; i++)
        fewest += index->keys[place.keys[i]].policy_count;
    for (size_t i = 0; i < sizeof(head->required) / sizeof(head->required[0]); i++) {
        const struct key *key = &index->keys[head->required[i]];
        if (head->required[i] != KEY_ALWAYS && key->policy_count < fewest) {
            fewest = key->policy_count;
            place = (struct place){&head->required[i], 1};
        }
    }
    return place;
}

static void fill_buckets(struct arena *arena, struct cedar_policy_index *index, const struct head *heads)
{
    uint32_t size = 0;
    for (size_t i = 0; i < index->policy_count; i++) {
        struct place place = place_of(index, &heads[i]);
        for (uint32_t j = 0; j < place.count; j++)
            index->keys[place.keys[j]].bucket_count++;
    }
    for (size_t i = 0; i < index->key_count; i++) {
        index->keys[i].bucket_from = size;
        size += index->keys[i].bucket_count;
        index->keys[i].bucket_count = 0;
    }
    index->heads = ARENA_ARRAY(arena, struct head, size);
    for (size_t i = 0; i < index->policy_count; i++) {
        struct place place = place_of(index, &heads[i]);
        for (uint32_t j = 0; j < place.count; j++) {
            struct key *key = &index->keys[place.keys[j]];
            index->heads[key->bucket_from + key->bucket_count++] = heads[i];
        }
    }
}

struct cedar_policy_index *cedar_policy_index_create(struct arena *arena,
                                                     const struct cedar_policy *const *policies, size_t count)
{
    struct cedar_policy_index *index = ARENA_NEW(arena, struct cedar_policy_index);
    index->policies = ARENA_ARRAY(arena, const struct cedar_policy *, count);
    size_t action_count = 0;
    for (size_t i = 0; i < count; i++) {
        INVARIANT(!policies[i]->is_template);
        index->policies[i] = policies[i];
        action_count += policies[i]->action.uid_count + 1;
    }
    size_t key_capacity = 1 + action_count + 4 * count;
    INVARIANT(key_capacity < UINT32_MAX / 4);
    index->seed = hash_seed(index);
    index->policy_count = count;
    index->actions = ARENA_ARRAY(arena, uint32_t, action_count);
    index->keys = ARENA_ARRAY(arena, struct key, key_capacity);
    index->key_count = 1;                         /* KEY_ALWAYS */
    index->keys[KEY_ALWAYS].policy_count = count; /* never better than another */
    for (index->slot_count = 2; index->slot_count < 2 * key_capacity;)
        index->slot_count *= 2;
    index->slots = ARENA_ARRAY(arena, uint32_t, index->slot_count);
    SCOPED_ARENA scratch = arena_create();
    struct head *heads = ARENA_ARRAY(scratch, struct head, count);
    intern_heads(index, heads);
    fill_buckets(arena, index, heads);
    return index;
}

const struct cedar_policy *policy_index_policy(const struct cedar_policy_index *index, uint32_t number)
{
    return index->policies[number];
}

/* --- asking it --- */

/* The keys a request meets: as a list for their buckets, as bits for the heads of what stands in them. */
struct met {
    const struct cedar_policy_index *index;
    uint64_t *bits;
    uint32_t *keys;
    size_t key_count;
    size_t policy_count; /* in the buckets of all of them */
};

static void meet(struct met *met, uint32_t number)
{
    met->bits[number / 64] |= UINT64_C(1) << number % 64;
    met->policy_count += met->index->keys[number].bucket_count;
    if (met->index->keys[number].bucket_count != 0)
        met->keys[met->key_count++] = number;
}

static void meet_key(struct met *met, unsigned kind, uint64_t hash, const struct cedar_uid *uid)
{
    if (met->index->kind_counts[kind] == 0)
        return;
    uint32_t number = *slot_of(met->index, kind, hash, uid);
    if (number != 0)
        meet(met, number);
}

static void meet_role(struct met *met, enum role role, const struct cedar_uid *uid,
                      const struct cedar_entity *entity)
{
    const struct cedar_uid type = {uid->type, TEXT_NONE};
    const uint64_t seed = met->index->seed, hash = hash_uid(seed, uid);
    meet_key(met, kind_of(role, EQUAL), hash, uid);
    meet_key(met, kind_of(role, IN), hash, uid);
    meet_key(met, kind_of(role, IS), hash_uid(seed, &type), &type);
    if (entity == NULL || met->index->kind_counts[kind_of(role, IN)] == 0)
        return;
    for (size_t i = 0; i < entity->ancestor_count; i++)
        meet_key(met, kind_of(role, IN), hash_uid(seed, &entity->ancestors[i]), &entity->ancestors[i]);
}

static void meet_request(struct met *met, const struct cedar_policy_index *index,
                         const struct evaluation *evaluation)
{
    const struct cedar_entity *entities[] = {evaluation->principal, evaluation->action, evaluation->resource};
    size_t most = 1 + KIND_COUNT;
    for (size_t i = 0; i < ROLE_COUNT; i++)
        most += entities[i] == NULL ? 0 : entities[i]->ancestor_count;
    *met = (struct met){.index = index};
    met->bits = ARENA_ARRAY(evaluation->arena, uint64_t, index->key_count / 64 + 1);
    met->keys = ARENA_ARRAY(evaluation->arena, uint32_t, most);
    meet(met, KEY_ALWAYS);
    meet_role(met, PRINCIPAL, &evaluation->request->principal, evaluation->principal);
    meet_role(met, ACTION, &evaluation->request->action, evaluation->action);
    meet_role(met, RESOURCE, &evaluation->request->resource, evaluation->resource);
}

static bool is_met(const struct met *met, uint32_t number)
{
    return (met->bits[number / 64] >> number % 64 & 1) != 0;
}

static bool is_head_met(const struct met *met, const struct head *head)
{
    for (size_t i = 0; i < sizeof(head->required) / sizeof(head->required[0]); i++)
        if (!is_met(met, head->required[i]))
            return false;
    for (uint32_t i = 0; i < head->action_count; i++)
        if (is_met(met, met->index->actions[head->action_from + i]))
            return true;
    return false;
}

static size_t read_buckets(const struct met *met, uint32_t *numbers)
{
    size_t count = 0;
    for (size_t i = 0; i < met->key_count; i++) {
        const struct key *key = &met->index->keys[met->keys[i]];
        const struct head *bucket = &met->index->heads[key->bucket_from];
        for (uint32_t j = 0; j < key->bucket_count; j++)
            if (is_head_met(met, &bucket[j]))
                numbers[count++] = bucket[j].number;
    }
    return count;
}

/* The end of the ascending run that begins at from. */
static size_t run_end(const uint32_t *numbers, size_t count, size_t from)
{
    size_t end = from + 1;
    while (end < count && numbers[end - 1] <= numbers[end])
        end++;
    return end;
}

static void merge(const uint32_t *numbers, size_t from, size_t middle, size_t end, uint32_t *out)
{
    size_t a = from, b = middle;
    while (a < middle || b < end)
        *out++ = b == end || (a < middle && numbers[a] <= numbers[b]) ? numbers[a++] : numbers[b++];
}

/* Every bucket is in order already: runs are merged in pairs until there is one. Returns where it is. */
static uint32_t *sort(uint32_t *numbers, uint32_t *spare, size_t count)
{
    while (count != 0 && run_end(numbers, count, 0) < count) {
        for (size_t from = 0, end; from < count; from = end) {
            size_t middle = run_end(numbers, count, from);
            end = middle < count ? run_end(numbers, count, middle) : middle;
            merge(numbers, from, middle, end, &spare[from]);
        }
        uint32_t *sorted = spare;
        spare = numbers;
        numbers = sorted;
    }
    return numbers;
}

const uint32_t *policy_index_find(const struct cedar_policy_index *index, const struct evaluation *evaluation,
                                  size_t *count)
{
    struct met met;
    meet_request(&met, index, evaluation);
    uint32_t *numbers = ARENA_ARRAY(evaluation->arena, uint32_t, met.policy_count);
    uint32_t *spare = ARENA_ARRAY(evaluation->arena, uint32_t, met.policy_count);
    size_t found = read_buckets(&met, numbers);
    numbers = sort(numbers, spare, found);
    size_t kept = 0; /* an action may be in several of those a policy names */
    for (size_t i = 0; i < found; i++)
        if (kept == 0 || numbers[kept - 1] != numbers[i])
            numbers[kept++] = numbers[i];
    *count = kept;
    return numbers;
}

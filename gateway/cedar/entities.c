/* Layers of entities: one hash table per layer, and the ancestors of each entity as a sorted list, made once
 * when the layer is sealed, so that "in" is a search and no walk. Nothing is copied between layers. */
#include "cedar/entities.h"

#include <stdlib.h>

#include "uid_hash.h"

struct slot {
    uint32_t hash;
    uint32_t number; /* of the entity, from 1; 0: free */
};

struct cedar_entities {
    struct arena *arena;
    const struct cedar_entities *below;
    uint64_t seed; /* the same in all layers, so that a name is hashed once */
    struct cedar_entity *all;
    size_t count, capacity;
    struct slot *slots; /* a power of two, at most half of them taken */
    size_t slot_count;
    bool is_sealed;
};

enum { FIRST_CAPACITY = 8 };

struct cedar_entities *cedar_entities_create(struct arena *arena, const struct cedar_entities *below)
{
    INVARIANT(below == NULL || below->is_sealed);
    struct cedar_entities *entities = ARENA_NEW(arena, struct cedar_entities);
    entities->arena = arena;
    entities->below = below;
    entities->seed = below != NULL ? below->seed : hash_seed(entities);
    return entities;
}

/* The slot of an entity, or the free one where it would be. */
static struct slot *slot_of(const struct cedar_entities *entities, const struct cedar_uid *uid, uint32_t hash)
{
    size_t mask = entities->slot_count - 1;
    for (size_t at = hash & mask;; at = (at + 1) & mask) {
        struct slot *slot = &entities->slots[at];
        if (slot->number == 0)
            return slot;
        if (slot->hash == hash && cedar_uid_equal(&entities->all[slot->number - 1].uid, uid))
            return slot;
    }
}

static struct cedar_entity *find_here(const struct cedar_entities *entities, const struct cedar_uid *uid,
                                      uint32_t hash)
{
    if (entities->count == 0)
        return NULL;
    uint32_t number = slot_of(entities, uid, hash)->number;
    return number == 0 ? NULL : &entities->all[number - 1];
}

static void grow(struct cedar_entities *entities)
{
    size_t capacity = entities->capacity == 0 ? FIRST_CAPACITY : 2 * entities->capacity;
    INVARIANT(capacity <= UINT32_MAX / 2);
    struct cedar_entity *all = ARENA_ARRAY(entities->arena, struct cedar_entity, capacity);
    if (entities->count != 0)
        memcpy(all, entities->all, entities->count * sizeof(*all));
    struct slot *old = entities->slots;
    size_t old_count = entities->slot_count;
    entities->all = all;
    entities->capacity = capacity;
    entities->slot_count = 2 * capacity;
    entities->slots = ARENA_ARRAY(entities->arena, struct slot, entities->slot_count);
    for (size_t i = 0; i < old_count; i++)
        if (old[i].number != 0)
            *slot_of(entities, &all[old[i].number - 1].uid, old[i].hash) = old[i];
}

bool cedar_entities_add(struct cedar_entities *entities, const struct cedar_entity *entity)
{
    INVARIANT(!entities->is_sealed);
    if (entities->count == entities->capacity)
        grow(entities);
    uint32_t hash = (uint32_t)hash_uid(entities->seed, &entity->uid);
    struct slot *slot = slot_of(entities, &entity->uid, hash);
    if (slot->number != 0)
        return false;
    struct cedar_entity *kept = &entities->all[entities->count++];
    *kept = *entity;
    kept->ancestors = NULL;
    kept->ancestor_count = 0;
    *slot = (struct slot){hash, (uint32_t)entities->count};
    return true;
}

static const struct cedar_entity *find_below(const struct cedar_entities *entities, const struct cedar_uid *uid,
                                             uint32_t hash)
{
    for (const struct cedar_entities *layer = entities; layer != NULL; layer = layer->below) {
        const struct cedar_entity *entity = find_here(layer, uid, hash);
        if (entity != NULL)
            return entity;
    }
    return NULL;
}

const struct cedar_entity *cedar_entities_find(const struct cedar_entities *entities,
                                               const struct cedar_uid *uid)
{
    return find_below(entities, uid, (uint32_t)hash_uid(entities->seed, uid));
}

const struct cedar_entity *cedar_entities_all(const struct cedar_entities *entities, size_t *count)
{
    *count = entities->count;
    return entities->all;
}

/* --- ancestors --- */

static int compare_uids(const void *a, const void *b)
{
    return cedar_uid_compare(a, b);
}

/* Most have a handful of ancestors, where calling the library's sort costs more than sorting. */
static void sort_uids(struct cedar_uid *uids, size_t count)
{
    if (count > 16) {
        qsort(uids, count, sizeof(*uids), compare_uids);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        struct cedar_uid uid = uids[i];
        size_t to = i;
        for (; to > 0 && cedar_uid_compare(&uids[to - 1], &uid) > 0; to--)
            uids[to] = uids[to - 1];
        uids[to] = uid;
    }
}

static size_t drop_doubles(struct cedar_uid *uids, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || !cedar_uid_equal(&uids[kept - 1], &uids[i]))
            uids[kept++] = uids[i];
    return kept;
}

static bool has_uid(const struct cedar_uid *uids, size_t count, const struct cedar_uid *uid)
{
    size_t from = 0, to = count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int order = cedar_uid_compare(&uids[middle], uid);
        if (order == 0)
            return true;
        if (order < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return false;
}

bool cedar_entity_has_ancestor(const struct cedar_entity *entity, const struct cedar_uid *ancestor)
{
    return has_uid(entity->ancestors, entity->ancestor_count, ancestor);
}

enum progress { UNTOUCHED, BEGUN, DONE };

/* One entity whose parents are being looked at. */
struct step {
    size_t number; /* in the layer */
    size_t parent; /* the next to look at */
};

struct sealing {
    struct cedar_entities *entities;
    enum progress *progress; /* by number */
    struct step *steps;      /* the way down to where we are: a chain may be longer than the stack is deep */
    size_t step_count;
    struct cedar_uid *gathered; /* room for one entity's ancestors before doubles are dropped */
    size_t capacity;
    size_t left; /* of CEDAR_ANCESTORS_MAX */
};

static struct cedar_uid *make_room(struct sealing *sealing, struct arena *scratch, size_t count, size_t more)
{
    if (count + more > sealing->capacity) {
        sealing->capacity = 2 * (count + more);
        struct cedar_uid *room = ARENA_ARRAY(scratch, struct cedar_uid, sealing->capacity);
        if (count != 0)
            memcpy(room, sealing->gathered, count * sizeof(*room));
        sealing->gathered = room;
    }
    return &sealing->gathered[count];
}

/* Parents and theirs into sealing->gathered, sorted. false: too many. */
static bool gather(struct sealing *sealing, struct arena *scratch, const struct cedar_entity *entity,
                   size_t *gathered)
{
    size_t count = 0;
    for (size_t i = 0; i < entity->parent_count; i++) {
        const struct cedar_entity *parent = cedar_entities_find(sealing->entities, &entity->parents[i]);
        size_t more = 1 + (parent != NULL ? parent->ancestor_count : 0);
        if (more > sealing->left)
            return false;
        sealing->left -= more;
        struct cedar_uid *end = make_room(sealing, scratch, count, more);
        *end = entity->parents[i];
        if (more > 1)
            memcpy(end + 1, parent->ancestors, (more - 1) * sizeof(*end));
        count += more;
    }
    sort_uids(sealing->gathered, count);
    *gathered = drop_doubles(sealing->gathered, count);
    return true;
}

static bool set_ancestors(struct sealing *sealing, struct arena *scratch, struct cedar_entity *entity)
{
    size_t count;
    if (!gather(sealing, scratch, entity, &count))
        return false;
    struct cedar_uid *ancestors = ARENA_ARRAY(sealing->entities->arena, struct cedar_uid, count);
    if (count != 0)
        memcpy(ancestors, sealing->gathered, count * sizeof(*ancestors));
    entity->ancestors = ancestors;
    entity->ancestor_count = count;
    /* The way back to itself may lead through a layer below, which knows another entity of this name. */
    return !cedar_entity_has_ancestor(entity, &entity->uid);
}

static void begin(struct sealing *sealing, size_t number)
{
    sealing->progress[number] = BEGUN;
    sealing->steps[sealing->step_count++] = (struct step){number, 0};
}

/* Parents before children. false: an entity was met on the way from itself, or there are too many. */
static bool seal_from(struct sealing *sealing, struct arena *scratch, size_t number, struct cedar_uid *culprit)
{
    struct cedar_entities *entities = sealing->entities;
    begin(sealing, number);
    while (sealing->step_count != 0) {
        struct step *step = &sealing->steps[sealing->step_count - 1];
        struct cedar_entity *entity = &entities->all[step->number];
        *culprit = entity->uid;
        if (step->parent == entity->parent_count) {
            if (!set_ancestors(sealing, scratch, entity))
                return false;
            sealing->progress[step->number] = DONE;
            sealing->step_count--;
            continue;
        }
        const struct cedar_uid *uid = &entity->parents[step->parent++];
        const struct cedar_entity *parent = find_here(entities, uid, (uint32_t)hash_uid(entities->seed, uid));
        if (parent == NULL)
            continue;
        size_t next = (size_t)(parent - entities->all);
        if (sealing->progress[next] == BEGUN)
            return false;
        if (sealing->progress[next] == UNTOUCHED)
            begin(sealing, next);
    }
    return true;
}

enum fault cedar_entities_seal(struct cedar_entities *entities, struct cedar_uid *culprit)
{
    INVARIANT(!entities->is_sealed);
    SCOPED_ARENA scratch = arena_create();
    struct sealing sealing = {.entities = entities, .left = CEDAR_ANCESTORS_MAX};
    sealing.progress = ARENA_ARRAY(scratch, enum progress, entities->count + 1);
    sealing.steps = ARENA_ARRAY(scratch, struct step, entities->count + 1);
    for (size_t i = 0; i < entities->count; i++)
        if (sealing.progress[i] == UNTOUCHED && !seal_from(&sealing, scratch, i, culprit))
            return FAULT_POLICY_INVALID;
    entities->is_sealed = true;
    return FAULT_NONE;
}

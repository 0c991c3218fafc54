/* Entities: what there is beside the request, with attributes, tags and parents. In layers: what belongs to one
 * request stands on what is the same for all of them, and neither copies the other. */
#ifndef CEDAR_ENTITIES_H
#define CEDAR_ENTITIES_H

#include "base/fault.h"
#include "cedar/value.h"

struct cedar_entity {
    struct cedar_uid uid;
    const struct cedar_record *attributes; /* NULL: none */
    const struct cedar_record *tags;       /* NULL: none */
    const struct cedar_uid *parents;
    size_t parent_count;
    /* Of the parents, theirs, and so on: sorted, each once. Set by cedar_entities_seal. */
    const struct cedar_uid *ancestors;
    size_t ancestor_count;
};

struct cedar_entities;

/* Of all entities of a layer together, each counted once for every parent it is reached by. */
enum { CEDAR_ANCESTORS_MAX = 4 * 1024 * 1024 };

/* below: the layer this one stands on, sealed, or NULL; it must stay as long as this. */
struct cedar_entities *cedar_entities_create(struct arena *arena, const struct cedar_entities *below);
/* Keeps the entity's texts, records and parents as they are. false: there is one of this name in this layer. */
bool cedar_entities_add(struct cedar_entities *entities, const struct cedar_entity *entity);
/* When all are there. POLICY_INVALID where an entity is its own ancestor, or with it there are more ancestors
 * than CEDAR_ANCESTORS_MAX; *culprit is that entity. */
MUST_USE enum fault cedar_entities_seal(struct cedar_entities *entities, struct cedar_uid *culprit);
/* In this layer, else below; NULL: there is none. */
const struct cedar_entity *cedar_entities_find(const struct cedar_entities *entities,
                                               const struct cedar_uid *uid);
/* Whether one that was found is in another, itself not counted. */
bool cedar_entity_has_ancestor(const struct cedar_entity *entity, const struct cedar_uid *ancestor);
/* All of this layer, in the order they were added. */
const struct cedar_entity *cedar_entities_all(const struct cedar_entities *entities, size_t *count);

#endif

/* A schema, compiled: every name looked up, every hierarchy closed. The validator reads it. Immutable. */
#ifndef CEDAR_SCHEMA_MODEL_H
#define CEDAR_SCHEMA_MODEL_H

#include "cedar/schema.h"
#include "schema/schema_types.h"
#include "schema/wording.h"

enum {
    SCHEMA_NAMES_MAX = 4096, /* entity types, and as many actions: hierarchies are bit matrices */
    SCHEMA_ENVIRONMENTS_MAX =
        1000000 /* principal, action and resource together: a policy is checked for each */
};

struct schema_entity {
    struct text name; /* with its namespace */
    size_t index;
    const struct schema_type *type;   /* of a reference to one */
    const struct schema_type *record; /* its attributes */
    const struct schema_type *tags;   /* NULL: it has none */
    const struct text *ids;           /* of an enum; otherwise NULL */
    size_t id_count;
    const unsigned char *ancestors; /* a bit for every entity type it may be in, itself included */
    bool is_nested;                 /* one of this type may have another among its ancestors */
};

struct schema_action {
    struct cedar_uid uid;
    size_t index;
    const struct schema_type *type;
    const struct schema_entity **principals, **resources;
    size_t principal_count, resource_count;
    const struct schema_type *context;
    const unsigned char *ancestors; /* a bit for every action it is in, itself included */
};

struct cedar_schema {
    const struct schema_entity *entities; /* sorted by name */
    size_t entity_count;
    const struct schema_action *actions; /* sorted by uid */
    size_t action_count;
};

static inline bool schema_bit(const unsigned char *bits, size_t index)
{
    return (bits[index / 8] >> (index % 8) & 1) != 0;
}

/* NULL: there is none. */
const struct schema_entity *schema_find_entity(const struct cedar_schema *schema, struct text name);
const struct schema_action *schema_find_action(const struct cedar_schema *schema, const struct cedar_uid *uid);
/* Whether a type is one that actions have: "Action", with a namespace or without. */
bool schema_is_action_type(struct text name);
/* Whether an entity of one type may be in one of the other; both may be types of actions. */
bool schema_may_be_in(const struct cedar_schema *schema, struct text type, struct text ancestor);
/* Whether an id is one that the type allows: any, if it is no enum. */
bool schema_has_id(const struct schema_entity *entity, struct text id);

/* The entity type that was probably meant, as schema_guess_text says it. */
struct text schema_guess_entity(struct arena *arena, const struct cedar_schema *schema, struct text wanted);

#endif

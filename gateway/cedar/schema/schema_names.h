/* What a schema declares, by full name, and what a name in it refers to. Only the schema compiler sees this. */
#ifndef CEDAR_SCHEMA_NAMES_H
#define CEDAR_SCHEMA_NAMES_H

#include "schema/schema_model.h"
#include "schema/schema_written.h"

struct named_entity {
    struct text name;
    const struct written_entity *written;
};

struct named_action {
    struct cedar_uid uid;
    const struct written_action *written;
};

struct named_common {
    struct text name;
    const struct written_common *written;
    const struct schema_type *type; /* NULL until it is asked for */
    bool is_open;                   /* its type is just being made: meeting it again is a cycle */
};

struct schema_names {
    struct arena *arena;
    struct text source;
    struct cedar_mistake *mistake;
    struct named_entity *entities; /* each sorted */
    struct named_action *actions;
    struct named_common *commons;
    size_t entity_count, action_count, common_count;
    unsigned depth;
};

/* Gathers the names; POLICY_INVALID for doubles, reserved names, and one that hides one without namespace. */
MUST_USE enum fault schema_names_gather(struct schema_names *names, const struct written_schema *written);
enum fault schema_names_refuse(const struct schema_names *names, struct cedar_span span, struct text sentence);
/* The name with its namespace; what is qualified, or without namespace, stays as it is. */
struct text schema_full_name(struct arena *arena, struct text space, struct text name);

const struct named_entity *schema_names_entity(const struct schema_names *names, struct text full_name);
struct named_common *schema_names_common(const struct schema_names *names, struct text full_name);
const struct named_action *schema_names_action(const struct schema_names *names, const struct cedar_uid *uid);
/* An entity type that is referred to from a namespace: that of the namespace first. */
MUST_USE enum fault schema_resolve_entity(struct schema_names *names, struct text space,
                                          const struct written_path *path, const struct named_entity **entity);
MUST_USE enum fault schema_resolve_action(struct schema_names *names, struct text space,
                                          const struct written_action_reference *reference,
                                          const struct named_action **action);
MUST_USE enum fault schema_resolve_type(struct schema_names *names, struct text space,
                                        const struct written_type *written, const struct schema_type **type);
/* The same where only a type that is no entity type will do: an action's context. */
MUST_USE enum fault schema_resolve_common(struct schema_names *names, struct text space,
                                          const struct written_type *written, const struct schema_type **type);

#endif

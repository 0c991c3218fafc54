/* A schema as it is written: declarations in lists, names not yet looked up. The schema parser makes it, the
 * schema compiler reads it, nobody else sees it. */
#ifndef CEDAR_SCHEMA_WRITTEN_H
#define CEDAR_SCHEMA_WRITTEN_H

#include "cedar/policy.h"

/* A name, possibly with its namespace: "A::B", without the white space it may have been written with. */
struct written_path {
    struct text text;
    bool is_qualified;
    struct cedar_span span;
    struct written_path *next;
};

enum written_type_kind { WRITTEN_PATH, WRITTEN_SET, WRITTEN_RECORD };

struct written_attribute;

struct written_type {
    enum written_type_kind kind;
    struct cedar_span span;
    struct written_path path;             /* PATH */
    const struct written_type *element;   /* SET */
    struct written_attribute *attributes; /* RECORD */
    size_t attribute_count;
};

struct written_attribute {
    struct text name;
    struct cedar_span span; /* of the name */
    bool is_optional;
    const struct written_type *type;
    struct written_attribute *next;
};

struct written_string {
    struct text text;
    struct cedar_span span;
    struct written_string *next;
};

/* One name of "entity A, B ...": all of them share what follows. */
struct written_entity {
    struct text space, name; /* space: the namespace, empty for none */
    struct cedar_span span;  /* of the name */
    const struct written_path *parents;
    const struct written_type *record, *tags; /* NULL: none */
    const struct written_string *ids;         /* of an enum, which has at least one; otherwise NULL */
    struct written_entity *next;
};

struct written_action_reference {
    struct written_path type; /* empty: Action */
    struct text id;
    struct cedar_span span;
    struct written_action_reference *next;
};

struct written_applies {
    const struct written_path *principals, *resources; /* NULL only while they are being read */
    const struct written_type *context;                /* NULL: an empty record */
};

struct written_action {
    struct text space, id;
    struct cedar_span span;
    const struct written_action_reference *parents;
    const struct written_applies *applies; /* NULL: to nothing */
    struct written_action *next;
};

struct written_common {
    struct text space, name;
    struct cedar_span span;
    const struct written_type *type;
    struct written_common *next;
};

struct written_schema {
    struct written_entity *entities;
    struct written_action *actions;
    struct written_common *commons;
    size_t entity_count, action_count, common_count;
    struct written_path *spaces; /* the named namespaces */
};

/* POLICY_INVALID and one mistake. Names point into the source. */
MUST_USE enum fault schema_written_parse(struct arena *arena, struct text source,
                                         struct written_schema *written, struct cedar_mistake *mistake);

#endif

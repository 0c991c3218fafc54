/* Types, as schemas give them and as expressions have them: what may stand for what, and what two have in
 * common. Strict: a record is no supertype of a longer one, and entities of two types have nothing in common.
 * Cedar language reference, "Policy validation". Immutable, shared freely. */
#ifndef CEDAR_SCHEMA_TYPES_H
#define CEDAR_SCHEMA_TYPES_H

#include "cedar/value.h"

enum schema_type_kind {
    TYPE_TRUE, /* a Bool known to be true */
    TYPE_FALSE,
    TYPE_BOOL,
    TYPE_LONG,
    TYPE_STRING,
    TYPE_SET,    /* element */
    TYPE_RECORD, /* attributes */
    TYPE_ENTITY, /* name: of an entity type or of actions */
    TYPE_DECIMAL,
    TYPE_IPADDR,
    TYPE_DATETIME,
    TYPE_DURATION
};

struct schema_attribute;

struct schema_type {
    enum schema_type_kind kind;
    struct text name;
    const struct schema_type *element;
    const struct schema_attribute *attributes; /* sorted by name */
    size_t attribute_count;
    size_t weight;  /* parts with all there is inside; comparing takes at most as many steps */
    unsigned depth; /* how many types stand inside each other */
};

struct schema_attribute {
    struct text name;
    const struct schema_type *type;
    bool is_required;
};

enum { SCHEMA_TYPE_WEIGHT_MAX = 100000, SCHEMA_TYPE_DEPTH_MAX = 256 };

extern const struct schema_type schema_record_empty;
const struct schema_type *schema_simple_type(enum schema_type_kind kind); /* one without parts */
const struct schema_type *schema_bool(bool value);
const struct schema_type *schema_set_of(struct arena *arena, const struct schema_type *element);
const struct schema_type *schema_entity_of(struct arena *arena, struct text name);
/* Sorts the attributes in place and keeps them. */
const struct schema_type *schema_record_of(struct arena *arena, struct schema_attribute *attributes,
                                           size_t count);
const struct schema_attribute *schema_type_attribute(const struct schema_type *record, struct text name);

bool schema_type_is_bool(const struct schema_type *type);
/* Whether every a is a b. */
bool schema_type_is_subtype(const struct schema_type *a, const struct schema_type *b);
/* The smallest type of which both are; NULL: there is none. */
const struct schema_type *schema_type_join(struct arena *arena, const struct schema_type *a,
                                           const struct schema_type *b);
/* As a schema would write it; a long record as "a record". */
struct text schema_type_text(struct arena *arena, const struct schema_type *type);

#endif

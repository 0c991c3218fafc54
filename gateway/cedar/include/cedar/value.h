/* Cedar values: immutable, in an arena, in one total order, so that equality of sets and records is a walk.
 * Cedar language reference, "Data types". */
#ifndef CEDAR_VALUE_H
#define CEDAR_VALUE_H

#include "base/arena.h"
#include "base/buffer.h"

enum cedar_kind {
    CEDAR_BOOLEAN,
    CEDAR_LONG,
    CEDAR_STRING,
    CEDAR_ENTITY,
    CEDAR_SET,
    CEDAR_RECORD,
    CEDAR_DECIMAL,
    CEDAR_IPADDR,
    CEDAR_DATETIME,
    CEDAR_DURATION
};

/* An entity's name: type is its full path as it is written ("Corp::User"), id any UTF-8. */
struct cedar_uid {
    struct text type, id;
};

struct cedar_value {
    enum cedar_kind kind;
    union {
        bool boolean;
        int64_t integer; /* a long; a decimal in ten-thousandths; a datetime in milliseconds since 1970; a
                          * duration in milliseconds */
        struct text string;
        const struct cedar_uid *entity;
        const struct cedar_set *set;
        const struct cedar_record *record;
        const struct cedar_ipaddr *ipaddr;
    };
};

/* Sorted, without doubles. */
struct cedar_set {
    const struct cedar_value *items;
    size_t count;
};

struct cedar_attribute {
    struct text name;
    struct cedar_value value;
};

/* Sorted by name, each once. */
struct cedar_record {
    const struct cedar_attribute *attributes;
    size_t count;
};

extern const struct cedar_record cedar_record_empty;

static inline struct cedar_value cedar_boolean(bool boolean)
{
    return (struct cedar_value){.kind = CEDAR_BOOLEAN, .boolean = boolean};
}
static inline struct cedar_value cedar_long(int64_t integer)
{
    return (struct cedar_value){.kind = CEDAR_LONG, .integer = integer};
}
static inline struct cedar_value cedar_string(struct text string)
{
    return (struct cedar_value){.kind = CEDAR_STRING, .string = string};
}
static inline struct cedar_value cedar_entity_value(const struct cedar_uid *uid)
{
    return (struct cedar_value){.kind = CEDAR_ENTITY, .entity = uid};
}

/* Sorts items in place, drops doubles, and keeps them: they are the arena's from here on. */
struct cedar_value cedar_set_value(struct arena *arena, struct cedar_value *items, size_t count);
/* The same for attributes. false: a name stands twice, and there is no value. */
bool cedar_record_value(struct arena *arena, struct cedar_attribute *attributes, size_t count,
                        struct cedar_value *value);

/* By type, then by id, byte order: below, equal to or above 0. */
int cedar_uid_compare(const struct cedar_uid *a, const struct cedar_uid *b);
bool cedar_uid_equal(const struct cedar_uid *a, const struct cedar_uid *b);
/* A total order over all values; 0 is Cedar's ==, so values of different kinds are merely different. */
int cedar_value_compare(const struct cedar_value *a, const struct cedar_value *b);
bool cedar_value_equal(const struct cedar_value *a, const struct cedar_value *b);

bool cedar_set_has(const struct cedar_set *set, const struct cedar_value *value);
const struct cedar_value *cedar_record_find(const struct cedar_record *record,
                                            struct text name); /* NULL: none */

/* As Cedar source: "x", User::"a", [1, 2], {a: 1}, ip("::1"). Parsing it gives an equal value. */
void cedar_value_print(const struct cedar_value *value, struct buffer *out);
void cedar_uid_print(const struct cedar_uid *uid, struct buffer *out);
/* A string literal with its quotes and escapes. */
void cedar_string_print(struct text string, struct buffer *out);
void cedar_characters_print(struct text string, struct buffer *out); /* the same without the quotes */
/* The name itself where Cedar takes it without quotes, otherwise as a string. */
void cedar_attribute_name_print(struct text name, struct buffer *out);
bool cedar_is_name(struct text name);              /* letters, digits and underscores; no digit first */
bool cedar_is_reserved(struct text name);          /* true, if, in and so on: a name only of an annotation */
const char *cedar_kind_name(enum cedar_kind kind); /* "long", "set", "ipaddr" */

#endif

/* A parsed JSON document as a small tree in an arena, built by the strict reader, for documents whose shape is
 * not ours: foreign claims, JWK Sets, discovery metadata, records. Immutable once made. */
#ifndef JSON_JSON_VALUE_H
#define JSON_JSON_VALUE_H

#include "base/arena.h"
#include "json/json_reader.h"

/* Hidden from shared libraries: jansson, which libjwt brings along, has functions of these names, and the
 * dynamic linker would hand it ours. */
#pragma GCC visibility push(hidden)

enum json_kind { JSON_NULL, JSON_BOOLEAN, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json_value {
    enum json_kind kind;
    struct text name; /* of a member in its object; TEXT_NONE elsewhere */
    struct text text; /* a string's characters or a number as written; zero-terminated */
    bool boolean;
    unsigned count;                 /* members of an object, elements of an array */
    const struct json_value *first; /* member or element */
    const struct json_value *next;  /* sibling */
};

MUST_USE enum fault json_parse(struct arena *arena, struct text document, const struct json_limits *limits,
                               const struct json_value **value);
/* The same, and what is wrong and where as json_read says it. */
MUST_USE enum fault json_parse_or_say(struct arena *arena, struct text document,
                                      const struct json_limits *limits, const struct json_value **value,
                                      const char **mistake, size_t *offset);

/* A copy that is whole without its original, whatever arena that is in; NULL for NULL. It has no name. */
const struct json_value *json_copy(struct arena *arena, const struct json_value *value);

/* The readers below take NULL for "not there" and answer NULL, TEXT_NONE or false, so that lookups chain. */
const struct json_value *json_member(const struct json_value *object, struct text name);
struct text json_string(const struct json_value *value); /* TEXT_NONE unless a string */
bool json_is_string(const struct json_value *value);
bool json_integer(const struct json_value *value, int64_t *integer); /* no fraction, no exponent, fits */
bool json_is_true(const struct json_value *value);
/* The same of a member by its name; 0 for an integer that is not there. */
struct text json_text_of(const struct json_value *object, const char *name);
int64_t json_integer_of(const struct json_value *object, const char *name);
/* Deep equality; numbers by their spelling, objects whatever their order. Two objects of n members in opposite
 * orders cost n * n name comparisons: one side should be ours. */
bool json_equal(const struct json_value *a, const struct json_value *b);
/* By a path of names parted by '.', where a name with dots is written in double quotes: email,
 * "kubernetes.io".namespace. NULL if a step is missing or the path is malformed. */
const struct json_value *json_at(const struct json_value *value, struct text path);
/* True if json_at can follow this path, so that whoever configures one can be told when it is written. */
bool json_path_is_well_formed(struct text path);

#pragma GCC visibility pop

#endif

/* Where in a JSON document a reader is, so that what is wrong can be said with its place:
 * entities[3].attrs.age. Links of a chain on the stack; a place costs nothing until something is wrong. For
 * this folder alone. */
#ifndef CEDAR_DOCUMENT_PLACE_H
#define CEDAR_DOCUMENT_PLACE_H

#include "base/arena.h"
#include "base/fault.h"
#include "json/json_value.h"

/* One document being read. */
struct document_reading {
    struct arena *arena;
    struct text *mistake; /* the sentence, once something is wrong */
};

struct document_place {
    const struct document_place *outer; /* NULL: the outermost */
    struct text name;                   /* of the member; base NULL for an element of an array */
    size_t index;
};

/* POLICY_INVALID; the sentence is the place, a colon and what is printed. */
MUST_USE enum fault document_refuse(const struct document_reading *reading, const struct document_place *place,
                                    const char *format, ...) __attribute__((format(printf, 3, 4)));
/* "a string", "an object", to say what stands where something else is expected. */
const char *document_kind(const struct json_value *json);
/* A text of the document as a sentence may show it: quoted, escaped, cut when it is long. Zero-terminated. */
const char *document_shown(const struct document_reading *reading, struct text text);
/* POLICY_INVALID for a member whose name is none of these. */
MUST_USE enum fault document_members_known(const struct document_reading *reading,
                                           const struct document_place *place, const struct json_value *object,
                                           const char *const *names, size_t count);

#endif

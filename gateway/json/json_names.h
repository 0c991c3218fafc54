/* The member names seen so far in one document, object by object, to find a name that an object has twice. One
 * table for the whole document, keyed with a secret of this process so that a hostile document cannot make it
 * slow. Called by the reader alone. */
#ifndef JSON_JSON_NAMES_H
#define JSON_JSON_NAMES_H

#include "base/text.h"

enum { JSON_NAMES_SMALL = 128 };

struct json_names {
    uint64_t *slots; /* 0 = empty */
    size_t capacity; /* a power of two */
    size_t count;
    uint64_t small[JSON_NAMES_SMALL]; /* the table of ordinary documents: no allocation */
};

void json_names_start(struct json_names *names);
void json_names_end(struct json_names *names);
/* False if this object has this name already. object: a number that no other object of the document has. */
bool json_names_add(struct json_names *names, uint64_t object, struct text name);

#endif

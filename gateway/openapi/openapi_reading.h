/* One reading of a document: where it is, and what of it was wrong so far. Shared by the files that read its
 * parts. */
#ifndef OPENAPI_OPENAPI_READING_H
#define OPENAPI_OPENAPI_READING_H

#include "openapi/openapi.h"

struct openapi_reading {
    struct arena *arena;   /* of what is made */
    struct arena *scratch; /* of what is gone with the reading */
    const struct json_value *document;
    const struct openapi_reader *reader;
    bool is_3_0; /* whose schemas are a dialect of their own */
    size_t mistakes;
};

/* A value, NULL where there is none, and how to say where it stands. */
struct openapi_spot {
    const struct json_value *value;
    struct text pointer;
};

struct openapi_spot openapi_member(const struct openapi_reading *reading, struct openapi_spot spot,
                                   struct text name);
struct openapi_spot openapi_item(const struct openapi_reading *reading, struct openapi_spot list, size_t index);
void openapi_mistake(struct openapi_reading *reading, struct openapi_spot spot, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* What stands there, or what that refers to, within the document; false after a mistake. A spot without a value
 * stays one. */
bool openapi_resolve(struct openapi_reading *reading, struct openapi_spot *spot);
/* A name in the words of a mistake: bounded and printable. */
struct text openapi_quote(const struct openapi_reading *reading, struct text name);

#endif

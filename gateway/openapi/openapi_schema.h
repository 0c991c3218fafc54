/* Schemas of an OpenAPI document as JSON Schema (draft 2020-12) that stands by itself: what is referred to
 * comes along under $defs, so that schemas may contain themselves. */
#ifndef OPENAPI_OPENAPI_SCHEMA_H
#define OPENAPI_OPENAPI_SCHEMA_H

#include "openapi_reading.h"
#include "json/json_writer.h"

enum { OPENAPI_SCHEMA_DEFINITIONS_MAX = 256 };

struct openapi_schema_definition {
    struct text pointer, name;
};

/* Zeroed before use, but for the first group. */
struct openapi_schema {
    struct openapi_reading *reading;
    struct json_writer *writer;
    size_t bytes_max; /* of what the writer wrote: past that nothing more is */
    bool is_input;    /* what a client sends: without what is only ever answered, and the other way round */

    bool is_too_large;
    struct openapi_schema_definition *definitions;
    size_t count, capacity;
};

/* One schema, where the writer expects a value; {} where there is none. */
void openapi_schema_write(struct openapi_schema *schema, struct openapi_spot spot);
/* The members of one schema alone, in an object that has begun, whatever it refers to at its root. */
void openapi_schema_write_members(struct openapi_schema *schema, struct openapi_spot spot);
/* "$defs" in the schema at the root, with all that was referred to; nothing where nothing was. */
void openapi_schema_write_definitions(struct openapi_schema *schema);

/* Which kinds of values (OPENAPI_STRING ...) it takes, as far as its type says. */
unsigned openapi_schema_kinds(const struct json_value *schema);

#endif

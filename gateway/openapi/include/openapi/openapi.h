/* The operations of an OpenAPI document (3.0 and 3.1) as tools of an MCP server: what each is called, what it
 * says of itself, which scopes it takes, and where its arguments go in a request. Read once, immutable then.
 * Servers, callbacks, webhooks and links of the document are nobody's business here. Pure. */
#ifndef OPENAPI_OPENAPI_H
#define OPENAPI_OPENAPI_H

#include "json/json_value.h"

/* DEFINITION_BYTES: of one tool, as JSON; without room for it the schema of its answer is left out first. */
enum {
    OPENAPI_OPERATIONS_MAX = 256,
    OPENAPI_PARAMETERS_MAX = 64,
    OPENAPI_SCOPES_MAX = 16,
    OPENAPI_NAME_BYTES_MAX = 128,
    OPENAPI_DEFINITION_BYTES_MAX = 64 * 1024,
    OPENAPI_DEFINITIONS_BYTES_MAX = 4 * 1024 * 1024,
    OPENAPI_DEFINITIONS_VALUES_MAX = 200000
};

enum openapi_place { OPENAPI_PATH, OPENAPI_QUERY, OPENAPI_HEADER };

/* Kinds of values, as bits. */
enum {
    OPENAPI_NULL = 1,
    OPENAPI_BOOLEAN = 2,
    OPENAPI_NUMBER = 4,
    OPENAPI_INTEGER = 8,
    OPENAPI_STRING = 16,
    OPENAPI_ARRAY = 32,
    OPENAPI_OBJECT = 64,
    OPENAPI_ANYTHING = 127
};

struct openapi_parameter {
    enum openapi_place place;
    struct text name; /* of the argument; of a header as written in the document, the value's own at that */
    unsigned kinds;   /* what its value may be */
    bool is_required;
    bool is_exploded; /* an array is several members of the query, not one */
};

struct openapi_operation {
    struct text tool;
    struct text method; /* "GET" */
    struct text path;   /* a template: "/orders/{id}" */
    const struct openapi_parameter *parameters;
    size_t parameter_count;
    bool has_body, is_body_required; /* the argument "body" */
    struct text body_type;           /* its media type: JSON of some kind */
    const struct text *scopes;       /* all of them are needed */
    size_t scope_count;
    const struct json_value *definition; /* as an entry of tools/list */
    bool has_output_schema;              /* then an answer that is no object is no answer */
};

struct openapi {
    struct text title, version, description; /* of the document's info; TEXT_NONE where it does not say */
    const struct openapi_operation *operations;
    size_t count;
};

/* Whoever has it read. */
struct openapi_reader {
    /* Whether the tool of this name is wanted: the others are not looked at any further. */
    bool (*wants)(void *context, struct text tool);
    /* pointer: into the document (RFC 6901). All that is wrong is told, up to a bound. */
    void (*mistake)(void *context, struct text pointer, struct text sentence);
    void *context;
};

/* Texts and values are borrowed from the document. NULL after a mistake. */
const struct openapi *openapi_read(struct arena *arena, const struct json_value *document,
                                   const struct openapi_reader *reader);
/* NULL: there is none. */
const struct openapi_operation *openapi_find(const struct openapi *openapi, struct text tool);

#endif

/* The parts of one operation, each read by a file of its own. Called by openapi_read.c. */
#ifndef OPENAPI_OPENAPI_PARTS_H
#define OPENAPI_OPENAPI_PARTS_H

#include "openapi_reading.h"

/* What is kept of a parameter until the tool's definition is written. */
struct openapi_parameter_source {
    struct openapi_spot schema;
    struct text description;
};

/* An operation that is read: what becomes of it, and what its definition is made of. */
struct openapi_draft {
    struct openapi_operation operation;
    struct openapi_spot path_item, spot;
    struct openapi_parameter parameters[OPENAPI_PARAMETERS_MAX];
    struct openapi_parameter_source sources[OPENAPI_PARAMETERS_MAX];
    struct openapi_spot body, output; /* their schemas */
    struct text body_description;
};

/* Those of the path and those of the operation, which come before. What cannot be sent is left out where it may
 * be, and is a mistake where it may not. */
void openapi_read_parameters(struct openapi_reading *reading, struct openapi_draft *draft);
/* The path as a template: every part in braces is a parameter, and the other way round. */
void openapi_check_path(struct openapi_reading *reading, const struct openapi_draft *draft);
/* The request's body and the schema of the answer. */
void openapi_read_bodies(struct openapi_reading *reading, struct openapi_draft *draft);
/* Scopes of the requirements; root: what holds where the operation says nothing. */
void openapi_read_security(struct openapi_reading *reading, struct openapi_spot root,
                           struct openapi_draft *draft);
/* The entry of tools/list. Returns its bytes. */
size_t openapi_write_definition(struct openapi_reading *reading, struct openapi_draft *draft);

#endif

/* The tables as people and editors read them: the field reference of docs/configuration.md and the JSON Schema
 * in schema/documents.schema.json. A test writes both files and fails when they differ from the tables. */
#ifndef CONFIG_CONFIGURATION_MANUAL_H
#define CONFIG_CONFIGURATION_MANUAL_H

#include "base/buffer.h"

/* A section per kind with a row per field. */
void configuration_manual_markdown(struct buffer *out);
/* A JSON Schema (2020-12) of one document, indented. */
void configuration_manual_schema(struct buffer *out);

#endif

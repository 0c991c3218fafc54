/* The tables as people and editors read them: docs/reference/settings.md and documents.md, and the JSON
 * Schema in schema/documents.schema.json. A test writes these files and fails when they differ from the tables.
 */
#ifndef CONFIG_CONFIGURATION_MANUAL_H
#define CONFIG_CONFIGURATION_MANUAL_H

#include "base/buffer.h"

/* A row per field of kind: Gateway. */
void configuration_manual_settings(struct buffer *out);
/* A section for each other kind. */
void configuration_manual_documents(struct buffer *out);
/* A JSON Schema (2020-12) of one document, indented. */
void configuration_manual_schema(struct buffer *out);

#endif

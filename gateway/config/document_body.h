/* A document as it was written, as canonical JSON to be stored and compared, and back as YAML to be read. */
#ifndef CONFIG_DOCUMENT_BODY_H
#define CONFIG_DOCUMENT_BODY_H

#include "tree.h"

/* A part of it for the JSON room; broken parts become null. */
const struct json_value *document_body_value(struct arena *arena, const struct tree_node *node);
/* Members in the order written, numbers as spelled, no white space. */
struct text document_body_of(struct arena *arena, const struct tree_node *root);

#endif

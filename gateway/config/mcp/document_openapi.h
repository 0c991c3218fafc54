/* spec.mcp.openapi of a Target: where the OpenAPI document comes from, and where in it something is wrong. What
 * it means is the openapi room's. Called by the binder's rules and by documents.c. */
#ifndef CONFIG_DOCUMENT_OPENAPI_H
#define CONFIG_DOCUMENT_OPENAPI_H

#include "tree.h"

/* Once the fields are read: reads the file, compiles the document, makes a rule for each of its tools. */
void document_openapi_complete(struct documents *documents, struct document *document);
/* The document with the OpenAPI document where it named that one's file: what is stored, sent and compared
 * stands for itself. root itself where there is nothing to put in. */
const struct tree_node *document_openapi_written_out(struct arena *arena, const struct document *document,
                                                     const struct tree_node *root);

#endif

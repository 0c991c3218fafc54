/* What the rules of spec.mcp of a Target and the rest of the documents say about each other. Called by
 * document_rules.c and document_references.c. */
#ifndef CONFIG_DOCUMENT_MCP_H
#define CONFIG_DOCUMENT_MCP_H

#include "config/documents.h"

/* As the rules are written: before document_openapi_complete() makes one for each tool. */
void document_mcp_check_scopes(struct documents *documents, const struct document *target);
/* Once all documents are read. */
void document_mcp_check_reached(struct documents *documents);

#endif

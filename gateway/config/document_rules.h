/* What the fields of one document mean together, beyond what a row can say. Called by the binder when every
 * field has been read; other documents are document_references.c's. */
#ifndef CONFIG_DOCUMENT_RULES_H
#define CONFIG_DOCUMENT_RULES_H

#include "config/documents.h"

/* Fills in what depends on other fields (client_id, keys_source) and adds mistakes. */
void document_rules_check(struct documents *documents, struct document *document);

#endif

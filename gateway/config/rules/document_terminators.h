/* Rules of the Gateway document about what stands in front of it: the listener without TLS, and whom we believe
 * about the client. Called by document_rules.c. */
#ifndef CONFIG_DOCUMENT_TERMINATORS_H
#define CONFIG_DOCUMENT_TERMINATORS_H

#include "config/documents.h"

void document_terminators_check(struct documents *documents, const struct document *document);

#endif

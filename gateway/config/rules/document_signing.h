/* spec.signing of the Gateway: a key signs for longer than its successor is published before. */
#ifndef CONFIG_DOCUMENT_SIGNING_H
#define CONFIG_DOCUMENT_SIGNING_H

#include "config/documents.h"

void document_signing_check(struct documents *documents, const struct document *document);

#endif

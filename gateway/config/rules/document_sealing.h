/* spec.sealing of the Gateway: exactly one way to the key. */
#ifndef CONFIG_DOCUMENT_SEALING_H
#define CONFIG_DOCUMENT_SEALING_H

#include "config/documents.h"

void document_sealing_check(struct documents *documents, const struct document *document);

#endif

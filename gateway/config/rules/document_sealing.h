/* spec.sealing of the Gateway: exactly one way to the key, or its former name. */
#ifndef CONFIG_DOCUMENT_SEALING_H
#define CONFIG_DOCUMENT_SEALING_H

#include "config/documents.h"

/* Brings the former name to its place as well. */
void document_sealing_check(struct documents *documents, struct document *document);

#endif

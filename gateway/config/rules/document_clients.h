/* Rules within one Client document about clients that come by way of a browser: public ones, and classes of
 * those. Called by document_rules.c before the client_id has its default. */
#ifndef CONFIG_DOCUMENT_CLIENTS_H
#define CONFIG_DOCUMENT_CLIENTS_H

#include "config/documents.h"

void document_clients_check(struct documents *documents, const struct document *document);

#endif

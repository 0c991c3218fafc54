/* The second key: every dangerous choice has its word in spec.insecure, and every word its choice. Called by
 * document_rules.c. */
#ifndef CONFIG_SETTINGS_DANGERS_H
#define CONFIG_SETTINGS_DANGERS_H

#include "config/documents.h"

void dangers_check(struct documents *documents, const struct document *document);

#endif

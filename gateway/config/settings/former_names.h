/* Settings that were renamed: what is written by the former name is moved to where it stands today. Called
 * before a mapping is bound or laid over another one. */
#ifndef CONFIG_SETTINGS_FORMER_NAMES_H
#define CONFIG_SETTINGS_FORMER_NAMES_H

#include "document_fields.h"
#include "tree.h"

/* Adds a warning for each, and a mistake where both names are written. spec may be NULL or no mapping. */
void former_names_replace(struct documents *documents, struct text source, const struct field *fields,
                          struct tree_node *spec);

#endif

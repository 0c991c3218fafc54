/* What is laid over the spec of a Gateway document before it is bound: drop-ins, variables of the environment
 * and flags, weakest first. Called by document_binding.c. */
#ifndef CONFIG_SETTINGS_LAYERS_H
#define CONFIG_SETTINGS_LAYERS_H

#include "tree.h"

/* root: the document; folder: of its file, TEXT_NONE where it has none. What is laid over keeps its own places
 * (tree_node.origin). Values and lists are replaced whole, mappings member by member. */
void layers_lay(struct documents *documents, struct text folder, struct tree_node *root);

#endif

/* kind: Policy: where its text comes from, and where in a file each of its lines stands. What the text means is
 * the cedar room's. Called by the binder's rules and by documents.c. */
#ifndef CONFIG_DOCUMENT_POLICY_H
#define CONFIG_DOCUMENT_POLICY_H

#include "tree.h"

/* Whether this is a file of Cedar policies by its ending, and so a document by itself. */
bool document_policy_is_name(struct text name);
/* Whether a text that is in no such file is one of policies all the same, and the line where it begins: as a
 * document it would be refused for reasons that nobody understands. */
bool document_policy_is_text(struct text content, unsigned *line);
/* The document that such a file is, as if it had been written; NULL after adding a mistake. */
struct tree_node *document_policy_tree(struct documents *documents, struct text source, struct text content);
/* Once the fields are read: reads the file, finds the places, adds mistakes. */
void document_policy_complete(struct documents *documents, struct document *document);
/* The document with its text where it named the text's file: what is stored, sent and compared stands for
 * itself. root itself where there is nothing to put in. */
const struct tree_node *document_policy_written_out(struct arena *arena, const struct document *document,
                                                    const struct tree_node *root);

#endif

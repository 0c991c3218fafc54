/* From a tree to one document, by the rows of document_fields.c: every member read, checked and put in its
 * place, every mistake of it reported. Called by documents.c. */
#ifndef CONFIG_DOCUMENT_BINDING_H
#define CONFIG_DOCUMENT_BINDING_H

#include "tree.h"

/* folder is where the document's file lies ("" for the working directory), TEXT_NONE if it came from no file.
 * Mistakes of this document are those added meanwhile; the document then has at least what could be read of its
 * kind and name, and *has_kind says whether that is anything. */
struct document *document_bind(struct documents *documents, struct text source, struct text folder,
                               struct tree_node *root, bool *has_kind);

#endif

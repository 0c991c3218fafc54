/* What is wrong with the bytes or the YAML itself, in words: checks the bytes before libyaml sees them and
 * turns libyaml's own errors into mistakes. Called by tree.c; the bytes are also document_policy.c's to check.
 */
#ifndef CONFIG_TREE_SYNTAX_H
#define CONFIG_TREE_SYNTAX_H

#include "tree.h"

/* Size, UTF-8 and characters that have no place in a text file; false after adding the first mistake. */
bool tree_syntax_check_bytes(struct documents *documents, struct text source, struct text content);
/* Byte order marks and characters that are none (U+FEFF, U+FFFE, U+FFFF). An escape can write them, but what is
 * stored has them as they are, and could not be read again. */
bool tree_syntax_has_mark(struct text text);
/* Adds the mistake that stopped the parser. */
void tree_syntax_explain(struct tree_reader *reader);
/* Its line in the source. */
unsigned tree_syntax_line(const struct tree_reader *reader);

#endif

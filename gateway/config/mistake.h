/* How a mistake is worded and where it is kept. Sentences are for people and for terminals: bounded, printable,
 * one line, and never with the value of a field that may hold a secret. */
#ifndef CONFIG_MISTAKE_H
#define CONFIG_MISTAKE_H

#include "tree.h"

/* The same mistake at the same place is kept once; past DOCUMENTS_MISTAKES_MAX nothing is. */
void mistake_add(struct documents *documents, struct text source, unsigned line, unsigned column,
                 const char *format, ...) __attribute__((format(printf, 5, 6)));

/* The same for what is accepted all the same. */
void mistake_add_warning(struct documents *documents, struct text source, unsigned line, unsigned column,
                         const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Puts the mistakes from this one on in the order of their places, source by source. */
void mistake_sort(struct documents *documents, size_t from);

/* What stands there: "\"fast\"", "number 30", "a list", "nothing". */
struct text mistake_found(struct arena *arena, const struct tree_node *node);
/* A value in quotes, cut to 60 bytes at a character's end, unprintable ones replaced by a word. */
struct text mistake_quote(struct arena *arena, struct text value);
/* "; did you mean \"x\"?" where a known name is near enough, else "; known: a, b, c" while that list is short,
 * else nothing. */
struct text mistake_nearest(struct arena *arena, struct text name, const struct text *known, size_t count);

#endif

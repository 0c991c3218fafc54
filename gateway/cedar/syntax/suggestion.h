/* What was probably meant where something else was written. */
#ifndef CEDAR_SYNTAX_SUGGESTION_H
#define CEDAR_SYNTAX_SUGGESTION_H

#include "base/arena.h"

/* The candidate nearest to a name, ended by NULL; NULL: none is near. */
const char *cedar_nearest(struct text name, const char *const *candidates);
/* A sentence about a sign or word of other languages that Cedar writes differently; TEXT_NONE: it is none. */
struct text cedar_foreign_sign(struct text source, size_t offset);

#endif

/* Which of the known names somebody may have meant: for "did you mean" in messages about documents, settings
 * and the like. */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include "base/arena.h"
#include "base/text.h"

/* Case, '_' and '-' make no difference. TEXT_NONE: none is near enough to be meant. */
struct text nearest_name(struct arena *arena, struct text name, const struct text *known, size_t count);

#endif

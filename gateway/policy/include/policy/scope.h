/* Scopes as sets of space-delimited tokens (RFC 6749 section 3.3): parsing and the only direction they may go,
 * down. */
#ifndef POLICY_SCOPE_H
#define POLICY_SCOPE_H

#include "base/arena.h"
#include "base/fault.h"

enum { SCOPES_MAX = 64, SCOPE_BYTES_MAX = 4096 };

struct scope_set {
    struct text scopes[SCOPES_MAX];
    size_t count; /* in the order given, without doubles */
};

/* SCOPE_MALFORMED for characters outside the grammar, doubled spaces, too many. Empty text is the empty set. */
MUST_USE enum fault scope_set_parse(struct text text, struct scope_set *set);
bool scope_set_has(const struct scope_set *set, struct text scope);
bool scope_set_is_subset(const struct scope_set *inner, const struct scope_set *outer);
/* Those of a that are in b, in a's order. */
void scope_set_intersect(const struct scope_set *a, const struct scope_set *b, struct scope_set *both);
/* As they are written in parameters and claims; TEXT_NONE for none. */
struct text scopes_text(struct arena *arena, const struct text *scopes, size_t count);
struct text scope_set_text(struct arena *arena, const struct scope_set *set);

#endif

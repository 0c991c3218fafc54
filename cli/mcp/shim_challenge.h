/* What a server says with WWW-Authenticate: Bearer (RFC 6750 section 3, RFC 9728 section 5.1). Read leniently:
 * servers put quotes inside quotes without escaping them. Pure. */
#ifndef CLI_SHIM_CHALLENGE_H
#define CLI_SHIM_CHALLENGE_H

#include "base/arena.h"

struct shim_challenge {
    struct text error, description, scope, resource_metadata; /* TEXT_NONE where it does not say */
};

/* All TEXT_NONE where there is no such challenge. Texts in the arena. */
struct shim_challenge shim_challenge_read(struct arena *arena, struct text header);

/* Both lists of scopes, each scope once, in their order. TEXT_NONE and empty ones are fine. */
struct text shim_scopes_join(struct arena *arena, struct text first, struct text second);

#endif

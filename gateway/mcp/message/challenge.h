/* WWW-Authenticate of an MCP server, read leniently: servers of the official SDK write quotes inside of quoted
 * texts without a backslash. Says what can be said and never fails: it is a hint at most, never shown to
 * anybody. Pure. */
#ifndef MCP_CHALLENGE_H
#define MCP_CHALLENGE_H

#include "base/arena.h"

enum { CHALLENGE_BYTES_MAX = 8192 };

/* Of the first Bearer or DPoP challenge in the header; TEXT_NONE for what it does not say, or not in characters
 * that it may have (RFC 6750 section 3): no control characters, no scope that is none. */
struct challenge {
    bool is_bearer;
    struct text error, scope, resource_metadata;
};

/* Texts are borrowed from the arena. What is behind CHALLENGE_BYTES_MAX is not read. */
struct challenge challenge_read(struct arena *arena, struct text header);
/* More scope is wanted than the token had (RFC 6750 section 3.1). */
bool challenge_wants_scope(const struct challenge *challenge);

#endif

/* The token in the cookie of a person's session: a JWT, HS256 (RFC 7519, RFC 7518 section 3.2), made and read
 * by this gateway alone and by libjwt. What that library leaves to its caller is checked here: the algorithm,
 * the length, the spelling, the time, for whom it is. Pure. */
#ifndef AUTHORIZATION_SESSION_TOKEN_H
#define AUTHORIZATION_SESSION_TOKEN_H

#include "adapters/credential_order.h"
#include "base/arena.h"
#include "base/secret.h"

/* What browsers keep of a cookie is 4,096 bytes with its name and attributes (RFC 6265 section 6.1). */
enum { SESSION_TOKEN_BYTES_MAX = 3840, SESSION_TOKEN_KEY_BYTES = 32 };

#define PEOPLE_AUDIENCE "dragoman-people"

struct session_token {
    struct text id;     /* jti: the id of the login's record */
    struct text issuer; /* our identifier */
    struct credential_identity person;
    int64_t issued_at_s, expires_at_s;
};

/* TEXT_NONE: it would be longer than a cookie can be. The key has SESSION_TOKEN_KEY_BYTES. */
struct text session_token_make(struct arena *arena, const struct secret *key,
                               const struct session_token *token);
/* SESSION_MISSING: it is not one that was made with this key by this issuer, or it is past its time. */
MUST_USE enum fault session_token_read(struct arena *arena, const struct secret *key, struct text text,
                                       struct text issuer, int64_t now_s, struct session_token *token);

#endif

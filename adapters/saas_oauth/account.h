/* The name of an account, for people to see. */
#ifndef SAAS_OAUTH_ACCOUNT_H
#define SAAS_OAUTH_ACCOUNT_H

#include "base/arena.h"

enum { ACCOUNT_NAME_MAX = 200 };

/* From an ID token that came from the token endpoint over TLS (OpenID Connect Core section 3.1.3.7): nothing is
 * decided by it, so its signature is not looked at. TEXT_NONE: it has none. */
struct text account_of(struct arena *arena, struct text id_token);

#endif

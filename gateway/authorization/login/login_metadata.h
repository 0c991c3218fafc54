/* What an issuer says of where people log in (OpenID Connect Discovery 1.0): as far as a login needs it. Pure;
 * login_discovery.c fetches it. */
#ifndef AUTHORIZATION_LOGIN_METADATA_H
#define AUTHORIZATION_LOGIN_METADATA_H

#include "base/arena.h"
#include "base/fault.h"

enum { LOGIN_ENDPOINT_BYTES_MAX = 1024 };

struct login_metadata {
    struct text authorization_endpoint, token_endpoint;
    bool names_itself; /* its answers say "iss" (RFC 9207 section 3): one that does not is not its */
};

struct text login_metadata_url(struct arena *arena, struct text issuer);
/* LOGIN_ANSWER with a static sentence in *problem: not JSON, another issuer's, endpoints that may not be gone
 * to (https; http only for an issuer that is http itself, which the address guard keeps to loopback), or ways
 * that this gateway does not go: it needs the code flow, and S256 where it is said which proofs there are. */
MUST_USE enum fault login_metadata_read(struct arena *arena, struct text document, struct text issuer,
                                        struct login_metadata *metadata, const char **problem);

#endif

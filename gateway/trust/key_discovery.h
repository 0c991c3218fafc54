/* Issuer metadata (OpenID Connect Discovery 1.0, RFC 8414) as far as keys need it: where it is and where it
 * says the keys are. Pure; key_fetch.c does the fetching. */
#ifndef KEY_DISCOVERY_H
#define KEY_DISCOVERY_H

#include "base/arena.h"
#include "base/fault.h"

enum key_discovery_place { KEY_DISCOVERY_OPENID, KEY_DISCOVERY_OAUTH };

/* For an issuer identifier with a path OpenID Connect appends, RFC 8414 section 3.1 inserts before the path. */
struct text key_discovery_url(struct arena *arena, struct text issuer, enum key_discovery_place place);

/* OUTBOUND_FAILED with a static sentence in *problem: not JSON, another issuer's, or without a jwks_uri that
 * may be fetched (https; http only for an issuer that is http itself, which the address guard keeps to
 * loopback). */
MUST_USE enum fault key_discovery_read(struct arena *arena, struct text document, struct text issuer,
                                       struct text *jwks_uri, const char **problem);

#endif

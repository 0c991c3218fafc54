/* Redirect URIs: which ones a client may have, and whether one that is asked for is among them. Byte for byte
 * (RFC 9700 section 4.1.3), but for the port of a loopback address, where a program on the person's own machine
 * takes whichever is free (RFC 8252 section 7.3). Pure. */
#ifndef AUTHORIZATION_REDIRECT_URI_H
#define AUTHORIZATION_REDIRECT_URI_H

#include "base/arena.h"

enum { REDIRECT_URI_BYTES_MAX = 2048 };

/* https, or http to 127.0.0.1, [::1] or localhost; no user, no fragment. */
bool redirect_uri_is_acceptable(struct text uri);
/* http to this very machine: whichever program listens there is who comes back. */
bool redirect_uri_is_loopback(struct text uri);
bool redirect_uri_matches(struct text registered, struct text asked);
/* "app.example", or "127.0.0.1:4711". */
struct text redirect_uri_host(struct text uri);

/* What goes back to the client: the URI with a query of these, each TEXT_NONE is left out (RFC 6749 section
 * 4.1.2, RFC 9207 section 2). */
struct redirect_answer {
    struct text code;
    struct text error, description;
    struct text state;
    struct text issuer; /* ours: always */
};
struct text redirect_uri_with(struct arena *arena, struct text uri, const struct redirect_answer *answer);

#endif

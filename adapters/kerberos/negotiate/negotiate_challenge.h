/* The answer of a server that was shown `Authorization: Negotiate` (RFC 4559): its token, out of the values of
 * WWW-Authenticate. Pure; what comes in is whatever a server sent. spnego.h reads the token. */
#ifndef KERBEROS_NEGOTIATE_CHALLENGE_H
#define KERBEROS_NEGOTIATE_CHALLENGE_H

#include "base/arena.h"
#include "base/fault.h"

/* Whether there is one Negotiate challenge with a token among them, and no second. False too where a value
 * cannot be taken apart or a Negotiate is not spelt as it has to be: which one is meant would be a guess. */
MUST_USE bool negotiate_challenge_find(struct arena *arena, const struct text *challenges, size_t count,
                                       struct text *token);

#endif

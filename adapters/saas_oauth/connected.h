/* Tokens of an account that a person connected, got with its refresh token (RFC 6749 section 6). Of all threads
 * and gateways that find none one refreshes, under the claim of the connection, and the others wait for what it
 * puts. A refresh token that is rotated is kept before anything else is done with the answer. */
#ifndef SAAS_OAUTH_CONNECTED_H
#define SAAS_OAUTH_CONNECTED_H

#include "connection.h"
#include "grant.h"

/* For run->order: one that is kept, or a new one. token->lease says for which lease it was made; asked: the
 * scopes that it was asked for, theirs. */
MUST_USE enum adapter_outcome connected_token(const struct grant_run *run, struct connection_token *token,
                                              struct text *asked);
/* Whom a token is for, of those that a connection has: client, actors, scopes and type of the order. */
struct text connected_token_key(const struct grant_run *run);

#endif

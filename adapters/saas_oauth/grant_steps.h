/* What grants are made of, for the generic ones and for presets. */
#ifndef SAAS_OAUTH_GRANT_STEPS_H
#define SAAS_OAUTH_GRANT_STEPS_H

#include "token_request.h"

#define GRANT_TYPE_JWT_BEARER     "urn:ietf:params:oauth:grant-type:jwt-bearer"
#define GRANT_TYPE_TOKEN_EXCHANGE "urn:ietf:params:oauth:grant-type:token-exchange"

/* The assertion of the order: the gateway's, or one that is signed here by settings.assertion. Of the latter
 * what is not said: issuer the client id, subject the order's subject, audience the issuer or else the token
 * endpoint. */
MUST_USE enum adapter_outcome assertion_of(const struct grant_run *run, struct text *assertion);
/* Misconfigured where no private key was handed over. */
MUST_USE enum adapter_outcome need_private_key(const struct grant_run *run);
struct text said_or_else(struct text said, struct text otherwise);
/* A form with the grant type, the order's scopes in their words, audience, resource and the settings'
 * parameters. */
struct form grant_form(const struct grant_run *run, const char *grant_type);
/* The order's scopes in their words, parted by spaces, none twice. */
struct text scopes_theirs(const struct oauth_settings *settings, struct arena *arena, const struct text *scopes,
                          size_t count);
/* Lists parted by spaces: all of both, none twice. */
struct text scopes_union(struct arena *arena, struct text one, struct text other);
/* What an order without scopes asks for of what an account was connected for: what settings.scopes names, so
 * neither what was agreed to for other orders' sake nor connect.scopes, which the connection itself needs.
 * Where that is nothing, all but connect.scopes. */
struct text scopes_least(const struct oauth_settings *settings, struct arena *arena, struct text granted);
/* Without openid and offline_access: what a token gives a right to at an API. */
struct text scopes_of_rights(struct arena *arena, struct text scopes);
/* Whether list has all of those that are wanted. */
bool scopes_have(struct text list, struct text wanted);
/* Of the order's scopes those whose words are all granted; into ours, which has room for all. */
size_t scopes_ours(const struct oauth_settings *settings, struct text granted, const struct text *scopes,
                   size_t count, struct text *ours);

#endif

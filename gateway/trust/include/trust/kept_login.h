/* Claims of a token that were verified when somebody logged in, and are looked at again when a code of theirs
 * is redeemed: by the issuer's document as it is now, as if the token had been shown then. The signature is not
 * checked again; whoever keeps the claims keeps them sealed. Pure. */
#ifndef TRUST_KEPT_LOGIN_H
#define TRUST_KEPT_LOGIN_H

#include "trust/verification.h"

/* Fills issuer, type, identity, attributes, how and when they authenticated, and of claims when the issuer
 * vouched. TOKEN_CLAIMS: the claims do not name this person as the document reads them. */
MUST_USE enum fault kept_login_read(struct arena *arena, const struct issuer *issuer,
                                    const struct json_value *claims, struct text subject,
                                    struct verified_token *token);

#endif

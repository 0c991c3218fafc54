/* What a token must look like to be used as what its presenter says it is: header type, claims that give away
 * another kind of token, audience. The profiles exclude one another (RFC 8725 section 3.12), so that no
 * declared type is a weaker way in. Pure; called by verification.c alone. */
#ifndef TOKEN_PROFILE_H
#define TOKEN_PROFILE_H

#include "trust/verification.h"

/* Before anything is read: an opaque refresh token is not a malformed JWT. TOKEN_TYPE_UNKNOWN,
 * TOKEN_TYPE_NOT_ACCEPTED. */
MUST_USE enum fault token_profile_check_declared(const struct verification_rules *rules);
/* TOKEN_TYPE_NOT_ACCEPTED: the issuer's document does not let its tokens be used so. */
MUST_USE enum fault token_profile_check_issuer(const struct issuer *issuer,
                                               const struct verification_rules *rules);
/* TOKEN_TYP: the header's typ does not fit. */
MUST_USE enum fault token_profile_check_header(const struct jws *jws, const struct issuer *issuer,
                                               const struct verification_rules *rules);
/* On verified claims. TOKEN_TYP: they are those of another kind of token; TOKEN_NONCE: of another login. */
MUST_USE enum fault token_profile_check_claims(const struct jws *jws, const struct jwt_claims *claims,
                                               const struct issuer *issuer,
                                               const struct verification_rules *rules);
/* On verified claims. TOKEN_AUDIENCE; TOKEN_CLAIMS for an azp that is not a string. */
MUST_USE enum fault token_profile_check_audience(const struct jwt_claims *claims, const struct issuer *issuer,
                                                 const struct verification_rules *rules);

#endif

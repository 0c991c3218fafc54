/* The claims every JWT has (RFC 7519 section 4.1), read from verified bytes and checked one by one. */
#ifndef JOSE_JWT_H
#define JOSE_JWT_H

#include "jose/jws.h"

enum { JWT_AUDIENCES_MAX = 16 };

struct jwt_claims {
    const struct json_value *all;    /* the whole object */
    struct text issuer, subject, id; /* TEXT_NONE if absent; never empty */
    struct text audiences[JWT_AUDIENCES_MAX];
    size_t audience_count;
    bool audience_was_array;
    int64_t expires_at_s, not_before_s, issued_at_s; /* 0 = absent */
};

/* Reads the payload as claims. TOKEN_CLAIMS if it is not a JSON object or a registered claim has the wrong
 * type: aud other than a string or an array of 1 to 16 strings, NumericDate that is not an integer between 1
 * and year 9999 (a fraction is cut, RFC 7519 section 2), iss, sub, jti empty, over 1,024 bytes or with control
 * characters. */
MUST_USE enum fault jwt_claims_read(struct arena *arena, struct text payload, struct jwt_claims *claims);
/* The same from a payload that was parsed before; NULL is no object. */
MUST_USE enum fault jwt_claims_from(const struct json_value *payload, struct jwt_claims *claims);

struct jwt_time_rules {
    int64_t now_s;
    int64_t leeway_s;
    int64_t maximum_age_s;      /* since iat, without leeway; 0 = do not check; needs iat then */
    int64_t maximum_lifetime_s; /* exp - iat (or - now); 0 = do not check */
};
/* exp is required. TOKEN_EXPIRED when now >= exp + leeway; TOKEN_NOT_YET_VALID for nbf or iat beyond now +
 * leeway; TOKEN_TOO_OLD; TOKEN_LIFETIME; TOKEN_CLAIMS where a claim that is needed is absent. */
MUST_USE enum fault jwt_check_time(const struct jwt_claims *claims, const struct jwt_time_rules *rules);
bool jwt_has_audience(const struct jwt_claims *claims, struct text audience); /* exact bytes */
bool jwt_has_only_audience(const struct jwt_claims *claims, struct text audience);

#endif

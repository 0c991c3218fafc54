/* What a credential of ours would say of itself if it were a token, from its record. Pure. */
#ifndef RELAY_RECORDED_CLAIMS_H
#define RELAY_RECORDED_CLAIMS_H

#include "config/document.h"
#include "jose/jwt.h"

/* record: canonical JSON of a granted exchange; issuer: ours. TOKEN_CLAIMS if it is none of those. */
MUST_USE enum fault recorded_claims_read(struct arena *arena, const struct json_value *record,
                                         struct text issuer, struct jwt_claims *claims);

/* The same, as little as standing_is_on looks at: for who looks for long. */
MUST_USE enum fault recorded_claims_outline(struct arena *arena, const struct json_value *record,
                                            struct text issuer, struct jwt_claims *claims);

/* What it was narrowed to (RFC 9396), or NULL. */
const struct json_value *recorded_details(const struct json_value *record);

/* The subject's attributes that the target hands over to its adapter, as they were then, or NULL. */
const struct json_value *recorded_hand_over(struct arena *arena, const struct document *target,
                                            const struct json_value *record);

#endif

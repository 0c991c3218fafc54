/* The JSON body of an OAuth error (RFC 6749 section 5.2), the same wherever one is answered. */
#ifndef EXCHANGE_OAUTH_ERROR_H
#define EXCHANGE_OAUTH_ERROR_H

#include "base/buffer.h"

struct oauth_error {
    struct text error, description;
    struct text id; /* of the exchange, under which the refusal can be asked about */
    /* insufficient_user_authentication (RFC 9470 section 3): what is asked for; TEXT_NONE and 0 if it does not
     * matter */
    struct text acr_values;
    int64_t maximum_age_s;
    struct text interaction_uri;   /* interaction_required: where the person goes; TEXT_NONE: nowhere */
    int64_t interaction_expires_s; /* from now */
};

void oauth_error_write(struct buffer *body, const struct oauth_error *error);
/* The same two for a WWW-Authenticate header, as clients look for them there; TEXT_NONE where there are none.
 */
struct text oauth_error_challenge(struct arena *arena, const struct oauth_error *error);

/* The same text in the characters that error_description may have (RFC 6749 section 5.2), others as '?', and
 * not longer than is bearable there; for what others say. */
struct text oauth_error_quotable(struct arena *arena, struct text text);

#endif

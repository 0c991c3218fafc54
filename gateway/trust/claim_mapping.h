/* From an issuer's verified claims to our words: subject, attributes, scope, client. Only shapes that have one
 * reading are taken; the rest refuses the token rather than guess. Pure; called by verification.c alone. */
#ifndef CLAIM_MAPPING_H
#define CLAIM_MAPPING_H

#include "trust/verification.h"

enum {
    CLAIM_NAME_BYTES_MAX = 1024,
    CLAIM_ATTRIBUTE_BYTES_MAX = 512,
    CLAIM_LIST_BYTES_MAX = 4096,
    CLAIM_SCOPE_BYTES_MAX = 4096
};

/* A non-empty printable string of at most CLAIM_NAME_BYTES_MAX bytes: what names a subject, an actor, an
 * issuer. */
bool claim_is_name(const struct json_value *value);

/* The value of an attribute; TEXT_NONE where there is nothing to set, TOKEN_CLAIMS for a shape that is none. */
MUST_USE enum fault claim_read_attribute(struct arena *arena, const struct json_value *claim,
                                         struct text *value);

/* Fills identity.subject, attributes, scope, client_id and authentication of token from token->claims by the
 * issuer's document. TOKEN_CLAIMS for a missing subject or a claim of the wrong shape. */
MUST_USE enum fault claim_mapping_apply(struct arena *arena, const struct issuer_document *spec,
                                        struct verified_token *token);

#endif

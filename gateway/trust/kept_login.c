/* See trust/kept_login.h. */
#include "trust/kept_login.h"

#include "claim_mapping.h"

enum fault kept_login_read(struct arena *arena, const struct issuer *issuer, const struct json_value *claims,
                           struct text subject, struct verified_token *token)
{
    struct verified_token read = {.issuer = issuer, .type = TOKEN_TYPE_ID_TOKEN};
    TRY(jwt_claims_from(claims, &read.claims));
    read.identity.issuer = issuer->document->issuer.issuer;
    if (!text_equal(read.claims.issuer, read.identity.issuer))
        return FAULT_TOKEN_CLAIMS;
    TRY(claim_mapping_apply(arena, &issuer->document->issuer, &read));
    /* The document may name people by another claim by now: then this is not who agreed. */
    if (!text_equal(read.identity.subject, subject))
        return FAULT_TOKEN_CLAIMS;
    /* Nobody has authenticated after the token that says so was issued. */
    if (read.auth_time_s > read.claims.issued_at_s + issuer->document->issuer.leeway_s)
        read.auth_time_s = 0;
    read.claims = (struct jwt_claims){.issued_at_s = read.claims.issued_at_s};
    read.has_scope = false; /* what the token says of scopes is about its issuer's services */
    read.scope = TEXT_NONE;
    *token = read;
    return FAULT_NONE;
}

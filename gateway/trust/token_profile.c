/* The profiles: access token, ID Token, any JWT, a platform's token as client proof, and an ID-JAG as a grant.
 * Identity providers sign access tokens with typ at+jwt, JWT or none at all, so for them the header alone
 * cannot keep an ID Token out; its claims do. */
#include "token_profile.h"

#include "token_type.h"

/* What a header's typ can be; anything else is a specific kind of token that is not meant for this door. */
enum typ {
    TYP_OTHER = 0,
    TYP_ABSENT = 1,
    TYP_JWT = 2,
    TYP_ACCESS_TOKEN = 4, /* RFC 9068 section 2.1 */
    TYP_CONFIGURED = 8,   /* in the issuer's document */
    TYP_ID_JAG = 16,
};

/* A type without a slash stands for application/ and itself (RFC 7515 section 4.1.9). */
static struct text short_media_type(struct text type)
{
    struct text prefix = TEXT("application/");
    if (type.length > prefix.length &&
        text_equal_ignoring_case((struct text){type.base, prefix.length}, prefix))
        return (struct text){type.base + prefix.length, type.length - prefix.length};
    return type;
}

static enum typ typ_of(const struct jws *jws, const struct issuer *issuer)
{
    if (jws->type.base == NULL)
        return TYP_ABSENT;
    struct text type = short_media_type(jws->type);
    if (text_equal_ignoring_case(type, TEXT("JWT")))
        return TYP_JWT;
    if (text_equal_ignoring_case(type, TEXT("at+jwt")))
        return TYP_ACCESS_TOKEN;
    /* Before those of the document: no setting makes one good for anything else. */
    if (text_equal_ignoring_case(type, TEXT("oauth-id-jag+jwt")))
        return TYP_ID_JAG;
    const struct text_list *types = &issuer->document->issuer.types;
    for (size_t i = 0; i < types->count; i++)
        if (text_equal_ignoring_case(type, short_media_type(types->items[i])))
            return TYP_CONFIGURED;
    return TYP_OTHER;
}

static unsigned accepted_typs(const struct issuer *issuer, const struct verification_rules *rules)
{
    if (rules->use == TOKEN_USE_ASSERTION)
        return TYP_ID_JAG;
    /* An access token is made to be shown to a resource; it proves no client. */
    if (rules->use == TOKEN_USE_CLIENT)
        return TYP_ABSENT | TYP_JWT | TYP_CONFIGURED;
    if (rules->declared_type == TOKEN_TYPE_ID_TOKEN)
        return TYP_ABSENT | TYP_JWT;
    if (issuer->is_self)
        return TYP_JWT | TYP_ACCESS_TOKEN | TYP_CONFIGURED;
    return TYP_ABSENT | TYP_JWT | TYP_ACCESS_TOKEN | TYP_CONFIGURED;
}

enum fault token_profile_check_declared(const struct verification_rules *rules)
{
    if (rules->use == TOKEN_USE_ASSERTION)
        return rules->declared_type == TOKEN_TYPE_ID_JAG ? FAULT_NONE : FAULT_TOKEN_TYPE_NOT_ACCEPTED;
    switch (rules->declared_type) {
    case TOKEN_TYPE_NONE:
    case TOKEN_TYPE_UNKNOWN:
        return FAULT_TOKEN_TYPE_UNKNOWN;
    case TOKEN_TYPE_ACCESS_TOKEN:
    case TOKEN_TYPE_ID_TOKEN:
        return rules->use == TOKEN_USE_CLIENT ? FAULT_TOKEN_TYPE_NOT_ACCEPTED : FAULT_NONE;
    case TOKEN_TYPE_JWT:
        return FAULT_NONE;
    default: /* known, and without a profile here */
        return FAULT_TOKEN_TYPE_NOT_ACCEPTED;
    }
}

enum fault token_profile_check_issuer(const struct issuer *issuer, const struct verification_rules *rules)
{
    const struct issuer_document *spec = &issuer->document->issuer;
    if (rules->use == TOKEN_USE_CLIENT)
        return spec->is_platform && !issuer->is_self ? FAULT_NONE : FAULT_TOKEN_TYPE_NOT_ACCEPTED;
    /* What people log in with is not among the kinds that agents may bring. */
    if (rules->login_nonce.length != 0 && rules->declared_type == TOKEN_TYPE_ID_TOKEN)
        return issuer->is_self ? FAULT_TOKEN_TYPE_NOT_ACCEPTED : FAULT_NONE;
    struct text name = token_type_name(rules->declared_type);
    for (size_t i = 0; i < spec->token_types.count; i++)
        if (text_equal(spec->token_types.items[i], name))
            return FAULT_NONE;
    return FAULT_TOKEN_TYPE_NOT_ACCEPTED;
}

enum fault token_profile_check_header(const struct jws *jws, const struct issuer *issuer,
                                      const struct verification_rules *rules)
{
    enum typ typ = typ_of(jws, issuer);
    return (typ & accepted_typs(issuer, rules)) != 0 ? FAULT_NONE : FAULT_TOKEN_TYP;
}

static bool has_claim(const struct jwt_claims *claims, struct text name)
{
    return json_member(claims->all, name) != NULL;
}

/* OpenID Connect Core sections 2 and 3.3.2.11; FAPI's s_hash. An issuer's ID Tokens are meant for its clients.
 */
static bool looks_like_id_token(const struct jws *jws, const struct jwt_claims *claims,
                                const struct issuer *issuer, const struct verification_rules *rules)
{
    if (has_claim(claims, TEXT("nonce")) || has_claim(claims, TEXT("at_hash")) ||
        has_claim(claims, TEXT("c_hash")) || has_claim(claims, TEXT("s_hash")))
        return true;
    /* We issue no ID Tokens, and a resource server of ours may well be named like its audience. */
    if (issuer->is_self || typ_of(jws, issuer) == TYP_ACCESS_TOKEN)
        return false;
    return rules->client_id.length != 0 && jwt_has_audience(claims, rules->client_id);
}

/* What every ID-JAG has. Whoever shows it is the client that it was made for; what it was made for is to be
 * looked at by whoever resolves targets. */
static enum fault check_id_jag(const struct jwt_claims *claims, const struct verification_rules *rules)
{
    struct text client_id = json_text_of(claims->all, "client_id");
    if (claims->id.length == 0 || claims->issued_at_s == 0 || client_id.length == 0)
        return FAULT_TOKEN_CLAIMS;
    return text_equal(client_id, rules->client_id) ? FAULT_NONE : FAULT_GRANT_CLIENT;
}

enum fault token_profile_check_claims(const struct jws *jws, const struct jwt_claims *claims,
                                      const struct issuer *issuer, const struct verification_rules *rules)
{
    /* A security event or logout token is a message about somebody, never somebody's token (RFC 8417
     * section 2.2, OpenID Connect Back-Channel Logout section 2.4). */
    if (has_claim(claims, TEXT("events")))
        return FAULT_TOKEN_TYP;
    if (rules->use == TOKEN_USE_ASSERTION)
        TRY(check_id_jag(claims, rules));
    bool is_access_token = rules->use != TOKEN_USE_CLIENT && rules->declared_type == TOKEN_TYPE_ACCESS_TOKEN;
    if (is_access_token && looks_like_id_token(jws, claims, issuer, rules))
        return FAULT_TOKEN_TYP;
    /* OpenID Connect Core section 3.1.3.7, step 11: so that nobody slips another login's token in. */
    const struct json_value *nonce = json_member(claims->all, TEXT("nonce"));
    if (rules->login_nonce.length != 0 && !text_equal(json_string(nonce), rules->login_nonce))
        return FAULT_TOKEN_NONCE;
    return FAULT_NONE;
}

static bool is_for_one_of(const struct jwt_claims *claims, const struct text *audiences, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (jwt_has_audience(claims, audiences[i]))
            return true;
    return false;
}

/* OpenID Connect Core section 3.1.3.7, steps 3 to 5. */
static enum fault check_id_token_audience(const struct jwt_claims *claims,
                                          const struct verification_rules *rules)
{
    if (!is_for_one_of(claims, &rules->client_id, 1))
        return FAULT_TOKEN_AUDIENCE;
    const struct json_value *party = json_member(claims->all, TEXT("azp"));
    if (party == NULL)
        return claims->audience_count == 1 ? FAULT_NONE : FAULT_TOKEN_AUDIENCE;
    if (!json_is_string(party))
        return FAULT_TOKEN_CLAIMS;
    return text_equal(json_string(party), rules->client_id) ? FAULT_NONE : FAULT_TOKEN_AUDIENCE;
}

enum fault token_profile_check_audience(const struct jwt_claims *claims, const struct issuer *issuer,
                                        const struct verification_rules *rules)
{
    const struct text_list *configured = &issuer->document->issuer.audiences;
    bool is_for_us;
    /* Ours alone, whatever else its issuer's tokens may name: what two servers take, either could redeem. */
    if (rules->use == TOKEN_USE_ASSERTION)
        return jwt_has_only_audience(claims, rules->own_issuer) ? FAULT_NONE : FAULT_TOKEN_AUDIENCE;
    if (rules->use != TOKEN_USE_CLIENT && rules->declared_type == TOKEN_TYPE_ID_TOKEN)
        return check_id_token_audience(claims, rules);
    if (issuer->is_self)
        is_for_us = is_for_one_of(claims, &rules->own_issuer, 1) ||
                    is_for_one_of(claims, rules->own_audiences, rules->own_audience_count);
    else if (rules->audience_count != 0)
        is_for_us = is_for_one_of(claims, rules->audiences, rules->audience_count);
    else if (configured->count != 0)
        is_for_us = is_for_one_of(claims, configured->items, configured->count);
    else
        is_for_us = is_for_one_of(claims, &rules->own_issuer, 1);
    return is_for_us ? FAULT_NONE : FAULT_TOKEN_AUDIENCE;
}

/* Reads and checks the registered claims. Only shapes and times: whose token it is and whether we want it is
 * trust/'s business. Times are checked each time a token is shown, also when its signature was checked before.
 */
#include "jose/jwt.h"

#include <string.h>

enum { IDENTITY_BYTES_MAX = 1024 };

static const int64_t numeric_date_max = INT64_C(253402300799); /* 9999-12-31T23:59:59Z */

/* Identities end up in records, logs and headers of others: short, printable, not empty. */
static bool is_identity(struct text text)
{
    return text.base != NULL && text.length != 0 && text.length <= IDENTITY_BYTES_MAX &&
           text_is_printable(text);
}

static bool read_identity(const struct json_value *all, struct text name, struct text *identity)
{
    const struct json_value *claim = json_member(all, name);
    *identity = json_string(claim);
    return claim == NULL || is_identity(*identity);
}

static bool read_audiences(const struct json_value *all, struct jwt_claims *claims)
{
    const struct json_value *aud = json_member(all, TEXT("aud"));
    if (aud == NULL)
        return true;
    if (aud->kind == JSON_STRING) {
        claims->audiences[claims->audience_count++] = aud->text;
        return is_identity(aud->text);
    }
    if (aud->kind != JSON_ARRAY || aud->count == 0 || aud->count > JWT_AUDIENCES_MAX)
        return false;
    claims->audience_was_array = true;
    for (const struct json_value *one = aud->first; one != NULL; one = one->next) {
        if (!json_is_string(one) || !is_identity(one->text))
            return false;
        claims->audiences[claims->audience_count++] = one->text;
    }
    return true;
}

/* RFC 7519 section 2: a JSON number, fractions allowed. Exponents are not: nobody writes a date so, and 1e30
 * overflows. */
static bool read_date(const struct json_value *all, struct text name, int64_t *date_s)
{
    const struct json_value *claim = json_member(all, name);
    if (claim == NULL)
        return true;
    if (claim->kind != JSON_NUMBER || memchr(claim->text.base, 'e', claim->text.length) != NULL ||
        memchr(claim->text.base, 'E', claim->text.length) != NULL)
        return false;
    struct text rest = claim->text;
    return text_to_int64(text_cut(&rest, '.'), date_s) && *date_s >= 1 && *date_s <= numeric_date_max;
}

enum fault jwt_claims_from(const struct json_value *payload, struct jwt_claims *claims)
{
    *claims = (struct jwt_claims){.all = payload};
    if (payload == NULL || payload->kind != JSON_OBJECT)
        return FAULT_TOKEN_CLAIMS;
    bool is_read = read_identity(payload, TEXT("iss"), &claims->issuer) &&
                   read_identity(payload, TEXT("sub"), &claims->subject) &&
                   read_identity(payload, TEXT("jti"), &claims->id) && read_audiences(payload, claims) &&
                   read_date(payload, TEXT("exp"), &claims->expires_at_s) &&
                   read_date(payload, TEXT("nbf"), &claims->not_before_s) &&
                   read_date(payload, TEXT("iat"), &claims->issued_at_s);
    return is_read ? FAULT_NONE : FAULT_TOKEN_CLAIMS;
}

enum fault jwt_claims_read(struct arena *arena, struct text payload, struct jwt_claims *claims)
{
    const struct json_value *all = NULL;
    if (json_parse(arena, payload, &json_limits_token, &all) != FAULT_NONE)
        all = NULL;
    return jwt_claims_from(all, claims);
}

enum fault jwt_check_time(const struct jwt_claims *claims, const struct jwt_time_rules *rules)
{
    int64_t now_s = rules->now_s, leeway_s = rules->leeway_s;
    if (claims->expires_at_s == 0)
        return FAULT_TOKEN_CLAIMS;
    /* RFC 7519 section 4.1.4: on or after. */
    if (now_s - leeway_s >= claims->expires_at_s)
        return FAULT_TOKEN_EXPIRED;
    if (claims->not_before_s > now_s + leeway_s || claims->issued_at_s > now_s + leeway_s)
        return FAULT_TOKEN_NOT_YET_VALID;
    if (rules->maximum_age_s != 0) {
        if (claims->issued_at_s == 0)
            return FAULT_TOKEN_CLAIMS;
        if (now_s - claims->issued_at_s > rules->maximum_age_s)
            return FAULT_TOKEN_TOO_OLD;
    }
    int64_t begins_at_s = claims->issued_at_s != 0 ? claims->issued_at_s : now_s;
    if (rules->maximum_lifetime_s != 0 && claims->expires_at_s - begins_at_s > rules->maximum_lifetime_s)
        return FAULT_TOKEN_LIFETIME;
    return FAULT_NONE;
}

bool jwt_has_audience(const struct jwt_claims *claims, struct text audience)
{
    for (size_t i = 0; i < claims->audience_count; i++)
        if (text_equal(claims->audiences[i], audience))
            return true;
    return false;
}

bool jwt_has_only_audience(const struct jwt_claims *claims, struct text audience)
{
    return claims->audience_count == 1 && jwt_has_audience(claims, audience);
}

/* Decodes a JWK's required members. One key has one spelling here: a padded coordinate or a number with leading
 * zeros would give the same key a second thumbprint. */
#include "jwk_members.h"

#include "base/base64url.h"

static const struct jwk_curve curves[] = {
    {"P-256", JWK_EC, 32},
    {"P-384", JWK_EC, 48},
    {"P-521", JWK_EC, 66},
    {"Ed25519", JWK_OKP, 32},
};

static bool read_bytes(const struct json_value *jwk, const char *name, unsigned char *out, size_t size,
                       size_t *length)
{
    struct text encoded = json_text_of(jwk, name);
    return encoded.base != NULL && encoded.length != 0 && encoded.length <= BASE64URL_ENCODED_LENGTH(size) &&
           base64url_decode(encoded, out, length);
}

/* RFC 7518 section 2: Base64urlUInt is the minimum number of octets. */
static bool read_number(const struct json_value *jwk, const char *name, unsigned char *out, size_t size,
                        size_t *length)
{
    return read_bytes(jwk, name, out, size, length) && out[0] != 0;
}

static bool read_coordinate(const struct json_value *jwk, const char *name, size_t size, unsigned char *out)
{
    size_t length = 0;
    return read_bytes(jwk, name, out, size, &length) && length == size;
}

static const struct jwk_curve *find_curve(struct text crv, enum jwk_kind kind)
{
    for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
        if (curves[i].kind == kind && text_is(crv, curves[i].crv))
            return &curves[i];
    return NULL;
}

static bool read_point(const struct json_value *jwk, enum jwk_kind kind, struct jwk_members *members)
{
    members->kind = kind;
    members->curve = find_curve(json_text_of(jwk, "crv"), kind);
    return members->curve != NULL && read_coordinate(jwk, "x", members->curve->coordinate, members->x) &&
           (kind == JWK_OKP || read_coordinate(jwk, "y", members->curve->coordinate, members->y));
}

static bool read_rsa(const struct json_value *jwk, struct jwk_members *members)
{
    members->kind = JWK_RSA;
    return read_number(jwk, "n", members->modulus, sizeof(members->modulus), &members->modulus_length) &&
           read_number(jwk, "e", members->exponent, sizeof(members->exponent), &members->exponent_length);
}

bool jwk_members_read(const struct json_value *jwk, struct jwk_members *members)
{
    *members = (struct jwk_members){0};
    if (jwk == NULL || jwk->kind != JSON_OBJECT)
        return false;
    struct text kty = json_text_of(jwk, "kty");
    if (text_is(kty, "RSA"))
        return read_rsa(jwk, members);
    if (text_is(kty, "EC"))
        return read_point(jwk, JWK_EC, members);
    return text_is(kty, "OKP") && read_point(jwk, JWK_OKP, members);
}

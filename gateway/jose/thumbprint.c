/* The name a key has by what it is (RFC 7638): the same whoever wrote the JWK, in whatever order, with whatever
 * else in it. */
#include "base/base64url.h"
#include "base/digest.h"
#include "jose/jwk.h"
#include "jwk_members.h"

/* RFC 7638 section 3.2 and RFC 8037 section 2: the required members alone, in lexical order, without white
 * space. Their values need no escaping: they have been read as base64url or as the name of a known curve. */
enum fault jwk_thumbprint(struct arena *arena, const struct json_value *jwk, struct text *thumbprint)
{
    struct jwk_members members;
    if (!jwk_members_read(jwk, &members))
        return FAULT_KEY_INVALID;
    struct text x = json_text_of(jwk, "x");
    struct text y = json_text_of(jwk, "y");
    struct text e = json_text_of(jwk, "e");
    struct text n = json_text_of(jwk, "n");
    struct text hashed = TEXT_NONE;
    switch (members.kind) {
    case JWK_RSA:
        hashed = arena_print(arena, "{\"e\":\"%.*s\",\"kty\":\"RSA\",\"n\":\"%.*s\"}", TEXT_ARGUMENTS(e),
                             TEXT_ARGUMENTS(n));
        break;
    case JWK_EC:
        hashed = arena_print(arena, "{\"crv\":\"%s\",\"kty\":\"EC\",\"x\":\"%.*s\",\"y\":\"%.*s\"}",
                             members.curve->crv, TEXT_ARGUMENTS(x), TEXT_ARGUMENTS(y));
        break;
    case JWK_OKP:
        hashed = arena_print(arena, "{\"crv\":\"%s\",\"kty\":\"OKP\",\"x\":\"%.*s\"}", members.curve->crv,
                             TEXT_ARGUMENTS(x));
        break;
    }
    unsigned char digest[DIGEST_SIZE];
    digest_sha256(hashed, digest);
    *thumbprint = base64url_encode_text(arena, digest, sizeof(digest));
    return FAULT_NONE;
}

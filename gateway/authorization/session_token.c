/* libjwt decodes by the algorithm that the token names, believes any time, and takes stack by the token's
 * length; it is given nothing that is not short and spelt as we spell, and asked afterwards what it did. */
#include "session_token.h"

#include <errno.h>
#include <jwt.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64url.h"

enum { NAME_BYTES_MAX = 1024 };

static void free_token(jwt_t **token)
{
    jwt_free(*token);
}
#define SCOPED_JWT __attribute__((cleanup(free_token))) jwt_t *

/* --- making --- */

static void add(struct arena *arena, jwt_t *jwt, const char *name, struct text value)
{
    INVARIANT(value.length != 0 && memchr(value.base, '\0', value.length) == NULL);
    INVARIANT(jwt_add_grant(jwt, name, arena_copy(arena, value).base) == 0);
}

struct text session_token_make(struct arena *arena, const struct secret *key, const struct session_token *token)
{
    SCOPED_JWT jwt = NULL;
    INVARIANT(secret_length(key) == SESSION_TOKEN_KEY_BYTES && jwt_new(&jwt) == 0);
    INVARIANT(jwt_set_alg(jwt, JWT_ALG_HS256, secret_bytes(key), SESSION_TOKEN_KEY_BYTES) == 0);
    add(arena, jwt, "iss", token->issuer);
    add(arena, jwt, "aud", TEXT(PEOPLE_AUDIENCE));
    add(arena, jwt, "jti", token->id);
    add(arena, jwt, "sub_iss", token->person.issuer);
    add(arena, jwt, "sub", token->person.subject);
    INVARIANT(jwt_add_grant_int(jwt, "iat", token->issued_at_s) == 0);
    INVARIANT(jwt_add_grant_int(jwt, "exp", token->expires_at_s) == 0);
    char *encoded = jwt_encode_str(jwt);
    INVARIANT(encoded != NULL);
    size_t length = strlen(encoded);
    struct text text =
        length <= SESSION_TOKEN_BYTES_MAX ? arena_copy(arena, (struct text){encoded, length}) : TEXT_NONE;
    secret_wipe(encoded, length);
    free(encoded);
    return text;
}

/* --- reading --- */

/* Three parts of base64url, none of them empty: a second spelling of the same token is none of ours. */
static bool is_spelt_like_ours(struct text text)
{
    unsigned parts = 0;
    if (text.length > SESSION_TOKEN_BYTES_MAX)
        return false;
    for (struct text rest = text; rest.base != NULL; parts++) {
        struct text part = text_cut(&rest, '.');
        if (part.length == 0 || !base64url_has_alphabet(part))
            return false;
    }
    return parts == 3;
}

static bool take(struct arena *arena, jwt_t *jwt, const char *name, struct text *value)
{
    const char *found = jwt_get_grant(jwt, name);
    if (found == NULL || found[0] == '\0' || strlen(found) > NAME_BYTES_MAX)
        return false;
    *value = arena_copy(arena, text_of(found));
    return true;
}

static bool take_time(jwt_t *jwt, const char *name, int64_t *value)
{
    errno = 0;
    *value = jwt_get_grant_int(jwt, name);
    return errno == 0 && *value > 0;
}

enum fault session_token_read(struct arena *arena, const struct secret *key, struct text text,
                              struct text issuer, int64_t now_s, struct session_token *token)
{
    SCOPED_JWT jwt = NULL;
    struct text audience;
    INVARIANT(secret_length(key) == SESSION_TOKEN_KEY_BYTES);
    *token = (struct session_token){0};
    if (!is_spelt_like_ours(text))
        return FAULT_SESSION_MISSING;
    int refused = jwt_decode(&jwt, arena_copy(arena, text).base, secret_bytes(key), SESSION_TOKEN_KEY_BYTES);
    if (refused != 0 || jwt == NULL || jwt_get_alg(jwt) != JWT_ALG_HS256)
        return FAULT_SESSION_MISSING;
    struct session_token read;
    bool is_whole = take(arena, jwt, "iss", &read.issuer) && take(arena, jwt, "aud", &audience) &&
                    take(arena, jwt, "jti", &read.id) && take(arena, jwt, "sub_iss", &read.person.issuer) &&
                    take(arena, jwt, "sub", &read.person.subject) && take_time(jwt, "iat", &read.issued_at_s) &&
                    take_time(jwt, "exp", &read.expires_at_s);
    if (!is_whole || !text_equal(read.issuer, issuer) || !text_is(audience, PEOPLE_AUDIENCE) ||
        read.expires_at_s <= now_s)
        return FAULT_SESSION_MISSING;
    *token = read;
    return FAULT_NONE;
}

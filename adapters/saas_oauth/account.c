/* The first of the claims that people know themselves by. */
#include "account.h"

#include "base/base64url.h"
#include "json/json_value.h"

enum { ID_TOKEN_MAX = 16 * 1024 };

struct text account_of(struct arena *arena, struct text id_token)
{
    static const char *const claims[] = {"email", "preferred_username", "upn", "name", "sub"};
    const struct json_value *object;
    size_t length;
    if (id_token.base == NULL || id_token.length > ID_TOKEN_MAX)
        return TEXT_NONE;
    text_cut(&id_token, '.');
    struct text payload = text_cut(&id_token, '.');
    unsigned char *decoded = arena_allocate(arena, BASE64URL_DECODED_LENGTH(payload.length) + 1);
    if (payload.length == 0 || !base64url_decode(payload, decoded, &length) ||
        json_parse(arena, (struct text){(const char *)decoded, length}, &json_limits_token, &object) !=
            FAULT_NONE)
        return TEXT_NONE;
    for (size_t i = 0; i < sizeof(claims) / sizeof(*claims); i++) {
        struct text name = text_beginning(json_text_of(object, claims[i]), ACCOUNT_NAME_MAX);
        if (name.length != 0 && text_is_printable(name))
            return name;
    }
    return TEXT_NONE;
}

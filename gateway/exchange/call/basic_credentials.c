/* Reads Basic credentials: strict, so that nothing is read in two ways. */
#include "exchange/basic_credentials.h"

#include <string.h>

#include "base/base64url.h"

enum { HEADER_BYTES_MAX = 4096 };

/* Standard base64 with padding, as HTTP Basic uses it (RFC 7617 section 2), by way of the strict base64url
 * decoder. */
static bool decode_base64(struct arena *arena, struct text encoded, struct text *decoded)
{
    while (encoded.length != 0 && encoded.length % 4 != 1 && encoded.base[encoded.length - 1] == '=')
        encoded.length--;
    char *translated = arena_allocate(arena, encoded.length + 1);
    for (size_t i = 0; i < encoded.length; i++) {
        char character = encoded.base[i];
        if (character == '-' || character == '_')
            return false;
        translated[i] = character == '+' ? '-' : character == '/' ? '_' : character;
    }
    unsigned char *bytes = arena_allocate(arena, BASE64URL_DECODED_LENGTH(encoded.length) + 1);
    size_t length;
    if (!base64url_decode((struct text){translated, encoded.length}, bytes, &length))
        return false;
    *decoded = (struct text){(const char *)bytes, length};
    return true;
}

bool basic_credentials_read(struct arena *arena, struct text authorization, struct text *name,
                            struct text *password)
{
    struct text credentials = authorization;
    struct text scheme = text_cut(&credentials, ' ');
    if (!text_equal_ignoring_case(scheme, TEXT("Basic")) || authorization.length > HEADER_BYTES_MAX ||
        !decode_base64(arena, credentials, password) || memchr(password->base, ':', password->length) == NULL)
        return false;
    *name = text_cut(password, ':');
    return true;
}

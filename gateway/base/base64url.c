/* Strict base64url. */
#include "base/base64url.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static int value_of(char character)
{
    if (character >= 'A' && character <= 'Z')
        return character - 'A';
    if (character >= 'a' && character <= 'z')
        return character - 'a' + 26;
    if (character >= '0' && character <= '9')
        return character - '0' + 52;
    if (character == '-')
        return 62;
    return character == '_' ? 63 : -1;
}

void base64url_encode(const void *bytes, size_t length, char *out)
{
    const unsigned char *in = bytes;
    unsigned accumulator = 0;
    int bits = 0;
    for (size_t i = 0; i < length; i++) {
        accumulator = accumulator << 8 | in[i];
        bits += 8;
        while (bits >= 6) {
            bits -= 6;
            *out++ = alphabet[accumulator >> bits & 63];
        }
    }
    if (bits > 0)
        *out = alphabet[accumulator << (6 - bits) & 63];
}

struct text base64url_encode_text(struct arena *arena, const void *bytes, size_t length)
{
    size_t characters = BASE64URL_ENCODED_LENGTH(length);
    char *out = arena_allocate(arena, characters + 1);
    base64url_encode(bytes, length, out);
    return (struct text){out, characters};
}

bool base64url_decode(struct text text, unsigned char *out, size_t *length)
{
    unsigned accumulator = 0;
    int bits = 0;
    size_t written = 0;
    if (text.length % 4 == 1)
        return false;
    for (size_t i = 0; i < text.length; i++) {
        int value = value_of(text.base[i]);
        if (value < 0)
            return false;
        accumulator = accumulator << 6 | (unsigned)value;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            out[written++] = (unsigned char)(accumulator >> bits);
        }
    }
    *length = written;
    return (accumulator & ((1u << bits) - 1)) == 0;
}

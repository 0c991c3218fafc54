/* Strict base64url, by table: it runs over every token. */
#include "base/base64url.h"

#include "base/random.h"
#include "base/secret.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* One more than the value of each character of the alphabet; 0 for every other byte. */
static const unsigned char values[256] = {
    ['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,  ['G'] = 7,  ['H'] = 8,
    ['I'] = 9,  ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16,
    ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
    ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32,
    ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40,
    ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
    ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
    ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['-'] = 63, ['_'] = 64,
};

void base64url_encode(const void *bytes, size_t length, char *out)
{
    const unsigned char *in = bytes;
    for (; length >= 3; length -= 3, in += 3, out += 4) {
        uint32_t group = (uint32_t)in[0] << 16 | (uint32_t)in[1] << 8 | in[2];
        out[0] = alphabet[group >> 18];
        out[1] = alphabet[group >> 12 & 63];
        out[2] = alphabet[group >> 6 & 63];
        out[3] = alphabet[group & 63];
    }
    if (length == 0)
        return;
    uint32_t group = (uint32_t)in[0] << 16 | (length == 2 ? (uint32_t)in[1] << 8 : 0);
    out[0] = alphabet[group >> 18];
    out[1] = alphabet[group >> 12 & 63];
    if (length == 2)
        out[2] = alphabet[group >> 6 & 63];
}

struct text base64url_encode_text(struct arena *arena, const void *bytes, size_t length)
{
    size_t characters = BASE64URL_ENCODED_LENGTH(length);
    char *out = arena_allocate(arena, characters + 1);
    base64url_encode(bytes, length, out);
    return (struct text){out, characters};
}

void base64_append(struct buffer *out, const void *bytes, size_t length)
{
    size_t characters = BASE64URL_ENCODED_LENGTH(length);
    char *encoded = buffer_reserve(out, characters);
    base64url_encode(bytes, length, encoded);
    for (size_t i = 0; i < characters; i++)
        encoded[i] = encoded[i] == '-' ? '+' : encoded[i] == '_' ? '/' : encoded[i];
    out->length += characters;
    for (size_t i = characters; i % 4 != 0; i++)
        buffer_append_byte(out, '=');
}

struct text base64url_random(struct arena *arena, size_t bytes)
{
    unsigned char *random = arena_allocate(arena, bytes);
    random_bytes(random, bytes);
    struct text spelt = base64url_encode_text(arena, random, bytes);
    secret_wipe(random, bytes);
    return spelt;
}

bool base64url_has_alphabet(struct text text)
{
    for (size_t i = 0; i < text.length; i++)
        if (values[(unsigned char)text.base[i]] == 0)
            return false;
    return true;
}

/* The last two or three characters, whose leftover bits must be zero or there would be several spellings. */
static bool decode_rest(const unsigned char *in, size_t characters, unsigned char *out)
{
    uint32_t group = 0;
    for (size_t i = 0; i < characters; i++) {
        if (values[in[i]] == 0)
            return false;
        group |= (uint32_t)(values[in[i]] - 1) << (18 - 6 * i);
    }
    out[0] = (unsigned char)(group >> 16);
    if (characters == 3)
        out[1] = (unsigned char)(group >> 8);
    return (group & (characters == 3 ? 0xff : 0xffff)) == 0;
}

bool base64url_decode(struct text text, unsigned char *out, size_t *length)
{
    const unsigned char *in = (const unsigned char *)text.base;
    size_t rest = text.length % 4;
    if (rest == 1)
        return false;
    for (size_t groups = text.length / 4; groups > 0; groups--, in += 4, out += 3) {
        unsigned a = values[in[0]], b = values[in[1]], c = values[in[2]], d = values[in[3]];
        if (a == 0 || b == 0 || c == 0 || d == 0)
            return false;
        uint32_t group = (a - 1) << 18 | (b - 1) << 12 | (c - 1) << 6 | (d - 1);
        out[0] = (unsigned char)(group >> 16);
        out[1] = (unsigned char)(group >> 8);
        out[2] = (unsigned char)group;
    }
    *length = BASE64URL_DECODED_LENGTH(text.length);
    return rest == 0 || decode_rest(in, rest, out);
}

/* A group of four, less the padding of the last one. */
static bool decode_plain_group(const char *in, size_t characters, unsigned char *out, size_t *length)
{
    char group[4];
    for (size_t i = 0; i < characters; i++) {
        if (in[i] == '-' || in[i] == '_')
            return false;
        group[i] = in[i] == '+' ? '-' : in[i] == '/' ? '_' : in[i];
    }
    return base64url_decode((struct text){group, characters}, out, length);
}

bool base64_decode(struct text text, unsigned char *out, size_t *length)
{
    *length = 0;
    if (text.length % 4 != 0)
        return false;
    for (size_t at = 0; at < text.length; at += 4) {
        size_t characters = 4, decoded;
        while (at + 4 == text.length && characters > 2 && text.base[at + characters - 1] == '=')
            characters--;
        if (!decode_plain_group(text.base + at, characters, out + *length, &decoded))
            return false;
        *length += decoded;
    }
    return true;
}

/* Escapes and what they stand for. */
#include "base/percent.h"

#include <string.h>

static bool is_unreserved(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           (byte != '\0' && strchr("-._~", byte) != NULL);
}

void percent_encode(struct buffer *out, struct text value)
{
    for (size_t i = 0; i < value.length; i++) {
        if (is_unreserved(value.base[i]))
            buffer_append_byte(out, value.base[i]);
        else
            buffer_print(out, "%%%02X", (unsigned char)value.base[i]);
    }
}

/* Most values, tokens above all, hold nothing that stands for something else: they are used where they are. */
static bool stands_for_itself(struct text encoded)
{
    return encoded.length == 0 || (memchr(encoded.base, '%', encoded.length) == NULL &&
                                   memchr(encoded.base, '+', encoded.length) == NULL &&
                                   memchr(encoded.base, '\0', encoded.length) == NULL);
}

static bool decode(struct arena *arena, struct text encoded, bool is_form, struct text *decoded)
{
    char *out = arena_allocate(arena, encoded.length + 1);
    size_t length = 0;
    for (size_t i = 0; i < encoded.length; i++) {
        char character = encoded.base[i];
        if (character == '%') {
            int high = encoded.length - i > 2 ? text_hexadecimal_value(encoded.base[i + 1]) : -1;
            int low = high >= 0 ? text_hexadecimal_value(encoded.base[i + 2]) : -1;
            if (low < 0)
                return false;
            character = (char)(high * 16 + low);
            i += 2;
        } else if (character == '+' && is_form) {
            character = ' ';
        }
        if (character == '\0')
            return false;
        out[length++] = character;
    }
    *decoded = (struct text){out, length};
    return true;
}

bool percent_decode_form(struct arena *arena, struct text encoded, struct text *decoded)
{
    if (!stands_for_itself(encoded))
        return decode(arena, encoded, true, decoded);
    *decoded = encoded;
    return true;
}

bool percent_decode(struct arena *arena, struct text encoded, struct text *decoded)
{
    return decode(arena, encoded, false, decoded);
}

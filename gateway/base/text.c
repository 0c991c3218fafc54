/* Borrowed strings: comparison, cutting, and the character checks that inputs must pass. */
#include "base/text.h"

#include <limits.h>
#include <string.h>
#include <strings.h>

#include "base/word.h"

struct text text_of(const char *zero_terminated)
{
    return zero_terminated == NULL ? TEXT_NONE : (struct text){zero_terminated, strlen(zero_terminated)};
}

bool text_equal(struct text a, struct text b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.base, b.base, a.length) == 0);
}

bool text_is(struct text text, const char *zero_terminated)
{
    return text_equal(text, text_of(zero_terminated));
}

bool text_equal_ignoring_case(struct text a, struct text b)
{
    return a.length == b.length && (a.length == 0 || strncasecmp(a.base, b.base, a.length) == 0);
}

bool text_starts_with(struct text text, struct text prefix)
{
    return text.length >= prefix.length && text_equal((struct text){text.base, prefix.length}, prefix);
}

bool text_ends_with(struct text text, struct text suffix)
{
    return text.length >= suffix.length &&
           text_equal((struct text){text.base + text.length - suffix.length, suffix.length}, suffix);
}

int text_compare(struct text a, struct text b)
{
    size_t shorter = a.length < b.length ? a.length : b.length;
    int order = shorter == 0 ? 0 : memcmp(a.base, b.base, shorter);
    if (order != 0)
        return order;
    return (a.length > b.length) - (a.length < b.length);
}

struct text text_cut(struct text *rest, char separator)
{
    const char *found = rest->length == 0 ? NULL : memchr(rest->base, separator, rest->length);
    struct text part = *rest;
    if (found == NULL) {
        *rest = TEXT_NONE;
        return part;
    }
    part.length = (size_t)(found - rest->base);
    rest->base += part.length + 1;
    rest->length -= part.length + 1;
    return part;
}

bool text_to_int64(struct text text, int64_t *number)
{
    bool negative = text.length > 0 && text.base[0] == '-';
    size_t position = negative ? 1 : 0;
    if (position == text.length)
        return false;
    int64_t value = 0;
    for (; position < text.length; position++) {
        char digit = text.base[position];
        if (digit < '0' || digit > '9')
            return false;
        /* Accumulates below zero so that INT64_MIN fits. */
        if (__builtin_mul_overflow(value, 10, &value) || __builtin_sub_overflow(value, digit - '0', &value))
            return false;
    }
    if (!negative && value == INT64_MIN)
        return false;
    *number = negative ? value : -value;
    return true;
}

bool text_to_seconds(struct text text, int64_t *seconds)
{
    static const char units[] = "smhd";
    static const int64_t unit_s[] = {1, 60, 3600, 86400};
    if (text.length < 2 || text.length > 10 || text.base[0] == '-')
        return false;
    char last = text.base[text.length - 1];
    const char *unit = last == '\0' ? NULL : strchr(units, last);
    if (unit == NULL || !text_to_int64((struct text){text.base, text.length - 1}, seconds))
        return false;
    *seconds *= unit_s[unit - units];
    return true;
}

bool text_to_bytes(struct text text, int64_t *bytes)
{
    static const char *const units[] = {"KiB", "MiB", "GiB"};
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (!text_ends_with(text, text_of(units[i])) || text.length > 12 || text.base[0] == '-')
            continue;
        if (!text_to_int64((struct text){text.base, text.length - 3}, bytes))
            return false;
        *bytes <<= 10 * (i + 1);
        return true;
    }
    return false;
}

int text_hexadecimal_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    digit |= 0x20;
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

struct text text_trim(struct text text)
{
    while (text.length != 0 && (text.base[0] == ' ' || text.base[0] == '\t'))
        text = (struct text){text.base + 1, text.length - 1};
    while (text.length != 0 && (text.base[text.length - 1] == ' ' || text.base[text.length - 1] == '\t'))
        text.length--;
    return text;
}

bool text_is_media_type(struct text content_type, struct text media_type)
{
    struct text essence = text_cut(&content_type, ';');
    while (essence.length != 0 &&
           (essence.base[essence.length - 1] == ' ' || essence.base[essence.length - 1] == '\t'))
        essence.length--;
    return text_equal_ignoring_case(essence, media_type);
}

struct text text_beginning(struct text text, size_t most)
{
    if (text.length <= most)
        return text;
    while (most != 0 && ((unsigned char)text.base[most] & 0xc0) == 0x80)
        most--;
    return (struct text){text.base, most};
}

/* Decodes the code point at *position and moves past it; -1 if the bytes there are not well-formed UTF-8. */
static int32_t next_code_point(struct text text, size_t *position)
{
    const unsigned char *bytes = (const unsigned char *)text.base + *position;
    size_t left = text.length - *position;
    if (bytes[0] < 0x80) {
        *position += 1;
        return bytes[0];
    }
    size_t length = bytes[0] >= 0xf0 ? 4 : bytes[0] >= 0xe0 ? 3 : 2;
    static const int32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (bytes[0] < 0xc2 || bytes[0] > 0xf4 || left < length)
        return -1;
    int32_t point = bytes[0] & (0xff >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return -1;
        point = point << 6 | (bytes[i] & 0x3f);
    }
    if (point < smallest[length] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
        return -1;
    *position += length;
    return point;
}

/* How many bytes at the beginning are printable ASCII, in whole words: most of what is looked at ends here. */
static size_t plain_bytes(struct text text)
{
    size_t count = 0;
    for (; text.length - count >= WORD_SIZE; count += WORD_SIZE) {
        uint64_t word = word_load(text.base + count);
        if (word_has_any(word | word_below(word, 0x20) | word_equal(word, 0x7f)))
            break;
    }
    return count;
}

bool text_is_utf8(struct text text)
{
    for (size_t position = plain_bytes(text); position < text.length;)
        if (next_code_point(text, &position) < 0)
            return false;
    return true;
}

static bool is_invisible_control(int32_t point)
{
    return point < 0x20 || (point >= 0x7f && point <= 0x9f) || (point >= 0x2028 && point <= 0x202e) ||
           (point >= 0x2066 && point <= 0x2069);
}

bool text_is_printable(struct text text)
{
    for (size_t position = plain_bytes(text); position < text.length;) {
        int32_t point = next_code_point(text, &position);
        if (point < 0 || is_invisible_control(point))
            return false;
    }
    return true;
}

bool text_is_printable_lines(struct text text)
{
    for (size_t start = 0, i = 0; i <= text.length; i++) {
        if (i < text.length && text.base[i] != '\n' && text.base[i] != '\t')
            continue;
        if (!text_is_printable((struct text){text.base + start, i - start}))
            return false;
        start = i + 1;
    }
    return true;
}

static bool is_hexadecimal(char digit)
{
    return (digit >= '0' && digit <= '9') || (digit >= 'a' && digit <= 'f') || (digit >= 'A' && digit <= 'F');
}

static bool is_alphanumeric(char character)
{
    return (character >= '0' && character <= '9') || (character >= 'a' && character <= 'z') ||
           (character >= 'A' && character <= 'Z');
}

/* URI characters only, and "%" only before two hexadecimal digits (RFC 3986 section 2). */
static bool has_uri_characters_only(struct text text)
{
    for (size_t i = 0; i < text.length; i++) {
        if (is_alphanumeric(text.base[i]))
            continue;
        if (text.base[i] == '%') {
            if (text.length - i < 3 || !is_hexadecimal(text.base[i + 1]) || !is_hexadecimal(text.base[i + 2]))
                return false;
            i += 2;
        } else if (text.base[i] == '\0' || strchr("-._~:/?#[]@!$&'()*+,;=", text.base[i]) == NULL) {
            return false;
        }
    }
    return true;
}

bool text_is_absolute_uri(struct text text)
{
    const char *colon = text.length == 0 ? NULL : memchr(text.base, ':', text.length);
    if (colon == NULL || colon == text.base || colon + 1 == text.base + text.length)
        return false;
    for (const char *c = text.base; c < colon; c++) {
        bool is_letter = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z');
        bool is_other = (*c >= '0' && *c <= '9') || *c == '+' || *c == '-' || *c == '.';
        if (!is_letter && (c == text.base || !is_other))
            return false;
    }
    return has_uri_characters_only(text);
}

unsigned text_distance(struct text a, struct text b)
{
    enum { LONGEST = 64 };
    if (a.length > LONGEST || b.length > LONGEST)
        return UINT_MAX;
    unsigned row[LONGEST + 1];
    for (size_t j = 0; j <= b.length; j++)
        row[j] = (unsigned)j;
    for (size_t i = 1; i <= a.length; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b.length; j++) {
            unsigned above = row[j];
            unsigned best = diagonal + (a.base[i - 1] != b.base[j - 1]);
            best = above + 1 < best ? above + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            row[j] = best;
            diagonal = above;
        }
    }
    return row[b.length];
}

bool text_is_token(struct text text)
{
    static const char marks[] = "!#$%&'*+-.^_`|~";
    for (size_t i = 0; i < text.length; i++) {
        char byte = text.base[i];
        bool is_letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        if (!is_letter && !(byte >= '0' && byte <= '9') && (byte == '\0' || strchr(marks, byte) == NULL))
            return false;
    }
    return text.length != 0;
}

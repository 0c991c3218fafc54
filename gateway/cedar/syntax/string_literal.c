/* Unescapes: \n \r \t \\ \0 \' \" \xHH (at most 7f) \u{H} with one to six digits, and \* in patterns. A raw
 * carriage return is refused as in the reference, so that a file means the same with either kind of line end.
 */
#include "syntax/string_literal.h"

#include <string.h>

#include "syntax/lexer.h"

/* One character of a literal as it is meant. */
struct unit {
    char bytes[4];
    size_t length;
    bool is_escaped_star;
};

static int hexadecimal(char byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    if (byte >= 'a' && byte <= 'f')
        return byte - 'a' + 10;
    return byte >= 'A' && byte <= 'F' ? byte - 'A' + 10 : -1;
}

static bool encode(uint32_t point, struct unit *unit)
{
    if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
        return false;
    if (point < 0x80) {
        unit->bytes[unit->length++] = (char)point;
        return true;
    }
    unsigned more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    unsigned lead = more == 1 ? 0xc0 : more == 2 ? 0xe0 : 0xf0;
    unit->bytes[unit->length++] = (char)(lead | point >> 6 * more);
    while (more-- > 0)
        unit->bytes[unit->length++] = (char)(0x80 | (point >> 6 * more & 0x3f));
    return true;
}

/* After "\x"; *length becomes how much of rest belongs to the escape, also where it is wrong. */
static bool read_two_digits(struct text rest, size_t *length, struct unit *unit)
{
    uint32_t point = 0;
    for (*length = 2; *length < 4; ++*length) {
        int digit = *length < rest.length ? hexadecimal(rest.base[*length]) : -1;
        if (digit < 0)
            return false;
        point = point << 4 | (uint32_t)digit;
    }
    return point < 0x80 && encode(point, unit);
}

/* After "\u". Underscores may stand behind the first digit; they count as nothing. */
static bool read_braced_digits(struct text rest, size_t *length, struct unit *unit)
{
    uint32_t point = 0;
    unsigned digits = 0;
    *length = 2;
    if (rest.length < 3 || rest.base[2] != '{')
        return false;
    for (*length = 3; *length < rest.length && rest.base[*length] != '}'; ++*length) {
        int digit = hexadecimal(rest.base[*length]);
        if (digit < 0 && (rest.base[*length] != '_' || digits == 0))
            return false;
        if (digit >= 0 && ++digits <= 6)
            point = point << 4 | (uint32_t)digit;
    }
    if (*length == rest.length)
        return false;
    ++*length;
    return digits >= 1 && digits <= 6 && encode(point, unit);
}

static bool read_escape(struct text rest, bool is_pattern, size_t *length, struct unit *unit)
{
    static const char letters[] = "nrt\\0'\"", meant[] = "\n\r\t\\\0'\"";
    *length = rest.length < 2 ? 1 : 2;
    if (rest.length < 2)
        return false;
    if (rest.base[1] == 'x')
        return read_two_digits(rest, length, unit);
    if (rest.base[1] == 'u')
        return read_braced_digits(rest, length, unit);
    const char *letter = rest.base[1] == '\0' ? NULL : strchr(letters, rest.base[1]);
    unit->is_escaped_star = is_pattern && rest.base[1] == '*';
    if (letter == NULL && !unit->is_escaped_star)
        return false;
    unit->bytes[unit->length++] = unit->is_escaped_star ? '*' : meant[letter - letters];
    return true;
}

/* The next unit of inner, which is not used up. false: *wrong says where. */
static bool read_unit(struct text inner, size_t *at, bool is_pattern, struct unit *unit,
                      struct cedar_span *wrong)
{
    struct text rest = {inner.base + *at, inner.length - *at};
    size_t length = 1;
    bool is_right = rest.base[0] != '\r';
    *unit = (struct unit){.length = 0};
    if (rest.base[0] == '\\')
        is_right = read_escape(rest, is_pattern, &length, unit);
    else
        unit->bytes[unit->length++] = rest.base[0];
    if (!is_right) {
        if (length < rest.length && length == 2) /* the escaped character may be of several bytes */
            length = 1 + cedar_character_length(rest, 1);
        *wrong = (struct cedar_span){(uint32_t)*at, (uint32_t)(length < rest.length ? length : rest.length)};
    }
    *at += length;
    return is_right;
}

bool cedar_string_unescape(struct arena *arena, struct text inner, struct text *value, struct cedar_span *wrong)
{
    char *bytes = arena_allocate(arena, inner.length + 1); /* no escape is longer than it is written */
    size_t length = 0;
    for (size_t at = 0; at < inner.length;) {
        struct unit unit;
        if (!read_unit(inner, &at, false, &unit, wrong))
            return false;
        for (size_t i = 0; i < unit.length; i++)
            bytes[length++] = unit.bytes[i];
    }
    *value = (struct text){bytes, length};
    return true;
}

/* The reference looks for stars after it has resolved the escapes, so "\x2a" is a wildcard too. */
static bool is_wildcard(const struct unit *unit)
{
    return unit->length == 1 && unit->bytes[0] == '*' && !unit->is_escaped_star;
}

static bool count_parts(struct text inner, size_t *count, struct cedar_span *wrong)
{
    *count = 1;
    for (size_t at = 0; at < inner.length;) {
        struct unit unit;
        if (!read_unit(inner, &at, true, &unit, wrong))
            return false;
        *count += is_wildcard(&unit);
    }
    return true;
}

bool cedar_pattern_unescape(struct arena *arena, struct text inner, struct cedar_pattern *pattern,
                            struct cedar_span *wrong)
{
    if (!count_parts(inner, &pattern->count, wrong))
        return false;
    struct text *parts = ARENA_ARRAY(arena, struct text, pattern->count), *part = parts;
    char *end = arena_allocate(arena, inner.length + 1);
    part->base = end;
    for (size_t at = 0; at < inner.length;) {
        struct unit unit;
        if (!read_unit(inner, &at, true, &unit, wrong))
            return false;
        if (is_wildcard(&unit)) {
            *++part = (struct text){end, 0};
            continue;
        }
        for (size_t i = 0; i < unit.length; i++)
            *end++ = unit.bytes[i];
        part->length += unit.length;
    }
    pattern->parts = parts;
    return true;
}

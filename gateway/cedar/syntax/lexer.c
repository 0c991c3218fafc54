/* Cuts a text into tokens, one at a time and without a state: the longest token at a place, as the reference's
 * lexer does. Knows no grammar. */
#include "syntax/lexer.h"

size_t cedar_character_length(struct text source, size_t offset)
{
    size_t left = source.length - offset;
    for (size_t length = 1; length <= 4 && length <= left; length++)
        if (text_is_utf8((struct text){source.base + offset, length}))
            return length;
    return 0;
}

static bool is_name_start(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_';
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* The Unicode property White_Space outside ASCII. All of it begins with C2, E1, E2 or E3. */
static size_t wide_space_length(struct text rest)
{
    static const char spaces[][4] = {
        "\xc2\x85",     "\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\xa8",
        "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80",
    };
    for (size_t i = 0; i < sizeof spaces / sizeof spaces[0]; i++)
        if (text_starts_with(rest, text_of(spaces[i])))
            return text_of(spaces[i]).length;
    bool is_of_u2000 = rest.length >= 3 && text_starts_with(rest, TEXT("\xe2\x80")) &&
                       (unsigned char)rest.base[2] >= 0x80 && (unsigned char)rest.base[2] <= 0x8a;
    return is_of_u2000 ? 3 : 0;
}

static size_t space_length(struct text rest)
{
    char first = rest.base[0];
    if (first == ' ' || (first >= '\t' && first <= '\r'))
        return 1;
    return (unsigned char)first < 0x80 ? 0 : wide_space_length(rest);
}

/* A comment ends with its line, and a line with \n or \r. */
static size_t comment_length(struct text rest)
{
    if (!text_starts_with(rest, TEXT("//")))
        return 0;
    size_t length = 2;
    while (length < rest.length && rest.base[length] != '\n' && rest.base[length] != '\r')
        length++;
    return length;
}

static size_t skip(struct text source, size_t offset)
{
    while (offset < source.length) {
        struct text rest = {source.base + offset, source.length - offset};
        size_t length = space_length(rest);
        if (length == 0)
            length = comment_length(rest);
        if (length == 0)
            break;
        offset += length;
    }
    return offset;
}

static size_t name_length(struct text rest)
{
    size_t length = 0;
    while (length < rest.length &&
           (is_name_start(rest.base[length]) || (length != 0 && is_digit(rest.base[length]))))
        length++;
    return length;
}

static size_t number_length(struct text rest)
{
    size_t length = 0;
    while (length < rest.length && is_digit(rest.base[length]))
        length++;
    return length;
}

/* A backslash takes the next character with it, whatever it is but the end of the line; 0: not closed. */
static size_t string_length(struct text rest)
{
    for (size_t at = 1; at < rest.length; at++) {
        if (rest.base[at] == '"')
            return at + 1;
        if (rest.base[at] == '\\' && (++at == rest.length || rest.base[at] == '\n'))
            return 0;
    }
    return 0;
}

static size_t line_length(struct text rest)
{
    size_t length = 0;
    while (length < rest.length && rest.base[length] != '\n' && rest.base[length] != '\r')
        length++;
    return length;
}

static size_t sign_length(struct text rest)
{
    static const char pairs[][3] = {"::", "==", "!=", "<=", ">=", "&&", "||"};
    static const char singles[] = "@.,;:(){}[]<>+-*/%!=";
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        if (text_starts_with(rest, text_of(pairs[i])))
            return 2;
    for (const char *single = singles; *single != '\0'; single++)
        if (rest.base[0] == *single)
            return 1;
    return 0;
}

static struct cedar_token token(enum cedar_token_kind kind, size_t offset, size_t length)
{
    return (struct cedar_token){kind, {(uint32_t)offset, (uint32_t)length}};
}

struct cedar_token cedar_token_at(struct text source, size_t offset)
{
    offset = skip(source, offset);
    if (offset >= source.length)
        return token(CEDAR_TOKEN_END, source.length, 0);
    struct text rest = {source.base + offset, source.length - offset};
    char first = rest.base[0];
    if (is_name_start(first))
        return token(CEDAR_TOKEN_NAME, offset, name_length(rest));
    if (is_digit(first))
        return token(CEDAR_TOKEN_NUMBER, offset, number_length(rest));
    if (first == '?' && rest.length > 1 && is_name_start(rest.base[1]))
        return token(CEDAR_TOKEN_SLOT, offset, 1 + name_length((struct text){rest.base + 1, rest.length - 1}));
    if (first == '"') {
        size_t length = string_length(rest);
        return length != 0 ? token(CEDAR_TOKEN_STRING, offset, length)
                           : token(CEDAR_TOKEN_UNCLOSED, offset, line_length(rest));
    }
    size_t length = sign_length(rest);
    if (length != 0)
        return token(CEDAR_TOKEN_SIGN, offset, length);
    length = cedar_character_length(source, offset);
    return token(CEDAR_TOKEN_WRONG, offset, length != 0 ? length : 1);
}

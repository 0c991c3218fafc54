/* Challenges are a list whose commas part challenges and their parameters alike (RFC 9110 section 11.6.1): it
 * is cut at every comma outside a quoted string, and each piece says by its shape which of both it is. */
#include "negotiate_challenge.h"

#include "base/base64url.h"
#include "spnego.h"

enum { ENCODED_BYTES_MAX = (SPNEGO_TOKEN_BYTES_MAX + 2) / 3 * 4 };

struct reading {
    struct arena *arena;
    struct text token;
    bool takes_parameters; /* of the challenge before, which may stand in the value before */
};

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\t';
}

static struct text trim(struct text text)
{
    while (text.length != 0 && is_space(text.base[text.length - 1]))
        text.length--;
    while (text.length != 0 && is_space(text.base[0]))
        text = (struct text){text.base + 1, text.length - 1};
    return text;
}

/* Up to the next comma outside a quoted string (RFC 9110 section 5.6.4); false where one is not closed. */
static bool cut_piece(struct text *rest, struct text *piece)
{
    bool is_quoted = false;
    size_t at = 0;
    for (; at < rest->length && (is_quoted || rest->base[at] != ','); at++) {
        if (rest->base[at] == '"')
            is_quoted = !is_quoted;
        else if (is_quoted && rest->base[at] == '\\')
            at++;
    }
    if (is_quoted)
        return false;
    *piece = trim((struct text){rest->base, at});
    size_t cut = at < rest->length ? at + 1 : at;
    *rest = (struct text){rest->base + cut, rest->length - cut};
    return true;
}

static bool take_token(struct reading *reading, struct text encoded)
{
    if (encoded.length == 0) /* says that Negotiate would do, and nothing of what was shown */
        return true;
    if (reading->token.base != NULL || encoded.length > ENCODED_BYTES_MAX)
        return false;
    unsigned char *bytes = arena_allocate(reading->arena, BASE64URL_DECODED_LENGTH(encoded.length));
    reading->token.base = (const char *)bytes;
    return base64_decode(encoded, bytes, &reading->token.length);
}

/* A parameter is a name and "=", with white space at most between them; all else begins a challenge. */
static bool read_piece(struct reading *reading, struct text piece)
{
    size_t length = 0;
    while (length < piece.length && !is_space(piece.base[length]) && piece.base[length] != '=')
        length++;
    struct text name = {piece.base, length},
                rest = trim((struct text){piece.base + length, piece.length - length});
    if (!text_is_token(name))
        return false;
    if (rest.length != 0 && rest.base[0] == '=')
        return reading->takes_parameters;
    reading->takes_parameters = !text_equal_ignoring_case(name, TEXT("Negotiate")); /* RFC 4559 section 4.1 */
    return reading->takes_parameters || take_token(reading, rest);
}

static bool read_value(struct reading *reading, struct text value)
{
    while (value.length != 0) {
        struct text piece;
        if (!cut_piece(&value, &piece) || (piece.length != 0 && !read_piece(reading, piece)))
            return false;
    }
    return true;
}

bool negotiate_challenge_find(struct arena *arena, const struct text *challenges, size_t count,
                              struct text *token)
{
    struct reading reading = {.arena = arena};
    *token = TEXT_NONE;
    for (size_t i = 0; i < count; i++)
        if (!read_value(&reading, challenges[i]))
            return false;
    *token = reading.token;
    return token->length != 0;
}

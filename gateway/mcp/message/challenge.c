/* Reads what is there of RFC 9110 section 11.6.1. A quote ends a text only where a parameter, another challenge
 * or nothing at all comes behind it: inside of it there may be more. */
#include "challenge.h"

#include "base/buffer.h"

struct found_parameter {
    struct text value;
    unsigned count; /* one that is said twice is not believed */
};

struct challenge_reader {
    struct arena *arena;
    struct text rest;
    bool is_inside; /* of the challenge that is looked for */
    struct found_parameter error, scope, resource_metadata;
};

/* -- pieces */

static void advance(struct text *rest, size_t count)
{
    *rest = (struct text){rest->base + count, rest->length - count};
}

static void skip_space(struct text *rest)
{
    while (rest->length != 0 && (rest->base[0] == ' ' || rest->base[0] == '\t'))
        advance(rest, 1);
}

static bool begins_with(struct text rest, char byte)
{
    return rest.length != 0 && rest.base[0] == byte;
}

static struct text take_token(struct text *rest)
{
    size_t length = 0;
    while (length < rest->length && text_is_token((struct text){rest->base + length, 1}))
        length++;
    struct text token = {rest->base, length};
    advance(rest, length);
    return token;
}

/* Whether what comes behind a quote is what may come behind the end of a text. */
static bool ends_text(struct text behind)
{
    skip_space(&behind);
    if (behind.length == 0)
        return true;
    if (!begins_with(behind, ','))
        return false;
    advance(&behind, 1);
    skip_space(&behind);
    if (behind.length == 0 || begins_with(behind, ','))
        return true;
    return take_token(&behind).length != 0 &&
           (behind.length == 0 || begins_with(behind, '=') || begins_with(behind, ' '));
}

/* Behind the opening quote. */
static struct text take_quoted(struct arena *arena, struct text *rest)
{
    struct buffer out = buffer_in(arena, 64);
    while (rest->length != 0) {
        char byte = rest->base[0];
        advance(rest, 1);
        if (byte == '"' && ends_text(*rest))
            break;
        if (byte == '\\' && rest->length != 0) {
            byte = rest->base[0];
            advance(rest, 1);
        }
        buffer_append_byte(&out, byte);
    }
    return buffer_text(&out);
}

static struct text take_value(struct challenge_reader *reader)
{
    if (begins_with(reader->rest, '"')) {
        advance(&reader->rest, 1);
        return take_quoted(reader->arena, &reader->rest);
    }
    size_t length = 0;
    while (length < reader->rest.length && reader->rest.base[length] != ',' && reader->rest.base[length] != ' ')
        length++;
    struct text value = {reader->rest.base, length};
    advance(&reader->rest, length);
    return value;
}

/* -- the challenge */

static void keep(struct found_parameter *parameter, struct text value)
{
    parameter->value = value;
    parameter->count++;
}

static void take_parameter(struct challenge_reader *reader, struct text name)
{
    struct text value = take_value(reader);
    if (!reader->is_inside)
        return;
    if (text_equal_ignoring_case(name, TEXT("error")))
        keep(&reader->error, value);
    else if (text_equal_ignoring_case(name, TEXT("scope")))
        keep(&reader->scope, value);
    else if (text_equal_ignoring_case(name, TEXT("resource_metadata")))
        keep(&reader->resource_metadata, value);
}

static bool is_wanted(struct text scheme)
{
    return text_equal_ignoring_case(scheme, TEXT("Bearer")) || text_equal_ignoring_case(scheme, TEXT("DPoP"));
}

/* False where all that is wanted was read. */
static bool take_piece(struct challenge_reader *reader, bool *is_bearer)
{
    struct text token = take_token(&reader->rest), ahead = reader->rest;
    if (token.length == 0) {
        advance(&reader->rest, 1);
        return true;
    }
    skip_space(&ahead);
    if (begins_with(ahead, '=')) {
        reader->rest = ahead;
        advance(&reader->rest, 1);
        skip_space(&reader->rest);
        take_parameter(reader, token);
        return true;
    }
    if (reader->is_inside)
        return false; /* the next challenge */
    reader->is_inside = is_wanted(token);
    *is_bearer = *is_bearer || reader->is_inside;
    return true;
}

/* -- what may stand in each */

static struct text believed(const struct found_parameter *parameter)
{
    return parameter->count == 1 && parameter->value.length != 0 ? parameter->value : TEXT_NONE;
}

/* Scope tokens parted by spaces, or the characters of an error (RFC 6749 sections 3.3 and 5.2). */
static struct text plain(struct text value)
{
    for (size_t i = 0; i < value.length; i++)
        if (value.base[i] < ' ' || value.base[i] > '~' || value.base[i] == '"' || value.base[i] == '\\')
            return TEXT_NONE;
    return value;
}

struct challenge challenge_read(struct arena *arena, struct text header)
{
    if (header.length > CHALLENGE_BYTES_MAX)
        header.length = CHALLENGE_BYTES_MAX;
    struct challenge_reader reader = {.arena = arena, .rest = header};
    struct challenge challenge = {.is_bearer = false};
    while (reader.rest.length != 0 && take_piece(&reader, &challenge.is_bearer))
        ;
    challenge.error = plain(believed(&reader.error));
    challenge.scope = plain(believed(&reader.scope));
    struct text metadata = believed(&reader.resource_metadata);
    challenge.resource_metadata =
        metadata.base != NULL && text_is_absolute_uri(metadata) ? metadata : TEXT_NONE;
    return challenge;
}

bool challenge_wants_scope(const struct challenge *challenge)
{
    return challenge->error.base != NULL && text_is(challenge->error, "insufficient_scope");
}

/* The shared part of the parsers: tokens, names, strings, mistakes. Which names are reserved is as the
 * reference has it: everywhere but as an annotation's name. */
#include "syntax/parser.h"

#include <stdarg.h>
#include <stdio.h>

#include "syntax/string_literal.h"
#include "syntax/suggestion.h"

enum { FOUND_BYTES_MAX = 40, SENTENCE_BYTES_MAX = 400 };

static size_t first_that_is_no_utf8(struct text text)
{
    size_t at = 0, length;
    while (at < text.length && (length = cedar_character_length(text, at)) != 0)
        at += length;
    return at;
}

enum fault cedar_parser_begin(struct cedar_parser *parser, struct arena *arena, struct text text,
                              struct cedar_mistake *mistake)
{
    *parser = (struct cedar_parser){.arena = arena, .mistake = mistake};
    if (text.length > CEDAR_POLICY_BYTES_MAX)
        return cedar_parser_fail(parser, (struct cedar_span){0, 0}, TEXT_NONE,
                                 "the text has more than %d bytes", CEDAR_POLICY_BYTES_MAX);
    parser->source = arena_copy(arena, text);
    if (!text_is_utf8(text))
        return cedar_parser_fail(parser, (struct cedar_span){(uint32_t)first_that_is_no_utf8(text), 1},
                                 TEXT("Save the file as UTF-8."), "the text is not UTF-8 here");
    parser->token = cedar_token_at(parser->source, 0);
    return FAULT_NONE;
}

void cedar_parser_advance(struct cedar_parser *parser)
{
    parser->end = parser->token.span.offset + parser->token.span.length;
    parser->token = cedar_token_at(parser->source, parser->end);
}

struct text cedar_parser_token_text(const struct cedar_parser *parser)
{
    return cedar_span_text(parser->source, parser->token.span);
}

bool cedar_parser_at(const struct cedar_parser *parser, const char *written)
{
    return parser->token.kind != CEDAR_TOKEN_END && text_is(cedar_parser_token_text(parser), written);
}

bool cedar_parser_accept(struct cedar_parser *parser, const char *written)
{
    bool is_there = cedar_parser_at(parser, written);
    if (is_there)
        cedar_parser_advance(parser);
    return is_there;
}

enum fault cedar_parser_expect(struct cedar_parser *parser, const char *written, const char *expected)
{
    return cedar_parser_accept(parser, written) ? FAULT_NONE : cedar_parser_unexpected(parser, expected);
}

struct cedar_span cedar_parser_span_since(const struct cedar_parser *parser, uint32_t offset)
{
    return (struct cedar_span){offset, parser->end > offset ? parser->end - offset : 0};
}

enum fault cedar_parser_fail(struct cedar_parser *parser, struct cedar_span span, struct text suggestion,
                             const char *format, ...)
{
    char sentence[SENTENCE_BYTES_MAX];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    INVARIANT(length >= 0);
    *parser->mistake = (struct cedar_mistake){
        .source = parser->source,
        .span = span,
        .sentence = arena_copy(parser->arena, text_of(sentence)),
        .suggestion = suggestion,
    };
    return FAULT_POLICY_INVALID;
}

enum fault cedar_parser_missing(struct cedar_parser *parser, const char *expected, struct text suggestion)
{
    return cedar_parser_fail(parser, (struct cedar_span){parser->end, 0}, suggestion, "%s is missing here",
                             expected);
}

/* A token as a sentence can hold it: on one line and short. */
static struct text shown(const struct cedar_parser *parser)
{
    struct text token = cedar_parser_token_text(parser);
    size_t length = 0;
    while (length < token.length && length < FOUND_BYTES_MAX) {
        size_t character = cedar_character_length(token, length);
        if (character == 0 || !text_is_printable((struct text){token.base + length, character}))
            break;
        length += character;
    }
    return (struct text){token.base, length};
}

static struct text found(const struct cedar_parser *parser)
{
    struct text token = shown(parser);
    const char *more = token.length < parser->token.span.length ? "..." : "";
    switch (parser->token.kind) {
    case CEDAR_TOKEN_END:
        return TEXT("the end of the text");
    case CEDAR_TOKEN_STRING:
        return arena_print(parser->arena, "the string %.*s%s", TEXT_ARGUMENTS(token), more);
    case CEDAR_TOKEN_WRONG:
        if (token.length == 0)
            return TEXT("a character that cannot be seen");
        return arena_print(parser->arena, "the character %.*s", TEXT_ARGUMENTS(token));
    default:
        return arena_print(parser->arena, "`%.*s%s`", TEXT_ARGUMENTS(token), more);
    }
}

enum fault cedar_parser_unexpected(struct cedar_parser *parser, const char *expected)
{
    if (parser->token.kind == CEDAR_TOKEN_UNCLOSED)
        return cedar_parser_fail(parser, parser->token.span, TEXT("Write a double quote where it ends."),
                                 "this string is not closed");
    struct text what = found(parser);
    return cedar_parser_fail(parser, parser->token.span,
                             cedar_foreign_sign(parser->source, parser->token.span.offset),
                             "found %.*s where %s is expected", TEXT_ARGUMENTS(what), expected);
}

enum fault cedar_parser_unexpected_word(struct cedar_parser *parser, const char *expected,
                                        const char *const *candidates)
{
    enum fault fault = cedar_parser_unexpected(parser, expected);
    if (parser->token.kind == CEDAR_TOKEN_NAME && parser->mistake->suggestion.length == 0)
        parser->mistake->suggestion =
            cedar_parser_did_you_mean(parser, cedar_parser_token_text(parser), candidates);
    return fault;
}

struct text cedar_parser_did_you_mean(const struct cedar_parser *parser, struct text name,
                                      const char *const *candidates)
{
    const char *nearest = cedar_nearest(name, candidates);
    return nearest == NULL ? TEXT_NONE : arena_print(parser->arena, "Did you mean %s?", nearest);
}

static bool is_reserved(struct text name)
{
    static const char *const reserved[] = {"true", "false", "if",  "then", "else",
                                           "in",   "like",  "has", "is",   "__cedar"};
    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++)
        if (text_is(name, reserved[i]))
            return true;
    return false;
}

enum fault cedar_parse_name(struct cedar_parser *parser, const char *expected, struct text *name)
{
    if (parser->token.kind != CEDAR_TOKEN_NAME)
        return cedar_parser_unexpected(parser, expected);
    *name = cedar_parser_token_text(parser);
    if (is_reserved(*name))
        return cedar_parser_fail(parser, parser->token.span,
                                 arena_print(parser->arena, "An attribute of that name is written [\"%.*s\"].",
                                             TEXT_ARGUMENTS(*name)),
                                 "found the reserved word `%.*s` where %s is expected", TEXT_ARGUMENTS(*name),
                                 expected);
    cedar_parser_advance(parser);
    return FAULT_NONE;
}

/* The names of a path one behind the other; as they are written if nothing else stands between them. */
static struct text path_text(const struct cedar_parser *parser, uint32_t begin, uint32_t end, size_t length)
{
    struct text written = {parser->source.base + begin, end - begin};
    if (written.length == length)
        return written;
    struct buffer out = buffer_in(parser->arena, length);
    for (uint32_t at = begin; at < end;) {
        struct cedar_token token = cedar_token_at(parser->source, at);
        buffer_append(&out, cedar_span_text(parser->source, token.span));
        at = token.span.offset + token.span.length;
    }
    return buffer_text(&out);
}

enum fault cedar_parse_path(struct cedar_parser *parser, const char *expected, struct text *path, bool *goes_on)
{
    uint32_t begin = parser->token.span.offset, end;
    size_t length = 0;
    *goes_on = false;
    for (;;) {
        struct text name;
        TRY(cedar_parse_name(parser, expected, &name));
        length += name.length;
        end = parser->end;
        if (!cedar_parser_accept(parser, "::"))
            break;
        *goes_on = parser->token.kind != CEDAR_TOKEN_NAME;
        if (*goes_on)
            break;
        length += 2;
    }
    *path = path_text(parser, begin, end, length);
    return FAULT_NONE;
}

enum fault cedar_parse_type(struct cedar_parser *parser, struct text *type)
{
    bool goes_on;
    uint32_t begin = parser->token.span.offset;
    TRY(cedar_parse_path(parser, "an entity type", type, &goes_on));
    if (goes_on && parser->token.kind == CEDAR_TOKEN_STRING) {
        cedar_parser_advance(parser);
        return cedar_parser_fail(parser, cedar_parser_span_since(parser, begin),
                                 TEXT("Write only the type, or compare with == or in."),
                                 "found one entity where an entity type is expected");
    }
    return goes_on ? cedar_parser_unexpected(parser, "the rest of an entity type") : FAULT_NONE;
}

enum fault cedar_parse_string(struct cedar_parser *parser, const char *expected, struct text *value)
{
    if (parser->token.kind != CEDAR_TOKEN_STRING)
        return cedar_parser_unexpected(parser, expected);
    struct text token = cedar_parser_token_text(parser);
    struct cedar_span wrong;
    if (!cedar_string_unescape(parser->arena, (struct text){token.base + 1, token.length - 2}, value, &wrong)) {
        wrong.offset += parser->token.span.offset + 1;
        return cedar_parser_fail(parser, wrong, TEXT("Write \\\\ for a backslash, \\r for a carriage return."),
                                 "there is no such escape in a string");
    }
    cedar_parser_advance(parser);
    return FAULT_NONE;
}

enum fault cedar_parser_enter(struct cedar_parser *parser)
{
    if (++parser->nesting > CEDAR_DEPTH_MAX)
        return cedar_parser_fail(parser, parser->token.span, TEXT_NONE,
                                 "expressions are nested deeper than %d here", CEDAR_DEPTH_MAX);
    return FAULT_NONE;
}

void cedar_parser_leave(struct cedar_parser *parser)
{
    parser->nesting--;
}

/* The words of a schema: names, strings, marks. Cedar language reference, "Human-readable schema format:
 * grammar". The schema parser calls this; it knows nothing of what the words mean. */
#include "schema/schema_lexer.h"

#include <string.h>

#include "syntax/string_literal.h"

enum fault schema_mistake(struct cedar_mistake *mistake, struct text source, struct cedar_span span,
                          struct text sentence)
{
    *mistake = (struct cedar_mistake){.source = source, .span = span, .sentence = sentence};
    return FAULT_POLICY_INVALID;
}

static enum fault refuse(struct schema_lexer *lexer, size_t offset, size_t length, struct text sentence)
{
    struct cedar_span span = {(uint32_t)offset, (uint32_t)length};
    return schema_mistake(lexer->mistake, lexer->source, span, sentence);
}

static bool is_name_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '_';
}

/* The bytes of white space at the front: Unicode's, as the reference skips all of it. */
static size_t space_length(struct text rest)
{
    static const struct text spaces[] = {TEXT(" "),
                                         TEXT("\t"),
                                         TEXT("\n"),
                                         TEXT("\r"),
                                         TEXT("\v"),
                                         TEXT("\f"),
                                         TEXT("\xc2\x85"),
                                         TEXT("\xc2\xa0"),
                                         TEXT("\xe1\x9a\x80"),
                                         TEXT("\xe2\x80\x80"),
                                         TEXT("\xe2\x80\x81"),
                                         TEXT("\xe2\x80\x82"),
                                         TEXT("\xe2\x80\x83"),
                                         TEXT("\xe2\x80\x84"),
                                         TEXT("\xe2\x80\x85"),
                                         TEXT("\xe2\x80\x86"),
                                         TEXT("\xe2\x80\x87"),
                                         TEXT("\xe2\x80\x88"),
                                         TEXT("\xe2\x80\x89"),
                                         TEXT("\xe2\x80\x8a"),
                                         TEXT("\xe2\x80\xa8"),
                                         TEXT("\xe2\x80\xa9"),
                                         TEXT("\xe2\x80\xaf"),
                                         TEXT("\xe2\x81\x9f"),
                                         TEXT("\xe3\x80\x80")};
    for (size_t i = 0; i < sizeof(spaces) / sizeof(spaces[0]); i++)
        if (text_starts_with(rest, spaces[i]))
            return spaces[i].length;
    return 0;
}

static struct text rest_of(const struct schema_lexer *lexer)
{
    return (struct text){lexer->source.base + lexer->offset, lexer->source.length - lexer->offset};
}

static void skip_space(struct schema_lexer *lexer)
{
    for (;;) {
        struct text rest = rest_of(lexer);
        size_t length = rest.length != 0 ? space_length(rest) : 0;
        if (length == 0 && text_starts_with(rest, TEXT("//")))
            while (length < rest.length && rest.base[length] != '\n' && rest.base[length] != '\r')
                length++;
        if (length == 0)
            return;
        lexer->offset += length;
    }
}

static enum fault read_string(struct schema_lexer *lexer, struct schema_token *token)
{
    struct text rest = rest_of(lexer);
    size_t end = 1;
    while (end < rest.length && rest.base[end] != '"')
        end += rest.base[end] == '\\' ? 2 : 1;
    if (end >= rest.length)
        return refuse(lexer, lexer->offset, 1, TEXT("this string has no closing quote"));
    struct cedar_span wrong = {0, 0};
    token->kind = SCHEMA_STRING;
    if (!cedar_string_unescape(lexer->arena, (struct text){rest.base + 1, end - 1}, &token->text, &wrong))
        return refuse(lexer, lexer->offset + 1 + wrong.offset, wrong.length,
                      TEXT("there is no such escape; a backslash itself is written \"\\\\\""));
    lexer->offset += end + 1;
    return FAULT_NONE;
}

static enum fault refuse_byte(struct schema_lexer *lexer)
{
    struct text rest = rest_of(lexer);
    size_t length = 1;
    while (length < rest.length && (rest.base[length] & 0xc0) == 0x80)
        length++;
    if (text_starts_with(rest, TEXT("/*")))
        return refuse(lexer, lexer->offset, 2, TEXT("a comment begins with \"//\" and ends with its line"));
    if (rest.base[0] == '\'')
        return refuse(lexer, lexer->offset, 1, TEXT("a string stands in double quotes"));
    return refuse(lexer, lexer->offset, length,
                  TEXT("this character has no meaning in a schema; a name that has it is a string in quotes"));
}

enum fault schema_lexer_next(struct schema_lexer *lexer, struct schema_token *token)
{
    skip_space(lexer);
    struct text rest = rest_of(lexer);
    size_t start = lexer->offset;
    *token = (struct schema_token){.kind = SCHEMA_END};
    if (rest.length != 0 && rest.base[0] == '"') {
        TRY(read_string(lexer, token));
    } else if (text_starts_with(rest, TEXT("::"))) {
        token->kind = SCHEMA_COLONS;
        lexer->offset += 2;
    } else if (rest.length != 0 && memchr(",;:{}[]<>=?@()", rest.base[0], 14) != NULL) {
        token->kind = SCHEMA_MARK;
        token->mark = rest.base[0];
        lexer->offset++;
    } else if (rest.length != 0) {
        size_t length = 0;
        while (length < rest.length && is_name_byte(rest.base[length]))
            length++;
        if (length == 0 || (rest.base[0] >= '0' && rest.base[0] <= '9'))
            return refuse_byte(lexer);
        token->kind = SCHEMA_NAME;
        token->text = (struct text){rest.base, length};
        lexer->offset += length;
    }
    token->span = (struct cedar_span){(uint32_t)start, (uint32_t)(lexer->offset - start)};
    return FAULT_NONE;
}

/* The lower half of a schema's grammar: names, paths, annotations and types. Cedar language reference,
 * "Human-readable schema format: grammar". Declarations are schema_parser.c's. */
#include "schema/schema_grammar.h"

#include <string.h>

enum fault schema_reader_take(struct schema_reader *reader)
{
    return schema_lexer_next(&reader->lexer, &reader->token);
}

bool schema_reader_at(const struct schema_reader *reader, char mark)
{
    return reader->token.kind == SCHEMA_MARK && reader->token.mark == mark;
}

bool schema_reader_at_word(const struct schema_reader *reader, const char *word)
{
    return reader->token.kind == SCHEMA_NAME && text_is(reader->token.text, word);
}

enum fault schema_reader_unexpected(struct schema_reader *reader, const char *wanted)
{
    const struct schema_token *token = &reader->token;
    struct text found = {reader->lexer.source.base + token->span.offset, token->span.length};
    struct text sentence =
        token->kind == SCHEMA_END
            ? arena_print(reader->lexer.arena, "the schema ends here, but %s was expected", wanted)
        : token->kind == SCHEMA_STRING
            ? arena_print(reader->lexer.arena, "a string stands here, but %s was expected", wanted)
            : arena_print(reader->lexer.arena, "\"%.*s\" stands here, but %s was expected",
                          TEXT_ARGUMENTS(found), wanted);
    return schema_mistake(reader->lexer.mistake, reader->lexer.source, token->span, sentence);
}

enum fault schema_reader_expect(struct schema_reader *reader, char mark, const char *wanted)
{
    if (!schema_reader_at(reader, mark))
        return schema_reader_unexpected(reader, wanted);
    return schema_reader_take(reader);
}

static bool is_reserved(struct text name)
{
    static const char *const words[] = {"true", "false", "if", "then", "else", "in", "is", "like", "has"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (text_is(name, words[i]))
            return true;
    return false;
}

enum fault schema_read_identifier(struct schema_reader *reader, const char *wanted, struct schema_token *name)
{
    if (reader->token.kind != SCHEMA_NAME)
        return schema_reader_unexpected(reader, wanted);
    *name = reader->token;
    if (is_reserved(name->text))
        return schema_mistake(reader->lexer.mistake, reader->lexer.source, name->span,
                              arena_print(reader->lexer.arena, "\"%.*s\" is a reserved word and cannot be %s",
                                          TEXT_ARGUMENTS(name->text), wanted));
    return schema_reader_take(reader);
}

enum fault schema_read_name(struct schema_reader *reader, const char *wanted, struct schema_token *name)
{
    if (reader->token.kind != SCHEMA_STRING)
        return schema_read_identifier(reader, wanted, name);
    *name = reader->token;
    return schema_reader_take(reader);
}

enum fault schema_read_path_rest(struct schema_reader *reader, const struct schema_token *first,
                                 struct written_path *path, bool *has_string)
{
    struct schema_token last = *first;
    struct buffer joined = buffer_in(reader->lexer.arena, 32);
    buffer_append(&joined, first->text);
    *has_string = false;
    *path = (struct written_path){.text = first->text, .span = first->span};
    while (reader->token.kind == SCHEMA_COLONS) {
        TRY(schema_reader_take(reader));
        if (reader->token.kind == SCHEMA_STRING) {
            *has_string = true;
            break;
        }
        TRY(schema_read_identifier(reader, "a name after \"::\"", &last));
        buffer_append(&joined, TEXT("::"));
        buffer_append(&joined, last.text);
        path->is_qualified = true;
    }
    if (path->is_qualified)
        path->text = arena_copy(reader->lexer.arena, buffer_text(&joined));
    path->span.length = last.span.offset + last.span.length - path->span.offset;
    return FAULT_NONE;
}

enum fault schema_read_path(struct schema_reader *reader, const char *wanted, struct written_path *path)
{
    struct schema_token first;
    bool has_string = false;
    TRY(schema_read_identifier(reader, wanted, &first));
    TRY(schema_read_path_rest(reader, &first, path, &has_string));
    return has_string ? schema_reader_unexpected(reader, "a name after \"::\"") : FAULT_NONE;
}

/* Read and forgotten: nothing here asks for them. A double is refused all the same. */
enum fault schema_read_annotations(struct schema_reader *reader)
{
    struct written_string *names = NULL;
    while (schema_reader_at(reader, '@')) {
        TRY(schema_reader_take(reader));
        if (reader->token.kind != SCHEMA_NAME)
            return schema_reader_unexpected(reader, "the name of an annotation");
        for (const struct written_string *name = names; name != NULL; name = name->next)
            if (text_equal(name->text, reader->token.text))
                return schema_mistake(reader->lexer.mistake, reader->lexer.source, reader->token.span,
                                      TEXT("this annotation stands twice"));
        struct written_string *name = ARENA_NEW(reader->lexer.arena, struct written_string);
        *name = (struct written_string){.text = reader->token.text, .next = names};
        names = name;
        TRY(schema_reader_take(reader));
        if (!schema_reader_at(reader, '('))
            continue;
        TRY(schema_reader_take(reader));
        if (reader->token.kind != SCHEMA_STRING)
            return schema_reader_unexpected(reader, "the annotation's value, a string,");
        TRY(schema_reader_take(reader));
        TRY(schema_reader_expect(reader, ')', "\")\""));
    }
    return FAULT_NONE;
}

static enum fault read_attribute(struct schema_reader *reader, struct written_attribute *attribute)
{
    struct schema_token name;
    TRY(schema_read_annotations(reader));
    TRY(schema_read_name(reader, "the name of an attribute", &name));
    *attribute = (struct written_attribute){.name = name.text, .span = name.span};
    if (schema_reader_at(reader, '?')) {
        attribute->is_optional = true;
        TRY(schema_reader_take(reader));
    }
    TRY(schema_reader_expect(reader, ':', "\":\" and the attribute's type"));
    return schema_read_type(reader, &attribute->type);
}

enum fault schema_read_record(struct schema_reader *reader, const struct written_type **type)
{
    struct written_type *record = ARENA_NEW(reader->lexer.arena, struct written_type);
    struct written_attribute **end = &record->attributes;
    *record = (struct written_type){.kind = WRITTEN_RECORD, .span = reader->token.span};
    TRY(schema_reader_expect(reader, '{', "\"{\""));
    while (!schema_reader_at(reader, '}')) {
        struct written_attribute *attribute = ARENA_NEW(reader->lexer.arena, struct written_attribute);
        TRY(read_attribute(reader, attribute));
        *end = attribute;
        end = &attribute->next;
        record->attribute_count++;
        if (!schema_reader_at(reader, ','))
            break;
        TRY(schema_reader_take(reader));
    }
    record->span.length = reader->token.span.offset + reader->token.span.length - record->span.offset;
    *type = record;
    return schema_reader_expect(reader, '}', "\",\" or \"}\"");
}

static enum fault read_set(struct schema_reader *reader, struct cedar_span span, struct written_type *type)
{
    *type = (struct written_type){.kind = WRITTEN_SET, .span = span};
    TRY(schema_reader_take(reader));
    TRY(schema_read_type(reader, &type->element));
    type->span.length = reader->token.span.offset + reader->token.span.length - span.offset;
    return schema_reader_expect(reader, '>', "\">\"");
}

static enum fault read_path_or_set(struct schema_reader *reader, const struct written_type **result)
{
    struct written_type *type = ARENA_NEW(reader->lexer.arena, struct written_type);
    struct schema_token first;
    bool has_string = false;
    *result = type;
    TRY(schema_read_identifier(reader, "a type", &first));
    if (text_is(first.text, "Set") && schema_reader_at(reader, '<'))
        return read_set(reader, first.span, type);
    TRY(schema_read_path_rest(reader, &first, &type->path, &has_string));
    type->kind = WRITTEN_PATH;
    type->span = type->path.span;
    return has_string ? schema_reader_unexpected(reader, "a type") : FAULT_NONE;
}

enum fault schema_read_type(struct schema_reader *reader, const struct written_type **type)
{
    if (++reader->depth > SCHEMA_DEPTH_MAX)
        return schema_mistake(reader->lexer.mistake, reader->lexer.source, reader->token.span,
                              TEXT("types are written too deep inside each other here; name the inner ones"));
    TRY(schema_reader_at(reader, '{') ? schema_read_record(reader, type) : read_path_or_set(reader, type));
    reader->depth--;
    return FAULT_NONE;
}

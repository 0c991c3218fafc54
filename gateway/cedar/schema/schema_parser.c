/* The upper half of a schema's grammar: namespaces and declarations. Cedar language reference, "Human-readable
 * schema format: grammar". What the names mean is for schema_compiler.c. */
#include <string.h>

#include "schema/schema_grammar.h"

struct schema_parser {
    struct schema_reader reader;
    struct written_schema *written;
    struct written_entity **entity_end;
    struct written_action **action_end;
    struct written_common **common_end;
    struct text space; /* the namespace one stands in */
};

static enum fault refuse(struct schema_parser *parser, struct cedar_span span, const char *sentence)
{
    return schema_mistake(parser->reader.lexer.mistake, parser->reader.lexer.source, span, text_of(sentence));
}

/* IDENT {"," IDENT}, or with strings among them for actions. */
static enum fault read_names(struct schema_parser *parser, bool is_string_allowed, const char *wanted,
                             struct written_string **names)
{
    struct schema_reader *reader = &parser->reader;
    for (bool is_first = true; is_first || schema_reader_at(reader, ','); is_first = false) {
        struct schema_token name;
        if (!is_first)
            TRY(schema_reader_take(reader));
        TRY(is_string_allowed ? schema_read_name(reader, wanted, &name)
                              : schema_read_identifier(reader, wanted, &name));
        *names = ARENA_NEW(reader->lexer.arena, struct written_string);
        **names = (struct written_string){.text = name.text, .span = name.span};
        names = &(*names)->next;
    }
    return FAULT_NONE;
}

/* A path, or a list of them in brackets, which may be empty. */
static enum fault read_entity_types(struct schema_parser *parser, const struct written_path **first)
{
    struct schema_reader *reader = &parser->reader;
    struct written_path *paths = NULL, **end = &paths;
    bool is_list = schema_reader_at(reader, '[');
    if (is_list)
        TRY(schema_reader_take(reader));
    for (bool is_open = !is_list || !schema_reader_at(reader, ']'); is_open;) {
        *end = ARENA_NEW(reader->lexer.arena, struct written_path);
        TRY(schema_read_path(reader, "an entity type", *end));
        end = &(*end)->next;
        is_open = is_list && schema_reader_at(reader, ',');
        if (is_open)
            TRY(schema_reader_take(reader));
    }
    *first = paths;
    return is_list ? schema_reader_expect(reader, ']', "\",\" or \"]\"") : FAULT_NONE;
}

static enum fault read_enum(struct schema_parser *parser, struct written_entity *entity)
{
    struct schema_reader *reader = &parser->reader;
    struct written_string *ids = NULL, **end = &ids;
    TRY(schema_reader_take(reader));
    TRY(schema_reader_expect(reader, '[', "\"[\" and the ids there are"));
    for (;;) {
        if (reader->token.kind != SCHEMA_STRING)
            return schema_reader_unexpected(reader, "an id, a string,");
        *end = ARENA_NEW(reader->lexer.arena, struct written_string);
        **end = (struct written_string){.text = reader->token.text, .span = reader->token.span};
        end = &(*end)->next;
        TRY(schema_reader_take(reader));
        if (!schema_reader_at(reader, ','))
            break;
        TRY(schema_reader_take(reader));
    }
    entity->ids = ids;
    return schema_reader_expect(reader, ']', "\",\" or \"]\"");
}

static enum fault read_entity_body(struct schema_parser *parser, struct written_entity *entity)
{
    struct schema_reader *reader = &parser->reader;
    if (schema_reader_at_word(reader, "enum"))
        return read_enum(parser, entity);
    if (schema_reader_at_word(reader, "in")) {
        TRY(schema_reader_take(reader));
        TRY(read_entity_types(parser, &entity->parents));
    }
    bool has_sign = schema_reader_at(reader, '=');
    if (has_sign)
        TRY(schema_reader_take(reader));
    if (has_sign || schema_reader_at(reader, '{'))
        TRY(schema_read_record(reader, &entity->record));
    if (!schema_reader_at_word(reader, "tags"))
        return FAULT_NONE;
    TRY(schema_reader_take(reader));
    return schema_read_type(reader, &entity->tags);
}

static enum fault read_entities(struct schema_parser *parser)
{
    struct written_string *names = NULL;
    struct written_entity body = {.space = parser->space};
    TRY(schema_reader_take(&parser->reader));
    TRY(read_names(parser, false, "the name of an entity type", &names));
    TRY(read_entity_body(parser, &body));
    for (const struct written_string *name = names; name != NULL; name = name->next) {
        struct written_entity *entity = ARENA_NEW(parser->reader.lexer.arena, struct written_entity);
        *entity = body;
        entity->name = name->text;
        entity->span = name->span;
        *parser->entity_end = entity;
        parser->entity_end = &entity->next;
        parser->written->entity_count++;
    }
    return schema_reader_expect(&parser->reader, ';', "\";\"");
}

/* Name | Path "::" STR */
static enum fault read_action_reference(struct schema_parser *parser,
                                        struct written_action_reference *reference)
{
    struct schema_reader *reader = &parser->reader;
    struct schema_token first;
    bool has_string = false, is_string = reader->token.kind == SCHEMA_STRING;
    TRY(schema_read_name(reader, "the name of an action", &first));
    *reference = (struct written_action_reference){.id = first.text, .span = first.span};
    if (is_string || reader->token.kind != SCHEMA_COLONS)
        return FAULT_NONE;
    TRY(schema_read_path_rest(reader, &first, &reference->type, &has_string));
    if (!has_string)
        return schema_reader_unexpected(reader, "\"::\" and the action's name in quotes");
    reference->id = reader->token.text;
    reference->span.length = reader->token.span.offset + reader->token.span.length - first.span.offset;
    return schema_reader_take(reader);
}

static enum fault read_action_parents(struct schema_parser *parser,
                                      const struct written_action_reference **first)
{
    struct schema_reader *reader = &parser->reader;
    struct written_action_reference *references = NULL, **end = &references;
    TRY(schema_reader_take(reader));
    bool is_list = schema_reader_at(reader, '[');
    for (bool is_open = true; is_open; is_open = is_list && schema_reader_at(reader, ',')) {
        if (is_list)
            TRY(schema_reader_take(reader));
        *end = ARENA_NEW(reader->lexer.arena, struct written_action_reference);
        TRY(read_action_reference(parser, *end));
        end = &(*end)->next;
    }
    *first = references;
    return is_list ? schema_reader_expect(reader, ']', "\",\" or \"]\"") : FAULT_NONE;
}

static enum fault read_context(struct schema_parser *parser, struct cedar_span span,
                               struct written_applies *applies)
{
    struct schema_reader *reader = &parser->reader;
    if (applies->context != NULL)
        return refuse(parser, span, "this action has two contexts");
    if (schema_reader_at(reader, '{'))
        return schema_read_record(reader, &applies->context);
    struct written_type *type = ARENA_NEW(reader->lexer.arena, struct written_type);
    TRY(schema_read_path(reader, "a record or the name of one", &type->path));
    type->kind = WRITTEN_PATH;
    type->span = type->path.span;
    applies->context = type;
    return FAULT_NONE;
}

static enum fault read_applies_part(struct schema_parser *parser, struct written_applies *applies)
{
    struct schema_reader *reader = &parser->reader;
    struct cedar_span span = reader->token.span;
    bool is_principal = schema_reader_at_word(reader, "principal");
    bool is_context = schema_reader_at_word(reader, "context");
    if (!is_principal && !is_context && !schema_reader_at_word(reader, "resource"))
        return schema_reader_unexpected(reader, "\"principal\", \"resource\" or \"context\"");
    TRY(schema_reader_take(reader));
    TRY(schema_reader_expect(reader, ':', "\":\""));
    if (is_context)
        return read_context(parser, span, applies);
    const struct written_path **types = is_principal ? &applies->principals : &applies->resources;
    if (*types != NULL)
        return refuse(parser, span,
                      is_principal ? "this action says twice what its principals are"
                                   : "this action says twice what its resources are");
    TRY(read_entity_types(parser, types));
    return *types != NULL ? FAULT_NONE
                          : refuse(parser, span,
                                   "this list is empty: the action would apply to nothing; leave out the whole "
                                   "appliesTo to say that");
}

static enum fault read_applies(struct schema_parser *parser, const struct written_applies **result)
{
    struct schema_reader *reader = &parser->reader;
    struct written_applies *applies = ARENA_NEW(reader->lexer.arena, struct written_applies);
    struct cedar_span span = reader->token.span;
    TRY(schema_reader_take(reader));
    TRY(schema_reader_expect(reader, '{', "\"{\""));
    do {
        TRY(read_applies_part(parser, applies));
        if (!schema_reader_at(reader, ','))
            break;
        TRY(schema_reader_take(reader));
    } while (!schema_reader_at(reader, '}'));
    TRY(schema_reader_expect(reader, '}', "\",\" or \"}\""));
    if (applies->principals == NULL)
        return refuse(parser, span, "\"principal\" is missing: the entity types that may do this");
    if (applies->resources == NULL)
        return refuse(parser, span, "\"resource\" is missing: the entity types this may be done to");
    *result = applies;
    return FAULT_NONE;
}

static enum fault read_action_body(struct schema_parser *parser, struct written_action *action)
{
    struct schema_reader *reader = &parser->reader;
    if (schema_reader_at_word(reader, "in"))
        TRY(read_action_parents(parser, &action->parents));
    if (schema_reader_at_word(reader, "appliesTo"))
        TRY(read_applies(parser, &action->applies));
    if (!schema_reader_at_word(reader, "attributes"))
        return FAULT_NONE;
    TRY(schema_reader_take(reader));
    TRY(schema_reader_expect(reader, '{', "\"{\""));
    return schema_reader_expect(reader, '}', "\"}\", as actions have no attributes,");
}

static enum fault read_actions(struct schema_parser *parser)
{
    struct written_string *names = NULL;
    struct written_action body = {.space = parser->space};
    TRY(schema_reader_take(&parser->reader));
    TRY(read_names(parser, true, "the name of an action", &names));
    TRY(read_action_body(parser, &body));
    for (const struct written_string *name = names; name != NULL; name = name->next) {
        struct written_action *action = ARENA_NEW(parser->reader.lexer.arena, struct written_action);
        *action = body;
        action->id = name->text;
        action->span = name->span;
        *parser->action_end = action;
        parser->action_end = &action->next;
        parser->written->action_count++;
    }
    return schema_reader_expect(&parser->reader, ';', "\";\"");
}

static enum fault read_common(struct schema_parser *parser)
{
    struct schema_reader *reader = &parser->reader;
    struct written_common *common = ARENA_NEW(reader->lexer.arena, struct written_common);
    struct schema_token name;
    TRY(schema_reader_take(reader));
    TRY(schema_read_identifier(reader, "the name of a type", &name));
    *common = (struct written_common){.space = parser->space, .name = name.text, .span = name.span};
    TRY(schema_reader_expect(reader, '=', "\"=\" and the type"));
    TRY(schema_read_type(reader, &common->type));
    *parser->common_end = common;
    parser->common_end = &common->next;
    parser->written->common_count++;
    return schema_reader_expect(reader, ';', "\";\"");
}

static enum fault read_declaration(struct schema_parser *parser, const char *wanted)
{
    if (schema_reader_at_word(&parser->reader, "entity"))
        return read_entities(parser);
    if (schema_reader_at_word(&parser->reader, "action"))
        return read_actions(parser);
    if (schema_reader_at_word(&parser->reader, "type"))
        return read_common(parser);
    return schema_reader_unexpected(&parser->reader, wanted);
}

static enum fault read_namespace(struct schema_parser *parser)
{
    struct schema_reader *reader = &parser->reader;
    struct written_path *space = ARENA_NEW(reader->lexer.arena, struct written_path);
    TRY(schema_reader_take(reader));
    TRY(schema_read_path(reader, "the name of a namespace", space));
    for (const struct written_path *other = parser->written->spaces; other != NULL; other = other->next)
        if (text_equal(other->text, space->text))
            return refuse(parser, space->span, "this namespace stands twice; write it as one");
    space->next = parser->written->spaces;
    parser->written->spaces = space;
    TRY(schema_reader_expect(reader, '{', "\"{\""));
    parser->space = space->text;
    while (!schema_reader_at(reader, '}')) {
        TRY(schema_read_annotations(reader));
        TRY(read_declaration(parser, "\"entity\", \"action\", \"type\" or \"}\""));
    }
    parser->space = TEXT_NONE;
    return schema_reader_take(reader);
}

enum fault schema_written_parse(struct arena *arena, struct text source, struct written_schema *written,
                                struct cedar_mistake *mistake)
{
    struct schema_parser parser = {
        .reader = {.lexer = {.arena = arena, .source = source, .mistake = mistake}},
        .written = written,
        .entity_end = &written->entities,
        .action_end = &written->actions,
        .common_end = &written->commons,
    };
    *written = (struct written_schema){0};
    TRY(schema_reader_take(&parser.reader));
    while (parser.reader.token.kind != SCHEMA_END) {
        TRY(schema_read_annotations(&parser.reader));
        if (schema_reader_at_word(&parser.reader, "namespace"))
            TRY(read_namespace(&parser));
        else
            TRY(read_declaration(&parser, "\"namespace\", \"entity\", \"action\" or \"type\""));
    }
    return FAULT_NONE;
}

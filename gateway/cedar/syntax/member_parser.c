/* The ends of expressions: literals, names, calls, sets, records, parentheses, and access to members. Cedar
 * language reference, "Grammar": Member and Primary. */
#include <stdlib.h>

#include "syntax/call.h"
#include "syntax/expression_parser.h"
#include "syntax/suggestion.h"

/* The first four are operations in their order; all are what a name that is none of them may have meant. */
static const char *const variables[] = {"principal", "action", "resource", "context", "true", "false", NULL};

/* Expressions with commas between them and one more at most, up to the closing sign and past it. */
static enum fault parse_list(struct cedar_parser *parser, const char *close, const char *expected,
                             struct cedar_operands *items)
{
    while (!cedar_parser_accept(parser, close)) {
        const struct cedar_expression *item;
        TRY(cedar_parse_expression(parser, &item));
        cedar_operands_add(parser, items, item);
        if (!cedar_parser_accept(parser, ","))
            return cedar_parser_expect(parser, close, expected);
    }
    return FAULT_NONE;
}

/* The minus before a number belongs to it and is not seen here: cedar_parse_unary. */
static enum fault parse_number(struct cedar_parser *parser, const struct cedar_expression **number)
{
    struct cedar_span span = parser->token.span;
    int64_t integer;
    if (!text_to_int64(cedar_parser_token_text(parser), &integer))
        return cedar_parser_fail(parser, span, TEXT_NONE,
                                 "this number is too large: a long is at most 9223372036854775807");
    cedar_parser_advance(parser);
    return cedar_build_literal(parser, span, cedar_long(integer), number);
}

static enum fault parse_string_literal(struct cedar_parser *parser, const struct cedar_expression **string)
{
    struct cedar_span span = parser->token.span;
    struct text value;
    TRY(cedar_parse_string(parser, "a string", &value));
    return cedar_build_literal(parser, span, cedar_string(value), string);
}

static enum fault parse_entity(struct cedar_parser *parser, uint32_t begin, struct text type,
                               const struct cedar_expression **entity)
{
    struct cedar_uid *uid = ARENA_NEW(parser->arena, struct cedar_uid);
    uid->type = type;
    TRY(cedar_parse_string(parser, "the entity's name as a string", &uid->id));
    struct cedar_span span = cedar_parser_span_since(parser, begin);
    return cedar_build_literal(parser, span, cedar_entity_value(uid), entity);
}

static enum fault refuse_name(struct cedar_parser *parser, struct cedar_span span, struct text name)
{
    struct text suggestion = cedar_foreign_sign(parser->source, span.offset);
    if (suggestion.length == 0)
        suggestion = cedar_parser_did_you_mean(parser, name, variables);
    if (suggestion.length == 0)
        suggestion = TEXT("Write a string in double quotes, or an entity as Type::\"name\".");
    return cedar_parser_fail(parser, span, suggestion,
                             "found the name %.*s where an expression is expected: there is no such variable",
                             (int)(name.length < 100 ? name.length : 100), name.base);
}

static enum fault parse_variable(struct cedar_parser *parser, struct cedar_span span, struct text name,
                                 const struct cedar_expression **variable)
{
    static const enum cedar_operation operations[] = {CEDAR_PRINCIPAL, CEDAR_ACTION, CEDAR_RESOURCE,
                                                      CEDAR_CONTEXT};
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++)
        if (text_is(name, variables[i])) {
            struct cedar_expression draft = {.operation = operations[i], .span = span};
            return cedar_build(parser, draft, &(struct cedar_operands){.count = 0}, variable);
        }
    return refuse_name(parser, span, name);
}

static enum fault parse_named(struct cedar_parser *parser, const struct cedar_expression **named)
{
    uint32_t begin = parser->token.span.offset;
    struct text path;
    bool goes_on;
    TRY(cedar_parse_path(parser, "an expression", &path, &goes_on));
    if (goes_on)
        return parse_entity(parser, begin, path, named);
    struct cedar_span name = cedar_parser_span_since(parser, begin);
    if (!cedar_parser_accept(parser, "("))
        return parse_variable(parser, name, path, named);
    struct cedar_operands arguments = {.count = 0};
    TRY(parse_list(parser, ")", "`,` or `)`", &arguments));
    return cedar_build_function_call(parser, cedar_parser_span_since(parser, begin), name, &arguments, named);
}

static enum fault parse_set(struct cedar_parser *parser, const struct cedar_expression **set)
{
    uint32_t begin = parser->token.span.offset;
    struct cedar_operands items = {.count = 0};
    cedar_parser_advance(parser);
    TRY(parse_list(parser, "]", "`,` or `]`", &items));
    return cedar_build_set(parser, cedar_parser_span_since(parser, begin), &items, set);
}

/* The names of a record as they are collected. */
struct keys {
    struct key {
        struct text name;
        struct cedar_span span;
    } * items;
    size_t count, capacity;
};

static void add_key(struct cedar_parser *parser, struct keys *keys, struct key key)
{
    if (keys->count == keys->capacity) {
        keys->capacity = keys->capacity == 0 ? 4 : keys->capacity * 2;
        struct key *items = ARENA_ARRAY(parser->arena, struct key, keys->capacity);
        for (size_t i = 0; i < keys->count; i++)
            items[i] = keys->items[i];
        keys->items = items;
    }
    keys->items[keys->count++] = key;
}

static int compare_keys(const void *a, const void *b)
{
    const struct key *one = a, *other = b;
    int order = text_compare(one->name, other->name);
    return order != 0 ? order
                      : (one->span.offset > other->span.offset) - (one->span.offset < other->span.offset);
}

/* Sorts the keys: their names must have been taken. */
static enum fault refuse_doubles(struct cedar_parser *parser, struct keys *keys)
{
    if (keys->count > 1)
        qsort(keys->items, keys->count, sizeof *keys->items, compare_keys);
    for (size_t i = 1; i < keys->count; i++)
        if (text_equal(keys->items[i - 1].name, keys->items[i].name))
            return cedar_parser_fail(parser, keys->items[i].span, TEXT_NONE,
                                     "this name stands twice in the record");
    return FAULT_NONE;
}

static enum fault parse_key(struct cedar_parser *parser, struct keys *keys)
{
    static const char expected[] = "an attribute's name or a string";
    struct key key = {.span = parser->token.span};
    if (parser->token.kind == CEDAR_TOKEN_STRING)
        TRY(cedar_parse_string(parser, expected, &key.name));
    else
        TRY(cedar_parse_name(parser, expected, &key.name));
    add_key(parser, keys, key);
    return cedar_parser_expect(parser, ":", "`:` and the attribute's value");
}

static enum fault parse_record(struct cedar_parser *parser, const struct cedar_expression **record)
{
    uint32_t begin = parser->token.span.offset;
    struct keys keys = {.count = 0};
    struct cedar_operands values = {.count = 0};
    cedar_parser_advance(parser);
    while (!cedar_parser_accept(parser, "}")) {
        const struct cedar_expression *value;
        TRY(parse_key(parser, &keys));
        TRY(cedar_parse_expression(parser, &value));
        cedar_operands_add(parser, &values, value);
        if (cedar_parser_accept(parser, ","))
            continue;
        TRY(cedar_parser_expect(parser, "}", "`,` or `}`"));
        break;
    }
    struct text *names = ARENA_ARRAY(parser->arena, struct text, keys.count);
    for (size_t i = 0; i < keys.count; i++)
        names[i] = keys.items[i].name;
    TRY(refuse_doubles(parser, &keys));
    return cedar_build_record(parser, cedar_parser_span_since(parser, begin), names, &values, record);
}

static enum fault parse_parentheses(struct cedar_parser *parser, const struct cedar_expression **inner)
{
    cedar_parser_advance(parser);
    TRY(cedar_parse_expression(parser, inner));
    return cedar_parser_expect(parser, ")", "`)` or an operator");
}

static enum fault parse_boolean(struct cedar_parser *parser, const struct cedar_expression **boolean)
{
    struct cedar_span span = parser->token.span;
    bool is_true = cedar_parser_at(parser, "true");
    cedar_parser_advance(parser);
    return cedar_build_literal(parser, span, cedar_boolean(is_true), boolean);
}

static enum fault parse_primary(struct cedar_parser *parser, const struct cedar_expression **primary)
{
    switch (parser->token.kind) {
    case CEDAR_TOKEN_NUMBER:
        return parse_number(parser, primary);
    case CEDAR_TOKEN_STRING:
        return parse_string_literal(parser, primary);
    case CEDAR_TOKEN_SLOT:
        return cedar_parser_fail(parser, parser->token.span, TEXT("Compare in the policy's head."),
                                 "a slot can stand only in the head of a policy");
    case CEDAR_TOKEN_NAME:
        if (cedar_parser_at(parser, "true") || cedar_parser_at(parser, "false"))
            return parse_boolean(parser, primary);
        if (cedar_parser_at(parser, "if"))
            return cedar_parser_fail(parser, parser->token.span, TEXT("Put if, then and else in parentheses."),
                                     "found `if` behind an operator");
        return parse_named(parser, primary);
    default:
        break;
    }
    if (cedar_parser_at(parser, "("))
        return parse_parentheses(parser, primary);
    if (cedar_parser_at(parser, "["))
        return parse_set(parser, primary);
    if (cedar_parser_at(parser, "{"))
        return parse_record(parser, primary);
    return cedar_parser_unexpected(parser, "an expression");
}

static enum fault build_get(struct cedar_parser *parser, uint32_t begin, struct text name,
                            const struct cedar_expression **member)
{
    struct cedar_expression draft = {
        .operation = CEDAR_GET, .span = cedar_parser_span_since(parser, begin), .name = name};
    return cedar_build_unary(parser, draft, *member, member);
}

/* Behind a ".": an attribute or a method. */
static enum fault parse_dotted(struct cedar_parser *parser, uint32_t begin,
                               const struct cedar_expression **member)
{
    struct cedar_span name = parser->token.span;
    struct text attribute;
    TRY(cedar_parse_name(parser, "the name of an attribute or a method", &attribute));
    if (!cedar_parser_accept(parser, "("))
        return build_get(parser, begin, attribute, member);
    struct cedar_operands arguments = {.count = 0};
    cedar_operands_add(parser, &arguments, *member);
    TRY(parse_list(parser, ")", "`,` or `)`", &arguments));
    return cedar_build_method_call(parser, cedar_parser_span_since(parser, begin), name, &arguments, member);
}

static enum fault parse_index(struct cedar_parser *parser, uint32_t begin,
                              const struct cedar_expression **member)
{
    struct text name;
    TRY(cedar_parse_string(parser, "an attribute's name as a string", &name));
    TRY(cedar_parser_expect(parser, "]", "`]`"));
    return build_get(parser, begin, name, member);
}

enum fault cedar_parse_member(struct cedar_parser *parser, const struct cedar_expression **member)
{
    uint32_t begin = parser->token.span.offset;
    TRY(parse_primary(parser, member));
    for (;;) {
        if (cedar_parser_accept(parser, "."))
            TRY(parse_dotted(parser, begin, member));
        else if (cedar_parser_accept(parser, "["))
            TRY(parse_index(parser, begin, member));
        else if (cedar_parser_at(parser, "("))
            return cedar_parser_fail(parser, parser->token.span, TEXT_NONE,
                                     "only functions and methods can be called");
        else
            return FAULT_NONE;
    }
}
